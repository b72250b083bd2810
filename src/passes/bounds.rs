//! Bounds of integers: which operations cannot overflow, which indices are not negative.
//!
//! A forward analysis over intervals, to a fixed point: bounds grow to a few thresholds at loops (widening), and are then
//! computed again from what was found (narrowing). Conditions narrow the values they compare, where the branch
//! dominates. A value that is not an unboxed integer can be any 64-bit number here: what does not fit leaves native code
//! before an operation uses it.
//!
//! Also found here are the iterators over ranges that need no object (see `codegen::ranges`), with bounds of their items.
//! One that the frame already holds when the unit is entered is assumed to be like those that the same loop makes later:
//! code generation checks that at the entry.

use crate::hir::*;
use pyaot_runtime::code::{CodeInfo, Const};
use pyaot_runtime::unit::{Known, TypeTag};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Both ends included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub lo: i64,
    pub hi: i64,
}

const ANY: Interval = Interval {
    lo: i64::MIN,
    hi: i64::MAX,
};

/// Where virtual iterators start, their steps and the way they go are below this: no sum of them overflows.
pub const LARGE: i64 = 1 << 61;

/// Items of any virtual iterator.
pub const ITEMS: Interval = Interval {
    lo: -2 * LARGE,
    hi: 2 * LARGE,
};

/// An iterator over a range that is no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeFact {
    pub step: Option<i64>,
    pub items: Interval,
}

/// Result of the analysis.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    /// Results of additions, subtractions and multiplications that fit.
    pub fits: BTreeSet<Value>,
    /// Values that are not negative, by the block where that is known.
    pub not_negative: BTreeSet<(BlockId, Value)>,
    /// The virtual iterators.
    pub iterators: BTreeMap<Value, RangeFact>,
}

impl Interval {
    fn new(lo: i128, hi: i128) -> Option<Interval> {
        let (lo, hi) = (
            lo.max(i128::from(i64::MIN)) as i64,
            hi.min(i128::from(i64::MAX)) as i64,
        );
        (lo <= hi).then_some(Interval { lo, hi })
    }
    fn join(self, other: Interval) -> Interval {
        Interval {
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }
}

/// `value op other` holds.
#[derive(Clone, Copy)]
struct Condition {
    value: Value,
    op: Cmp,
    other: Value,
}

struct Pass<'a> {
    f: &'a Function,
    code: &'a CodeInfo,
    /// None: no value reaches here yet.
    bounds: Vec<Option<Interval>>,
    /// Steps of iterators: none yet, or what is known.
    steps: HashMap<Value, Option<i64>>,
    virtuals: BTreeSet<Value>,
    defined: HashMap<Value, (usize, usize)>,
    /// What holds in each block.
    conditions: Vec<Vec<Condition>>,
    fits: BTreeSet<Value>,
    /// Iterators of the frame that no other joins.
    alone: BTreeSet<Value>,
    /// What flows along exception edges.
    caught: Vec<(usize, BlockId, Param, Value)>,
}

/// How a result found again is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Grow,
    Widen,
    Narrow,
}

pub fn analyse(f: &Function, code: &CodeInfo) -> Bounds {
    let mut defined = HashMap::new();
    for (b, block) in f.blocks.iter().enumerate() {
        for (i, inst) in block.insts.iter().enumerate() {
            defined.extend(inst.outs.iter().map(|&v| (v, (b, i))));
        }
    }
    let mut pass = Pass {
        f,
        code,
        bounds: vec![None; f.types.len()],
        steps: HashMap::new(),
        virtuals: virtual_iterators(f),
        defined,
        conditions: vec![Vec::new(); f.blocks.len()],
        fits: BTreeSet::new(),
        alone: BTreeSet::new(),
        caught: f.exceptional_flows(),
    };
    pass.find_conditions();
    let mut settled = pass.settle();
    // First those that nothing joins, whatever else turns out; then any that nothing reached.
    for all in [false, true] {
        if settled && pass.find_alone(all) {
            settled = pass.settle();
        }
    }
    if settled {
        for _ in 0..3 {
            pass.round(Mode::Narrow);
        }
    } else {
        for v in (0..f.types.len() as u32).map(Value) {
            let items = pass.virtuals.contains(&v);
            pass.bounds[v.0 as usize] = Some(if items { ITEMS } else { ANY });
        }
        pass.steps = pass.virtuals.iter().map(|&v| (v, None)).collect();
    }
    pass.finish()
}

/// Iterators made by `GetIter` or found on the frame's stack, and passed on to nothing but loops.
fn virtual_iterators(f: &Function) -> BTreeSet<Value> {
    let is = |v: Value| f.ty(v) == Ty::Exact(TypeTag::RangeIter);
    let mut found: BTreeSet<Value> = BTreeSet::new();
    for block in &f.blocks {
        for param in &block.params {
            if matches!(param.place, Place::Stack(_)) && is(param.value) {
                found.insert(param.value);
            }
        }
        for inst in &block.insts {
            if matches!(inst.op, Op::GetIter(_) | Op::EntryStack(_)) && is(inst.outs[0]) {
                found.insert(inst.outs[0]);
            }
        }
    }
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        inst.op.operands(|v| {
            found.remove(&v);
        });
    }
    // Code generation passes them on along edges only.
    for (_, _, param, arg) in f.exceptional_flows() {
        found.remove(&param.value);
        found.remove(&arg);
    }
    loop {
        let before = found.len();
        for edge in f.blocks.iter().flat_map(|b| b.term.edges()) {
            for (param, arg) in f.block(edge.to).params.iter().zip(&edge.args) {
                if found.contains(&param.value) != found.contains(arg) {
                    found.remove(&param.value);
                    found.remove(arg);
                }
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

impl Pass<'_> {
    fn inst(&self, v: Value) -> Option<&Inst> {
        let &(b, i) = self.defined.get(&v)?;
        Some(&self.f.blocks[b].insts[i])
    }

    fn constant(&self, v: Value) -> Option<i64> {
        match self.inst(v)?.op {
            Op::Const(i) => match self.code.consts.get(i as usize) {
                Some(Const::Int(value)) => Some(*value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The comparison of integers that makes this condition, if it is one.
    fn comparison(&self, cond: Value, mut holds: bool) -> Option<Condition> {
        let mut v = cond;
        loop {
            let inst = self.inst(v)?;
            match inst.op {
                Op::Not(a) => {
                    holds = !holds;
                    v = a;
                }
                Op::ToBool(a) if inst.how == How::Nothing => v = a,
                Op::Compare { op, a, b } if inst.how == How::Int => {
                    let op = if holds {
                        op
                    } else {
                        match op {
                            Cmp::Lt => Cmp::Ge,
                            Cmp::Le => Cmp::Gt,
                            Cmp::Eq => Cmp::Ne,
                            Cmp::Ne => Cmp::Eq,
                            Cmp::Gt => Cmp::Le,
                            Cmp::Ge => Cmp::Lt,
                        }
                    };
                    return Some(Condition {
                        value: a,
                        op,
                        other: b,
                    });
                }
                _ => return None,
            }
        }
    }

    /// What the way from block `from` along its edge number `k` tells.
    fn edge_condition(&self, from: usize, k: usize) -> Option<Condition> {
        match &self.f.blocks[from].term {
            Term::Branch { cond, then, other } if then.to != other.to => {
                self.comparison(*cond, k == 0)
            }
            _ => None,
        }
    }

    fn find_conditions(&mut self) {
        let idom = dominators::immediate(self.f);
        let mut ways: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.f.blocks.len()];
        for (b, block) in self.f.blocks.iter().enumerate() {
            for (k, edge) in block.term.edges().iter().enumerate() {
                ways[edge.to.0 as usize].push((b, k));
            }
        }
        let own: Vec<Option<Condition>> = ways
            .iter()
            .map(|ways| match ways[..] {
                [(from, k)] => self.edge_condition(from, k),
                _ => None,
            })
            .collect();
        for b in 0..self.f.blocks.len() {
            let mut at = Some(b);
            while let Some(block) = at {
                self.conditions[b].extend(own[block]);
                at = idom[block].map(|up| up.block);
            }
        }
    }

    /// Bounds by the definition alone.
    fn base(&self, v: Value) -> Option<Interval> {
        if self.f.ty(v) == Ty::Int || self.virtuals.contains(&v) {
            self.bounds[v.0 as usize]
        } else if self.f.ty(v) == Ty::Bool {
            Some(Interval { lo: 0, hi: 1 })
        } else {
            Some(ANY)
        }
    }

    /// Bounds where these conditions hold.
    fn narrowed<'c>(
        &self,
        v: Value,
        conditions: impl Iterator<Item = &'c Condition>,
    ) -> Option<Interval> {
        let mut known = self.base(v)?;
        for c in conditions {
            let (op, other) = if c.value == v {
                (c.op, c.other)
            } else if c.other == v {
                let op = match c.op {
                    Cmp::Lt => Cmp::Gt,
                    Cmp::Le => Cmp::Ge,
                    Cmp::Gt => Cmp::Lt,
                    Cmp::Ge => Cmp::Le,
                    op => op,
                };
                (op, c.value)
            } else {
                continue;
            };
            let Some(other) = self.base(other) else {
                continue;
            };
            let (lo, hi) = (i128::from(other.lo), i128::from(other.hi));
            let all = (i128::MIN, i128::MAX);
            let (lo, hi) = match op {
                Cmp::Lt => (all.0, hi - 1),
                Cmp::Le => (all.0, hi),
                Cmp::Eq => (lo, hi),
                Cmp::Ne => all,
                Cmp::Gt => (lo + 1, all.1),
                Cmp::Ge => (lo, all.1),
            };
            // Nothing left: this place is not reached; any bounds are right.
            if let Some(less) = Interval::new(lo.max(known.lo.into()), hi.min(known.hi.into())) {
                known = less;
            }
        }
        Some(known)
    }

    fn at(&self, b: usize, v: Value) -> Option<Interval> {
        self.narrowed(v, self.conditions[b].iter())
    }

    /// Bounds of the items of an iterator over a range, and its step.
    fn range(&self, b: usize, range: Value) -> (Option<Interval>, Option<i64>) {
        let any = (Some(ITEMS), None);
        let Some(made) = self.inst(range) else {
            return any;
        };
        let Op::Call { args, .. } = &made.op else {
            return any;
        };
        if made.how != How::Known(Known::Range) {
            return any;
        }
        let of = |v: Value| self.at(b, v);
        let zero = Some(Interval { lo: 0, hi: 0 });
        let (start, stop, step) = match args[..] {
            [stop] => (zero, of(stop), Some(1)),
            [start, stop] => (of(start), of(stop), Some(1)),
            [start, stop, step] => (of(start), of(stop), self.constant(step)),
            _ => return any,
        };
        let (Some(start), Some(stop)) = (start, stop) else {
            return (None, step);
        };
        let bounds = match step {
            Some(step) if step > 0 => (start.lo, stop.hi.saturating_sub(1)),
            Some(step) if step < 0 => (stop.lo.saturating_add(1), start.hi),
            _ => (ITEMS.lo, ITEMS.hi),
        };
        let items = Interval::new(bounds.0.max(ITEMS.lo).into(), bounds.1.min(ITEMS.hi).into());
        // Empty: no item is ever seen.
        (items.or(any.0), step)
    }

    /// Bounds of an instruction's integer result; notes results that fit.
    fn result(&mut self, b: usize, inst: &Inst) -> Option<Interval> {
        let out = inst.outs[0];
        match &inst.op {
            Op::Const(_) => match self.constant(out) {
                Some(value) => Some(Interval {
                    lo: value,
                    hi: value,
                }),
                None => Some(ANY),
            },
            Op::GetIter(range) if self.virtuals.contains(&out) => {
                let (items, step) = self.range(b, *range);
                self.steps.insert(out, step);
                items
            }
            // Assumed to be like the others that its loop iterates over; see `finish`.
            Op::EntryStack(_) if self.virtuals.contains(&out) => {
                let alone = self.alone.contains(&out);
                if alone {
                    self.steps.insert(out, None);
                }
                alone.then_some(ITEMS)
            }
            Op::Binary {
                op, a, b: other, ..
            } if inst.how == How::Int => {
                let (x, y) = (self.at(b, *a)?, self.at(b, *other)?);
                Some(self.binary(out, *op, x, y))
            }
            Op::Unary(Un::Neg, a) if inst.how == How::Int => {
                let x = self.at(b, *a)?;
                Interval::new(-i128::from(x.hi), -i128::from(x.lo)).or(Some(ANY))
            }
            Op::Call { args, .. } => match inst.how {
                How::Known(Known::Len) => Some(Interval { lo: 0, hi: LARGE }),
                How::Known(Known::Min | Known::Max) => {
                    let mut all = self.at(b, *args.first()?)?;
                    for &arg in &args[1..] {
                        let next = self.at(b, arg)?;
                        let (lo, hi) = if inst.how == How::Known(Known::Min) {
                            (all.lo.min(next.lo), all.hi.min(next.hi))
                        } else {
                            (all.lo.max(next.lo), all.hi.max(next.hi))
                        };
                        all = Interval { lo, hi };
                    }
                    Some(all)
                }
                How::Known(Known::Abs) => Some(Interval {
                    lo: 0,
                    hi: i64::MAX,
                }),
                _ => Some(ANY),
            },
            _ => Some(ANY),
        }
    }

    fn binary(&mut self, out: Value, op: Bin, x: Interval, y: Interval) -> Interval {
        let wide = |v: i64| i128::from(v);
        let bits = |v: i64| 64 - v.leading_zeros();
        // All numbers below the next power of two of both.
        let mask = |x: i64, y: i64| ((1i128 << bits(x).max(bits(y))) - 1) as i64;
        let plus = |i: Interval| i.lo >= 0;
        match op {
            Bin::Add | Bin::Sub | Bin::Mul => {
                let corners = match op {
                    Bin::Add => [
                        wide(x.lo) + wide(y.lo),
                        wide(x.hi) + wide(y.hi),
                        wide(x.lo) + wide(y.lo),
                        wide(x.hi) + wide(y.hi),
                    ],
                    Bin::Sub => [
                        wide(x.lo) - wide(y.hi),
                        wide(x.hi) - wide(y.lo),
                        wide(x.lo) - wide(y.hi),
                        wide(x.hi) - wide(y.lo),
                    ],
                    _ => [
                        wide(x.lo) * wide(y.lo),
                        wide(x.lo) * wide(y.hi),
                        wide(x.hi) * wide(y.lo),
                        wide(x.hi) * wide(y.hi),
                    ],
                };
                let lo = corners.into_iter().fold(i128::MAX, i128::min);
                let hi = corners.into_iter().fold(i128::MIN, i128::max);
                if lo >= wide(i64::MIN) && hi <= wide(i64::MAX) {
                    self.fits.insert(out);
                }
                Interval::new(lo, hi).unwrap_or(ANY)
            }
            Bin::And if plus(x) && plus(y) => Interval {
                lo: 0,
                hi: x.hi.min(y.hi),
            },
            Bin::And if plus(x) => Interval { lo: 0, hi: x.hi },
            Bin::And if plus(y) => Interval { lo: 0, hi: y.hi },
            Bin::Or | Bin::Xor if plus(x) && plus(y) => Interval {
                lo: 0,
                hi: mask(x.hi, y.hi),
            },
            Bin::Shr if plus(x) && plus(y) => Interval {
                lo: 0,
                hi: x.hi >> y.lo.min(63),
            },
            Bin::Shl if plus(x) && plus(y) => {
                let most = if y.hi < 63 {
                    wide(x.hi) << y.hi
                } else {
                    i128::MAX
                };
                if most <= wide(i64::MAX) {
                    self.fits.insert(out);
                }
                Interval::new(0, most).unwrap_or(ANY)
            }
            Bin::Mod if y.lo > 0 => Interval {
                lo: 0,
                hi: if plus(x) {
                    x.hi.min(y.hi - 1)
                } else {
                    y.hi - 1
                },
            },
            Bin::FloorDiv if plus(x) && y.lo > 0 => Interval {
                lo: x.lo / y.hi,
                hi: x.hi / y.lo,
            },
            _ => ANY,
        }
    }

    fn settle(&mut self) -> bool {
        (0..40).any(|n| !self.round(if n > 2 { Mode::Widen } else { Mode::Grow }))
    }

    /// Finds iterators of the frame with no other to be like; true if there are new ones.
    fn find_alone(&mut self, all: bool) -> bool {
        let f = self.f;
        let before = self.alone.len();
        for inst in f.blocks.iter().flat_map(|b| &b.insts) {
            let Op::EntryStack(_) = inst.op else { continue };
            let v = inst.outs[0];
            if !self.virtuals.contains(&v) {
                continue;
            }
            let mut joined = false;
            let used = |b: &Block| matches!(b.term, Term::ForIter { iter, .. } if iter == v);
            if f.blocks.iter().any(used) {
                self.alone.insert(v);
                continue;
            }
            for edge in f.blocks.iter().flat_map(|b| b.term.edges()) {
                let Some(k) = edge.args.iter().position(|&a| a == v) else {
                    continue;
                };
                let param = f.block(edge.to).params[k].value;
                if all {
                    joined |= self.bounds[param.0 as usize].is_some();
                    continue;
                }
                for other in f.blocks.iter().flat_map(|b| b.term.edges()) {
                    joined |= other.to == edge.to && other.args[k] != v && other.args[k] != param;
                }
            }
            if !joined {
                self.alone.insert(v);
            }
        }
        self.alone.len() > before
    }

    fn set(&mut self, v: Value, new: Option<Interval>, mode: Mode) -> bool {
        let slot = self.bounds[v.0 as usize];
        let Some(new) = new else { return false };
        let joined = match slot {
            Some(old) if mode != Mode::Narrow => {
                let mut joined = old.join(new);
                if mode == Mode::Widen {
                    if joined.lo < old.lo {
                        let least = [0, -1, -LARGE];
                        joined.lo = least
                            .into_iter()
                            .find(|&t| t <= joined.lo)
                            .unwrap_or(i64::MIN);
                    }
                    if joined.hi > old.hi {
                        let most = [1 << 32, LARGE];
                        joined.hi = most
                            .into_iter()
                            .find(|&t| t >= joined.hi)
                            .unwrap_or(i64::MAX);
                    }
                }
                joined
            }
            _ => new,
        };
        self.bounds[v.0 as usize] = Some(joined);
        slot != Some(joined)
    }

    /// Computes the results of all instructions, in order; true if any bounds changed.
    fn every_result(&mut self, mode: Mode) -> bool {
        let f = self.f;
        // Only block parameters are widened: there is no cycle without one.
        let mode = if mode == Mode::Widen {
            Mode::Grow
        } else {
            mode
        };
        let mut changed = false;
        for (b, block) in f.blocks.iter().enumerate() {
            for inst in &block.insts {
                for (k, &out) in inst.outs.iter().enumerate() {
                    if f.ty(out) == Ty::Int || self.virtuals.contains(&out) {
                        let new = if k == 0 {
                            self.result(b, inst)
                        } else {
                            Some(ANY)
                        };
                        changed |= self.set(out, new, mode);
                    }
                }
            }
            if let Term::ForIter { iter, item, .. } = block.term
                && f.ty(item) == Ty::Int
            {
                let new = if self.virtuals.contains(&iter) {
                    self.bounds[iter.0 as usize]
                } else {
                    Some(ANY)
                };
                changed |= self.set(item, new, mode);
            }
        }
        changed
    }

    /// Computes everything again.
    fn round(&mut self, mode: Mode) -> bool {
        let f = self.f;
        let mut changed = self.every_result(mode);
        let mut joined: BTreeMap<Value, Interval> = BTreeMap::new();
        for (b, block) in f.blocks.iter().enumerate() {
            for (k, edge) in block.term.edges().into_iter().enumerate() {
                let condition = self.edge_condition(b, k);
                for (param, arg) in f.block(edge.to).params.iter().zip(&edge.args) {
                    let v = param.value;
                    if f.ty(v) != Ty::Int && !self.virtuals.contains(&v) {
                        continue;
                    }
                    let conditions = self.conditions[b].iter().chain(&condition);
                    if let Some(new) = self.narrowed(*arg, conditions) {
                        let all = joined.get(&v).map_or(new, |old| old.join(new));
                        joined.insert(v, all);
                    }
                    if let Some(&step) = self.steps.get(arg) {
                        let known = match self.steps.get(&v) {
                            None => step,
                            Some(&old) if old == step => step,
                            Some(_) => None,
                        };
                        changed |= self.steps.insert(v, known) != Some(known);
                    }
                }
            }
        }
        for &(b, _, param, arg) in &self.caught {
            if f.ty(param.value) != Ty::Int {
                continue;
            }
            if let Some(new) = self.narrowed(arg, self.conditions[b].iter()) {
                let all = joined.get(&param.value).map_or(new, |old| old.join(new));
                joined.insert(param.value, all);
            }
        }
        for (v, new) in joined {
            changed |= self.set(v, Some(new), mode);
        }
        changed
    }

    fn finish(mut self) -> Bounds {
        let f = self.f;
        self.fits.clear();
        self.every_result(Mode::Narrow);
        let mut not_negative = BTreeSet::new();
        for (b, block) in f.blocks.iter().enumerate() {
            for inst in &block.insts {
                inst.op.operands(|v| {
                    if f.ty(v) == Ty::Int && self.at(b, v).is_some_and(|i| i.lo >= 0) {
                        not_negative.insert((BlockId(b as u32), v));
                    }
                });
            }
        }
        let fact = |v: Value| RangeFact {
            step: self.steps.get(&v).copied().flatten(),
            items: self.bounds[v.0 as usize].unwrap_or(ITEMS),
        };
        let mut iterators: BTreeMap<Value, RangeFact> =
            self.virtuals.iter().map(|&v| (v, fact(v))).collect();
        // What a loop is entered with must be as the analysis assumed.
        for edge in f.blocks.iter().flat_map(|b| b.term.edges()) {
            for (param, arg) in f.block(edge.to).params.iter().zip(&edge.args) {
                let entry = self
                    .inst(*arg)
                    .is_some_and(|i| matches!(i.op, Op::EntryStack(_)));
                if entry && let Some(&fact) = iterators.get(&param.value) {
                    iterators.insert(*arg, fact);
                }
            }
        }
        Bounds {
            fits: self.fits,
            not_negative,
            iterators,
        }
    }
}
