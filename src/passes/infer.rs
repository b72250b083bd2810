//! Type inference and specialisation: the type of each value, and how each instruction is done.
//!
//! A forward analysis to a fixed point, optimistic at loop headers and for the function's own result. Speculation
//! happens in three places, each guarded by code generation with the frame state at hand: an operand that the inline
//! caches say is a number, a value loaded from a container that is only used as a number, and a block parameter that
//! is a number on one edge and an object on another. Instructions in `Facts::blocked` speculate on nothing.

use super::Specialized;
use super::demand::{Demand, seen_operands};
use crate::facts::{Abi, Facts};
use crate::frontend::{Entry, Refusal};
use crate::hir::*;
use pyaot_runtime::code::{CodeInfo, Const};
use pyaot_runtime::methods::BuiltinMethod;
use pyaot_runtime::unit::{
    BOXED_PARAMETERS, ExitReason, GlobalFact, Known, Repr, TypeTag, attribute_key,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

struct Infer<'a> {
    code: &'a CodeInfo,
    facts: &'a Facts,
    /// Loop header that the unit is entered at.
    header: Option<u32>,
    /// Operations may run Python code: the unit has a frame.
    runs: bool,
    /// Globals that the unit itself stores.
    stored: BTreeSet<u32>,
    /// Constants and what globals name: something else holds these.
    constant: BTreeSet<Value>,
    /// Block that defines a value.
    block_of: HashMap<Value, usize>,
    /// Results of operations that may have run Python code, with their instruction: nothing else of that instruction
    /// may leave before it.
    ran: HashMap<Value, u32>,
    demand: Demand,
    /// Locals at the start of blocks that only frame states and tests for being bound see.
    unused: BTreeSet<Value>,
    types: Vec<Ty>,
    result: Ty,
    /// Method name of values that `LoadMethod` made of an exact list.
    methods: HashMap<Value, u32>,
    /// Methods of builtin types that were looked up.
    builtins: HashMap<Value, BuiltinMethod>,
    /// What the parameters of handlers are where an exception comes from; an exception's own have no values.
    caught: BTreeMap<Value, Vec<Value>>,
}

/// Class of an operand of arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Int,
    Float,
    Unknown,
    /// Some other exact type.
    Other,
    Bottom,
}

pub fn infer(
    mut f: Function,
    code: &CodeInfo,
    facts: &Facts,
    entry: &Entry,
    demand: Demand,
) -> Result<Specialized, Refusal> {
    let mut pass = Infer {
        code,
        facts,
        header: match entry {
            Entry::Call => None,
            Entry::Loop { header, .. } => Some(*header),
        },
        runs: match entry {
            Entry::Call => facts.framed,
            Entry::Loop { names, .. } => names.is_empty(),
        },
        stored: f.stored_globals(),
        constant: f
            .blocks
            .iter()
            .flat_map(|b| &b.insts)
            .filter(|i| matches!(i.op, Op::Const(_) | Op::LoadGlobal(_) | Op::LoadName(_)))
            .flat_map(|i| i.outs.iter().copied())
            .collect(),
        block_of: f
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(b, block)| {
                block
                    .insts
                    .iter()
                    .flat_map(move |i| i.outs.iter().map(move |&v| (v, b)))
            })
            .collect(),
        ran: Default::default(),
        types: vec![Ty::Bottom; f.types.len()],
        unused: unused(&f),
        demand,
        result: Ty::Bottom,
        methods: Default::default(),
        builtins: Default::default(),
        caught: caught(&f),
    };
    for _ in 0..50 {
        let mut changed = false;
        for b in 0..f.blocks.len() {
            for i in 0..f.blocks[b].insts.len() {
                let (how, mut outs) = pass.instruction(&f, &f.blocks[b].insts[i]);
                pass.box_once(&f.blocks[b].insts[i], &mut outs);
                let inst = &mut f.blocks[b].insts[i];
                inst.how = how;
                for (&v, &ty) in inst.outs.iter().zip(&outs) {
                    let slot = &mut pass.types[v.0 as usize];
                    if *slot != ty {
                        *slot = ty;
                        changed = true;
                    }
                }
            }
            let mut term = std::mem::replace(&mut f.blocks[b].term, Term::None);
            match &mut term {
                Term::ForIter {
                    iter, item, how, ..
                } => {
                    let (new, ty) = pass.iteration(&f, b, *iter, *item);
                    *how = new;
                    if pass.types[item.0 as usize] != ty {
                        pass.types[item.0 as usize] = ty;
                        changed = true;
                    }
                }
                Term::Return(v) => {
                    let ty = pass.ty(*v);
                    let joined = match (pass.result, ty) {
                        (Ty::Bottom, t) => t,
                        (r, Ty::Bottom) => r,
                        (r, t) if r == t => r,
                        _ => Ty::Object,
                    };
                    if joined != pass.result {
                        pass.result = joined;
                        changed = true;
                    }
                }
                _ => {}
            }
            f.blocks[b].term = term;
        }
        for b in 0..f.blocks.len() {
            let edges: Vec<Edge> = f.blocks[b].term.edges().into_iter().cloned().collect();
            for edge in edges {
                for k in 0..edge.args.len() {
                    let param = f.block(edge.to).params[k];
                    let new = pass.join_param(&f, edge.to, k, param);
                    if new != pass.types[param.value.0 as usize] {
                        pass.types[param.value.0 as usize] = new;
                        changed = true;
                    }
                }
            }
        }
        changed |= pass.join_caught();
        if !changed {
            f.types = pass.types;
            let result = if pass.result == Ty::Bottom {
                Ty::None
            } else {
                pass.result
            };
            return Ok(Specialized {
                function: f,
                result,
                demand: pass.demand,
                borrowed: Default::default(),
                bounds: Default::default(),
                runs: pass.runs,
            });
        }
    }
    Err(Refusal::TooLarge)
}

/// What the parameters of handlers are where an exception comes from.
fn caught(f: &Function) -> BTreeMap<Value, Vec<Value>> {
    let mut all = BTreeMap::new();
    for (b, _) in f.handlers().iter().enumerate().filter(|(_, is)| **is) {
        let params = f.blocks[b].params.iter();
        all.extend(params.map(|param| (param.value, Vec::new())));
    }
    for (_, _, param, arg) in f.exceptional_flows() {
        all.entry(param.value).or_default().push(arg);
    }
    all
}

/// Locals at the start of blocks that are in frame states and tested for being bound, but nothing else.
fn unused(f: &Function) -> BTreeSet<Value> {
    let params = f.blocks.iter().flat_map(|b| &b.params);
    let mut unused: BTreeSet<Value> = params
        .filter(|p| matches!(p.place, Place::Local(_)))
        .map(|p| p.value)
        .collect();
    for v in f.states.iter().flat_map(|s| &s.stack) {
        unused.remove(v);
    }
    for block in &f.blocks {
        for inst in &block.insts {
            if !matches!(inst.op, Op::CheckBound(_)) {
                inst.op.operands(|v| {
                    unused.remove(&v);
                });
            }
        }
        match &block.term {
            Term::Branch { cond: v, .. } | Term::ForIter { iter: v, .. } | Term::Return(v) => {
                unused.remove(v);
            }
            Term::Jump(_) | Term::Exit(_) | Term::None => {}
        }
    }
    unused
}

impl Infer<'_> {
    /// A computed number that several places see as an object is boxed once, where it is computed.
    fn box_once(&self, inst: &Inst, outs: &mut [Ty]) {
        if !matches!(inst.op, Op::Binary { .. } | Op::Unary(..)) {
            return;
        }
        for (&v, ty) in inst.outs.iter().zip(outs) {
            if self.demand.one_box(v) {
                match ty {
                    Ty::Int => *ty = Ty::Exact(TypeTag::Int),
                    Ty::Float => *ty = Ty::Exact(TypeTag::Float),
                    _ => {}
                }
            }
        }
    }

    fn ty(&self, v: Value) -> Ty {
        self.types[v.0 as usize]
    }

    fn blocked(&self, f: &Function, inst: &Inst) -> bool {
        self.facts.blocked.contains(&f.state(inst.state).at)
    }

    /// Type of a block parameter from all its edges seen so far.
    fn join_param(&self, f: &Function, block: BlockId, k: usize, param: Param) -> Ty {
        let mut args: Vec<Value> = Vec::new();
        let mut blocked = self
            .facts
            .blocked
            .contains(&f.state(f.block(block).entry_state).at);
        for source in &f.blocks {
            for edge in source.term.edges() {
                if edge.to == block {
                    args.push(edge.args[k]);
                    blocked |= self.facts.blocked.contains(&f.state(source.term_state).at);
                }
            }
        }
        let types: Vec<Ty> = args.iter().map(|&a| self.ty(a)).collect();
        if let Some(perhaps) = self.perhaps(param.value, &types) {
            return perhaps;
        }
        let plain = types.iter().copied().fold(Ty::Bottom, Ty::join);
        if blocked || plain.is_raw() || matches!(param.place, Place::Stack(_)) {
            return plain;
        }
        // A number on one edge: speculate that the objects on the others are such numbers, if the uses want one.
        for (raw, tag) in [
            (Ty::Int, TypeTag::Int),
            (Ty::Float, TypeTag::Float),
            (Ty::Bool, TypeTag::Bool),
        ] {
            let wanted = self.demand.hint(param.value) == Some(tag);
            if types.contains(&raw)
                && types.iter().all(|&t| {
                    t == raw
                        || t == Ty::Bottom
                        || t == Ty::Exact(tag)
                        || (t == Ty::Object && wanted)
                })
            {
                return raw;
            }
        }
        plain
    }

    /// Types of the parameters of handlers, without speculation; whether one changed. What is a number on one way and an
    /// object on another is the object that the frame holds.
    fn join_caught(&mut self) -> bool {
        let mut changed = false;
        for (param, args) in &self.caught {
            let joined = args.iter().map(|&v| self.ty(v)).fold(Ty::Bottom, Ty::join);
            let new = match joined {
                _ if args.is_empty() => Ty::Object,
                Ty::Perhaps(_) if !self.unused.contains(param) => Ty::Maybe,
                joined => joined,
            };
            let slot = &mut self.types[param.0 as usize];
            changed |= *slot != new;
            *slot = new;
        }
        changed
    }

    /// A local that is unbound on one edge and an unboxed number on another, at a place where it is not used.
    fn perhaps(&self, param: Value, types: &[Ty]) -> Option<Ty> {
        if !types.iter().any(|t| matches!(t, Ty::Null | Ty::Perhaps(_))) {
            return None;
        }
        let repr = types.iter().find(|t| t.is_raw())?.repr();
        let fits = |t: &Ty| t.repr() == repr && t.is_raw() || matches!(t, Ty::Null | Ty::Bottom);
        if self.unused.contains(&param) && types.iter().all(fits) {
            return Some(Ty::Perhaps(repr));
        }
        Some(Ty::Maybe)
    }

    fn class(&self, v: Value) -> Class {
        match self.ty(v) {
            Ty::Bottom => Class::Bottom,
            Ty::Int | Ty::Bool | Ty::Exact(TypeTag::Int | TypeTag::BigInt | TypeTag::Bool) => {
                Class::Int
            }
            Ty::Float | Ty::Exact(TypeTag::Float) => Class::Float,
            Ty::Object | Ty::Maybe | Ty::Method(_) => Class::Unknown,
            Ty::Global(name) => match self.facts.globals.get(&name) {
                Some(GlobalFact::Object(TypeTag::Int | TypeTag::Bool)) => Class::Int,
                Some(GlobalFact::Object(TypeTag::Float)) => Class::Float,
                _ => Class::Other,
            },
            // Nothing computes with the last.
            Ty::Null | Ty::None | Ty::Exact(_) | Ty::Perhaps(_) => Class::Other,
        }
    }

    /// Exact type of a boxed value, globals included.
    fn exact(&self, v: Value) -> Option<TypeTag> {
        match self.ty(v) {
            Ty::Exact(tag) => Some(tag),
            Ty::Global(name) => match self.facts.globals.get(&name) {
                Some(GlobalFact::Object(tag)) => Some(*tag),
                _ => None,
            },
            Ty::None => Some(TypeTag::None),
            _ => None,
        }
    }

    /// Class that both operands are treated as, or none: generic.
    fn arithmetic(
        &self,
        f: &Function,
        inst: &Inst,
        a: Value,
        b: Value,
        specialisable: bool,
    ) -> Option<Class> {
        let (ca, cb) = (self.class(a), self.class(b));
        if ca == Class::Bottom || cb == Class::Bottom {
            return Some(Class::Bottom);
        }
        if ca == Class::Other || cb == Class::Other {
            return None;
        }
        let known = |c| c == Class::Int || c == Class::Float;
        if known(ca) && known(cb) {
            return Some(if ca == Class::Int && cb == Class::Int {
                Class::Int
            } else {
                Class::Float
            });
        }
        if self.blocked(f, inst) {
            return None;
        }
        let seen = match seen_operands(self.code.instrs[inst.origin as usize].seen) {
            Some(TypeTag::Int) => Some(Class::Int),
            Some(_) => Some(Class::Float),
            None => None,
        };
        let fits = |c: Class, v: Value, want: Class| {
            c == want
                || (c == Class::Unknown
                    && (seen == Some(want) || self.hint_class(v).is_none_or(|h| h == want)))
        };
        match seen {
            Some(want) if fits(ca, a, want) && fits(cb, b, want) => Some(want),
            Some(_) => None,
            None => {
                // Mixed int and float is never specialised by CPython: ask the other operand and the hints.
                let guess = |c: Class, v: Value| {
                    if c == Class::Unknown {
                        self.hint_class(v)
                    } else {
                        Some(c)
                    }
                };
                let (ga, gb) = (guess(ca, a), guess(cb, b));
                match (ga, gb) {
                    (Some(x), Some(y)) => Some(if x == Class::Int && y == Class::Int {
                        Class::Int
                    } else {
                        Class::Float
                    }),
                    (Some(x), None) | (None, Some(x)) if !specialisable => Some(x),
                    _ => None,
                }
            }
        }
    }

    /// A constant that is an integer of 64 bits and not negative.
    fn not_negative(&self, f: &Function, v: Value) -> bool {
        let mut insts = f.blocks.iter().flat_map(|b| &b.insts);
        match insts.find(|i| i.outs.contains(&v)).map(|i| &i.op) {
            Some(Op::Const(i)) => {
                matches!(self.code.consts.get(*i as usize), Some(Const::Int(c)) if *c >= 0)
            }
            _ => false,
        }
    }

    fn hint_class(&self, v: Value) -> Option<Class> {
        match self.demand.hint(v) {
            Some(TypeTag::Int | TypeTag::Bool) => Some(Class::Int),
            Some(TypeTag::Float) => Some(Class::Float),
            _ => None,
        }
    }

    /// An object of unknown type, unboxed at once if all its uses want that.
    fn loaded(&self, f: &Function, inst: &Inst, v: Value) -> TypeTag {
        match self.demand.hint(v) {
            Some(tag @ (TypeTag::Int | TypeTag::Float | TypeTag::Bool))
                if (tag == TypeTag::Bool || !self.demand.needs_box(v))
                    && !self.blocked(f, inst) =>
            {
                tag
            }
            _ => TypeTag::Other,
        }
    }

    /// What a function in C gives: an object, but truths are told apart at once.
    fn given(tag: TypeTag) -> Ty {
        match tag {
            TypeTag::Int | TypeTag::Float => Ty::Exact(tag),
            tag => Self::of_tag(tag),
        }
    }

    fn of_tag(tag: TypeTag) -> Ty {
        match tag {
            TypeTag::Int => Ty::Int,
            TypeTag::Float => Ty::Float,
            TypeTag::Bool => Ty::Bool,
            TypeTag::None => Ty::None,
            TypeTag::Other => Ty::Object,
            other => Ty::Exact(other),
        }
    }

    fn entry(&self, v: Value, tag: Option<TypeTag>) -> Ty {
        match tag {
            None => Ty::Object,
            // Kept as an object where its identity can show: each use unboxes it.
            Some(tag @ (TypeTag::Int | TypeTag::Float)) if self.demand.needs_box(v) => {
                Ty::Exact(tag)
            }
            Some(TypeTag::Other) => Ty::Object,
            Some(tag) => Self::of_tag(tag),
        }
    }

    fn instruction(&mut self, f: &Function, inst: &Inst) -> (How, Vec<Ty>) {
        let pure = |ty: Ty| (How::Pure, vec![ty; inst.outs.len()]);
        let one = |how: How, ty: Ty| (how, vec![ty]);
        // Speculation did not pay here.
        let blocked = self.blocked(f, inst);
        let mut bottom = false;
        inst.op.operands(|v| bottom |= self.ty(v) == Ty::Bottom);
        if bottom {
            return (How::Generic, vec![Ty::Bottom; inst.outs.len()]);
        }
        match &inst.op {
            Op::Const(i) => match self.code.consts.get(*i as usize) {
                Some(Const::Int(_)) => one(How::Nothing, Ty::Int),
                Some(Const::Float(_)) => one(How::Nothing, Ty::Float),
                Some(Const::Bool(_)) => one(How::Nothing, Ty::Bool),
                Some(Const::None) => one(How::Nothing, Ty::None),
                Some(Const::Str(_)) => one(How::Nothing, Ty::Exact(TypeTag::Str)),
                Some(Const::Tuple(_)) => one(How::Nothing, Ty::Exact(TypeTag::Tuple)),
                _ => one(How::Nothing, Ty::Object),
            },
            Op::Null => one(How::Nothing, Ty::Null),
            Op::None => one(How::Nothing, Ty::None),
            Op::EntryLocal(slot) => {
                let tag = self.facts.locals.get(*slot as usize).copied().flatten();
                one(How::Nothing, self.entry(inst.outs[0], tag))
            }
            Op::EntryStack(slot) => {
                let tag = self.facts.stack.get(*slot as usize).copied();
                // The value stack keeps objects.
                let ty = match tag.flatten() {
                    None => Ty::Maybe,
                    Some(TypeTag::Other) => Ty::Object,
                    Some(tag) => Ty::Exact(tag),
                };
                one(How::Nothing, ty)
            }
            Op::EntryName(slot) => {
                let tag = self.facts.names.get(*slot as usize).map(|n| n.1);
                one(How::Nothing, tag.map_or(Ty::Object, Self::of_tag))
            }
            Op::CheckBound(v) => match self.ty(*v) {
                Ty::Null => one(How::Leave(ExitReason::WouldRaise), Ty::Bottom),
                Ty::Maybe => one(How::Pure, Ty::Object),
                Ty::Perhaps(repr) => one(How::Pure, Ty::of_repr(repr)),
                ty => one(How::Nothing, ty),
            },
            Op::SetLocal { .. } | Op::SetName { .. } | Op::Poll => (How::Nothing, vec![]),
            Op::PushExcInfo(_) => one(How::Pure, Ty::Object),
            Op::PopExcept(_) => one(How::Pure, Ty::Maybe),
            Op::ExcMatch { .. } => one(How::Pure, Ty::Bool),
            Op::WithExcept { .. } => self.run(inst),
            Op::LoadGlobal(name) | Op::LoadName(name) => {
                let elsewhere = self.facts.own_namespace && matches!(inst.op, Op::LoadName(_));
                match self.facts.globals.get(name) {
                    Some(fact)
                        if *fact != GlobalFact::Missing
                            && !elsewhere
                            && !self.stored.contains(name) =>
                    {
                        one(How::Watched, Ty::Global(*name))
                    }
                    _ => self.run(inst),
                }
            }
            Op::LoadCell(_) => {
                let tag = self.loaded(f, inst, inst.outs[0]);
                one(
                    if tag == TypeTag::Other {
                        How::Pure
                    } else {
                        How::Item(tag)
                    },
                    Self::of_tag(tag),
                )
            }
            Op::StoreCell { .. } => (How::Pure, vec![]),
            Op::NewCell(_) | Op::ClosureCell(_) => one(How::Pure, Ty::Object),
            Op::Unary(_, a) => match self.class(*a) {
                Class::Int if !blocked => one(How::Int, Ty::Int),
                Class::Int => one(How::BigInt, Ty::Exact(TypeTag::BigInt)),
                Class::Float if matches!(inst.op, Op::Unary(Un::Neg, _)) => {
                    one(How::Float, Ty::Float)
                }
                Class::Unknown if !blocked && self.hint_class(*a) == Some(Class::Int) => {
                    one(How::Int, Ty::Int)
                }
                Class::Unknown if !blocked && self.hint_class(*a) == Some(Class::Float) => {
                    one(How::Float, Ty::Float)
                }
                _ => pure(Ty::Object),
            },
            Op::Not(_) => one(How::Bool, Ty::Bool),
            // Nothing may leave before an instruction that has done something.
            Op::ToBool(a) if self.ran.get(a) == Some(&inst.origin) => one(How::Pure, Ty::Bool),
            Op::ToBool(a) => match self.ty(*a) {
                Ty::Bool => one(How::Nothing, Ty::Bool),
                Ty::Int | Ty::Exact(TypeTag::Int) => one(How::Int, Ty::Bool),
                Ty::Float | Ty::Exact(TypeTag::Float) => one(How::Float, Ty::Bool),
                Ty::None => one(How::Constant(false), Ty::Bool),
                Ty::Exact(TypeTag::List | TypeTag::Tuple) => one(How::Size, Ty::Bool),
                Ty::Object if !blocked && self.demand.hint(*a) == Some(TypeTag::Int) => {
                    one(How::Int, Ty::Bool)
                }
                Ty::Object if !blocked && self.demand.hint(*a) == Some(TypeTag::Bool) => {
                    one(How::Bool, Ty::Bool)
                }
                _ => one(How::Pure, Ty::Bool),
            },
            Op::Binary { op, a, b, .. } => self.binary(f, inst, *op, *a, *b, blocked),
            Op::Compare { op, a, b } => {
                match self.arithmetic(f, inst, *a, *b, true) {
                    Some(Class::Bottom) => return (How::Generic, vec![Ty::Bottom]),
                    Some(Class::Int)
                        if [*a, *b]
                            .iter()
                            .any(|&v| self.ty(v) == Ty::Exact(TypeTag::BigInt)) => {}
                    Some(Class::Int) if !blocked => return one(How::Int, Ty::Bool),
                    Some(Class::Float) => {
                        // Compared exactly: an int beyond 53 bits leaves.
                        let both = self.class(*a) != Class::Int && self.class(*b) != Class::Int;
                        return if both {
                            one(How::Float, Ty::Bool)
                        } else if blocked {
                            pure(Ty::Object)
                        } else {
                            one(How::Mixed, Ty::Bool)
                        };
                    }
                    _ => {}
                }
                let seen = self.code.instrs[inst.origin as usize].seen;
                let string = |v: Value| match self.exact(v) {
                    Some(tag) => tag == TypeTag::Str,
                    None => self.ty(v) == Ty::Object && seen == "COMPARE_OP_STR",
                };
                if matches!(op, Cmp::Eq | Cmp::Ne) && !blocked && string(*a) && string(*b) {
                    return one(How::Str, Ty::Bool);
                }
                if self.runs {
                    self.ran.insert(inst.outs[0], inst.origin);
                }
                pure(Ty::Object)
            }
            Op::Is { a, b, .. } => {
                let (ta, tb) = (self.ty(*a), self.ty(*b));
                let none_and_raw =
                    (ta == Ty::None && tb.is_raw()) || (tb == Ty::None && ta.is_raw());
                if none_and_raw {
                    one(How::Constant(false), Ty::Bool)
                } else if ta == Ty::Bool && tb == Ty::Bool {
                    one(How::Bool, Ty::Bool)
                } else {
                    one(How::Identity, Ty::Bool)
                }
            }
            Op::Contains {
                item, container, ..
            } => {
                let seen = self.code.instrs[inst.origin as usize].seen;
                let kind = match self.exact(*container) {
                    Some(TypeTag::Dict) => Some("CONTAINS_OP_DICT"),
                    Some(_) => None,
                    None => Some(seen),
                };
                match kind {
                    Some("CONTAINS_OP_SET") => self.run_as(inst, Ty::Bool),
                    Some("CONTAINS_OP_DICT") if self.ty(*item).is_raw() => {
                        self.run_as(inst, Ty::Bool)
                    }
                    _ => one(How::Pure, Ty::Bool),
                }
            }
            Op::Subscr { container, index } => {
                let seen = self.code.instrs[inst.origin as usize].seen;
                let int_index = match self.class(*index) {
                    Class::Int => true,
                    Class::Unknown => self.hint_class(*index) == Some(Class::Int),
                    _ => false,
                };
                let sequence = match self.exact(*container) {
                    Some(TypeTag::List | TypeTag::Tuple) => true,
                    None => {
                        self.ty(*container) == Ty::Object
                            && matches!(seen, "BINARY_SUBSCR_LIST_INT" | "BINARY_SUBSCR_TUPLE_INT")
                    }
                    _ => false,
                };
                let string = match self.exact(*container) {
                    Some(tag) => tag == TypeTag::Str,
                    None => self.ty(*container) == Ty::Object && seen == "BINARY_SUBSCR_STR_INT",
                };
                if string && int_index && !blocked {
                    return one(How::Char, Ty::Exact(TypeTag::Str));
                }
                if self.is_dict(*container, seen) && self.ty(*index).is_raw() {
                    return self.run_as(inst, Ty::Object);
                }
                if blocked || !int_index || !sequence {
                    return pure(Ty::Object);
                }
                let tag = self.loaded(f, inst, inst.outs[0]);
                one(How::Item(tag), Self::of_tag(tag))
            }
            Op::StoreSubscr {
                container, index, ..
            } => {
                let seen = self.code.instrs[inst.origin as usize].seen;
                let int_index = match self.class(*index) {
                    Class::Int => true,
                    Class::Unknown => self.hint_class(*index) == Some(Class::Int),
                    _ => false,
                };
                let list = match self.exact(*container) {
                    Some(TypeTag::List) => true,
                    None => self.ty(*container) == Ty::Object && seen == "STORE_SUBSCR_LIST_INT",
                    _ => false,
                };
                if self.is_dict(*container, seen) && self.runs {
                    self.run(inst)
                } else if blocked || !int_index || !list {
                    (How::Pure, vec![])
                } else {
                    (How::Item(TypeTag::List), vec![])
                }
            }
            Op::BuildList(_) => one(How::Pure, Ty::Exact(TypeTag::List)),
            Op::BuildTuple(_) => one(How::Pure, Ty::Exact(TypeTag::Tuple)),
            Op::ListAppend { .. } => (How::Append, vec![]),
            Op::Unpack { .. } => {
                let tys = inst
                    .outs
                    .iter()
                    .map(|&v| Self::of_tag(self.loaded(f, inst, v)))
                    .collect();
                let Op::Unpack { sequence, .. } = inst.op else {
                    return self.run(inst);
                };
                let seen = self.code.instrs[inst.origin as usize].seen;
                let known = matches!(self.exact(sequence), Some(TypeTag::List | TypeTag::Tuple))
                    || (self.exact(sequence).is_none()
                        && (seen != "UNPACK_SEQUENCE" || !self.runs));
                if blocked || !known {
                    return self.run(inst);
                }
                (How::Item(TypeTag::Other), tys)
            }
            Op::GetIter(a) => {
                let ty = match self.exact(*a) {
                    Some(TypeTag::Range) => Ty::Exact(TypeTag::RangeIter),
                    Some(TypeTag::List) => Ty::Exact(TypeTag::ListIter),
                    Some(TypeTag::Tuple) => Ty::Exact(TypeTag::TupleIter),
                    _ => Ty::Object,
                };
                one(How::Pure, ty)
            }
            Op::LoadMethod { name, .. } if self.attribute(inst, *name).is_some() => {
                let value = Ty::Global(self.attribute(inst, *name).unwrap_or_default());
                let types = if pyaot_runtime::layout::PY_3_13 {
                    vec![value, Ty::Null]
                } else {
                    vec![Ty::Null, value]
                };
                (How::Watched, types)
            }
            Op::LoadMethod { object, .. }
                if self.builtin_method(inst, *object, blocked).is_some() =>
            {
                let Some(method) = self.builtin_method(inst, *object, blocked) else {
                    return self.run(inst);
                };
                self.builtins.insert(inst.outs[0], method);
                let this = Ty::Exact(method.on());
                (How::Builtin(method), vec![Ty::Object, this])
            }
            Op::LoadMethod { object, name } => {
                let append = self
                    .code
                    .names
                    .get(*name as usize)
                    .is_some_and(|n| n == "append");
                let list = self.exact(*object) == Some(TypeTag::List)
                    || (self.ty(*object) == Ty::Object
                        && !blocked
                        && self.code.instrs[inst.origin as usize].seen
                            == "LOAD_ATTR_METHOD_NO_DICT");
                if append && list && !blocked {
                    self.methods.insert(inst.outs[0], *name);
                    (How::Append, vec![Ty::Object, Ty::Exact(TypeTag::List)])
                } else {
                    self.method(inst, *object)
                }
            }
            Op::Call {
                callee,
                first,
                args,
                keywords,
            } => self.call(f, inst, *callee, *first, args, keywords.is_some(), blocked),
            Op::Generic(kind, _) => match kind {
                Gen::LoadAttr(name) if self.attribute(inst, *name).is_some() => {
                    let key = self.attribute(inst, *name).unwrap_or_default();
                    one(How::Watched, Ty::Global(key))
                }
                Gen::LoadAttr(_) | Gen::StoreAttr(_) if self.field(inst, blocked).is_some() => {
                    let how = How::Field(self.field(inst, blocked).unwrap_or(0));
                    if inst.outs.is_empty() {
                        (how, vec![])
                    } else {
                        one(how, Self::of_tag(self.loaded(f, inst, inst.outs[0])))
                    }
                }
                Gen::ListExtend | Gen::DictMerge if !blocked => (How::Pure, vec![]),
                Gen::DictMerge => (How::Leave(ExitReason::Type), vec![]),
                Gen::ListToTuple => one(How::Pure, Ty::Exact(TypeTag::Tuple)),
                Gen::UnaryPositive | Gen::BinarySlice if !self.runs && !blocked => {
                    let tag = self.loaded(f, inst, inst.outs[0]);
                    one(How::Pure, Self::of_tag(tag))
                }
                Gen::UnaryPositive | Gen::BinarySlice => one(How::Pure, Ty::Object),
                _ => self.run(inst),
            },
        }
    }

    /// The operand is a module that a global names, the attribute a watched one.
    fn attribute(&self, inst: &Inst, name: u32) -> Option<u32> {
        let mut object = None;
        inst.op.operands(|v| object = Some(v));
        let Ty::Global(module) = self.ty(object?) else {
            return None;
        };
        let key = attribute_key(module, name)?;
        let known = self.facts.globals.get(&key);
        known
            .is_some_and(|fact| *fact != GlobalFact::Missing)
            .then_some(key)
    }

    /// The attribute is in the instance, as the interpreter has seen it.
    fn field(&self, inst: &Inst, blocked: bool) -> Option<u8> {
        let Op::Generic(_, args) = &inst.op else {
            return None;
        };
        let object = *args.last()?;
        if blocked || self.ty(object) != Ty::Object {
            return None;
        }
        match self.code.instrs[inst.origin as usize].seen {
            "LOAD_ATTR_INSTANCE_VALUE" | "STORE_ATTR_INSTANCE_VALUE" => Some(0),
            "LOAD_ATTR_SLOT" | "STORE_ATTR_SLOT" => Some(1),
            _ => None,
        }
    }

    /// A method of a builtin type, as the interpreter has seen it.
    fn builtin_method(&self, inst: &Inst, object: Value, blocked: bool) -> Option<BuiltinMethod> {
        let origin = &self.code.instrs[inst.origin as usize];
        let method = *self.facts.builtin_methods.get(&origin.at)?;
        let fits = self.ty(object) == Ty::Object || self.exact(object) == Some(method.on());
        (fits && !blocked).then_some(method)
    }

    /// A method of the object's class, as the interpreter has seen it.
    fn method(&self, inst: &Inst, object: Value) -> (How, Vec<Ty>) {
        let origin = &self.code.instrs[inst.origin as usize];
        let hidden = match origin.seen {
            "LOAD_ATTR_METHOD_WITH_VALUES" => true,
            "LOAD_ATTR_METHOD_NO_DICT" => false,
            _ => return self.run(inst),
        };
        if self.facts.is_uncompiled(origin.at)
            || !matches!(self.ty(object), Ty::Object | Ty::Exact(_))
        {
            return self.run(inst);
        }
        let known = self.facts.methods.get(&origin.at);
        // Without a frame only a unit that has none can be called.
        let own = self.facts.own_methods.contains(&origin.at);
        if !self.runs && known.map_or(!own, |abi| abi.framed) {
            return self.run(inst);
        }
        (
            How::Method(hidden),
            vec![Ty::Method(origin.at), self.ty(object)],
        )
    }

    /// The interpreter has seen functions in Python called here, or has no short way for what it calls: functions that are
    /// counted or native are among those.
    fn calls_python(&self, inst: &Inst, this: Value) -> bool {
        let seen = self.code.instrs[inst.origin as usize].seen;
        let python = crate::gain::is_python_call(seen) || matches!(seen, "CALL" | "CALL_KW");
        python && !matches!(self.ty(this), Ty::Exact(_))
    }

    /// Some argument is an object that only the caller's value stack holds, and whose end may run Python code: the
    /// interpreter, or a call of a unit with a frame, moves such a reference into the callee's frame.
    fn hands_over(&self, f: &Function, inst: &Inst, args: &[Value], abi: &Abi) -> bool {
        let boxed = abi.params.iter().any(|p| p.repr == Repr::Boxed);
        let held = &f.state(inst.state).locals;
        boxed
            && args.iter().any(|&arg| {
                !self.ty(arg).is_atomic() && !held.contains(&arg) && !self.constant.contains(&arg)
            })
    }

    /// By a helper that may run Python code; without a frame the interpreter does it.
    fn run(&self, inst: &Inst) -> (How, Vec<Ty>) {
        if !self.runs || super::only_header_handled(self.code, self.header, inst.origin) {
            return (
                How::Leave(ExitReason::Unsupported),
                vec![Ty::Bottom; inst.outs.len()],
            );
        }
        // What a method is called on may be null: beside it, or in its place, depending on the version.
        let method = matches!(
            inst.op,
            Op::LoadMethod { .. } | Op::Generic(Gen::LoadSuper(..), _)
        ) && inst.outs.len() == 2;
        let ty = |i: usize| match inst.op {
            Op::Generic(Gen::BuildMap | Gen::BuildConstMap, _) => Ty::Exact(TypeTag::Dict),
            Op::Generic(
                Gen::BuildString
                | Gen::Convert(_)
                | Gen::FormatSimple
                | Gen::FormatWithSpec
                | Gen::FormatValue(_),
                _,
            ) => Ty::Object,
            _ if method && (i == 1) == pyaot_runtime::layout::PY_3_13 => Ty::Maybe,
            _ => Ty::Object,
        };
        (How::Run, (0..inst.outs.len()).map(ty).collect())
    }

    fn binary(
        &mut self,
        f: &Function,
        inst: &Inst,
        op: Bin,
        a: Value,
        b: Value,
        blocked: bool,
    ) -> (How, Vec<Ty>) {
        let one = |how: How, ty: Ty| (how, vec![ty]);
        let specialisable = matches!(op, Bin::Add | Bin::Sub | Bin::Mul);
        match self.arithmetic(f, inst, a, b, specialisable) {
            Some(Class::Bottom) => one(How::Generic, Ty::Bottom),
            Some(Class::Int) => {
                if matches!(op, Bin::And | Bin::Or | Bin::Xor)
                    && self.ty(a) == Ty::Bool
                    && self.ty(b) == Ty::Bool
                {
                    return one(How::Bool, Ty::Bool);
                }
                // A sum that did not fit, and what is computed from it, would leave at every instruction, one version
                // after the other: from here on integers are objects.
                let exact = |v: Value| {
                    matches!(
                        self.ty(v),
                        Ty::Int | Ty::Exact(TypeTag::Int | TypeTag::BigInt)
                    )
                };
                let big = |v: Value| self.ty(v) == Ty::Exact(TypeTag::BigInt);
                let grows = matches!(op, Bin::Add | Bin::Sub | Bin::Mul | Bin::Shl);
                let other = matches!(op, Bin::TrueDiv | Bin::Pow | Bin::MatMul);
                if !other && exact(a) && exact(b) && (big(a) || big(b) || (grows && blocked)) {
                    let small = match op {
                        Bin::And => self.not_negative(f, a) || self.not_negative(f, b),
                        Bin::Mod => self.not_negative(f, b),
                        _ => false,
                    };
                    return if small && !blocked {
                        one(How::Pure, Ty::Int)
                    } else {
                        one(How::Pure, Ty::Exact(TypeTag::BigInt))
                    };
                }
                match op {
                    Bin::MatMul => one(How::Leave(ExitReason::WouldRaise), Ty::Bottom),
                    Bin::TrueDiv if blocked => one(How::Pure, Ty::Object),
                    Bin::TrueDiv => one(How::IntTrueDiv, Ty::Float),
                    // `bool` operands of & | ^ may give a bool; big results of the others stay int.
                    _ if blocked => one(How::Pure, Ty::Object),
                    _ => one(How::Int, Ty::Int),
                }
            }
            Some(Class::Float) => match op {
                Bin::Add | Bin::Sub | Bin::Mul | Bin::TrueDiv => one(How::Float, Ty::Float),
                Bin::FloorDiv | Bin::Mod | Bin::Pow if !blocked => one(How::Float, Ty::Float),
                _ => one(How::Pure, Ty::Object),
            },
            _ if op == Bin::Add && !blocked && self.is_str(inst, a) && self.is_str(inst, b) => {
                one(How::Concat, Ty::Exact(TypeTag::Str))
            }
            _ if self.is_operator(f, inst, a, b) && !blocked => one(How::Operator, Ty::Object),
            _ => one(How::Pure, Ty::Object),
        }
    }

    /// A class's operator was called here. Without a frame the unit leaves where none that is compiled can be called.
    fn is_operator(&self, f: &Function, inst: &Inst, a: Value, b: Value) -> bool {
        let object = |v| matches!(self.ty(v), Ty::Object | Ty::Maybe | Ty::Method(_));
        self.facts.operators.contains(&f.state(inst.state).at)
            && (object(a) || object(b))
            && !super::only_header_handled(self.code, self.header, inst.origin)
    }

    /// A dict, as the interpreter has seen it.
    fn is_dict(&self, v: Value, seen: &str) -> bool {
        match self.exact(v) {
            Some(tag) => tag == TypeTag::Dict,
            None => matches!(seen, "BINARY_SUBSCR_DICT" | "STORE_SUBSCR_DICT"),
        }
    }

    /// By a helper that may run Python code, if there is a frame; else purely, as far as that goes.
    fn run_as(&self, inst: &Inst, ty: Ty) -> (How, Vec<Ty>) {
        match self.run(inst) {
            (How::Run, _) => (How::Run, vec![ty]),
            _ => (How::Pure, vec![ty]),
        }
    }

    /// A `str`, or what the interpreter has found to be one at this addition.
    fn is_str(&self, inst: &Inst, v: Value) -> bool {
        let seen = self.code.instrs[inst.origin as usize].seen;
        match self.exact(v) {
            Some(tag) => tag == TypeTag::Str,
            None => self.ty(v) == Ty::Object && seen.ends_with("ADD_UNICODE"),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn call(
        &mut self,
        f: &Function,
        inst: &Inst,
        callee: Value,
        first: Value,
        args: &[Value],
        keywords: bool,
        blocked: bool,
    ) -> (How, Vec<Ty>) {
        let one = |how: How, ty: Ty| (how, vec![ty]);
        if self.methods.contains_key(&callee) && args.len() == 1 && !keywords && !blocked {
            return one(How::Append, Ty::None);
        }
        if let Some(&method) = self.builtins.get(&callee)
            && !keywords
            && !blocked
        {
            return one(How::Builtin(method), Self::given(method.gives()));
        }
        let generic = self.run(inst);
        let hands_over =
            |abi: &Abi| abi.rebinds && !abi.framed && self.hands_over(f, inst, args, abi);
        if let Ty::Method(at) = self.ty(callee)
            && !keywords
            && !blocked
            && !super::only_header_handled(self.code, self.header, inst.origin)
            && self.block_of.get(&callee) == self.block_of.get(&inst.outs[0])
        {
            match self.facts.method(at) {
                Some(abi)
                    if abi.params.len() == args.len() + 1
                        && (self.runs || !abi.framed)
                        && !hands_over(abi) =>
                {
                    return one(How::Direct, Ty::of_repr(abi.result));
                }
                _ if args.len() < BOXED_PARAMETERS
                    && !self.facts.refused_methods.contains(&at)
                    && self.calls_python(inst, first) =>
                {
                    return one(How::Site, Ty::Object);
                }
                _ => {}
            }
        }
        // 3.12 has the null of an attribute that is no method below it.
        let (callee, first) = if self.ty(callee) == Ty::Null {
            (first, callee)
        } else {
            (callee, first)
        };
        let Ty::Global(name) = self.ty(callee) else {
            return generic;
        };
        if self.ty(first) != Ty::Null || keywords || blocked {
            return generic;
        }
        if self.facts.own.contains(&name) && self.header.is_none() {
            return match self.result {
                Ty::Bottom => (How::SelfCall, vec![Ty::Bottom; inst.outs.len()]),
                ty => one(How::SelfCall, ty),
            };
        }
        if let Some(abi) = self.facts.initializers.get(&name) {
            let fits = abi.returns_none
                && !hands_over(abi)
                && abi.params.len() == args.len() + 1
                && (self.runs || !abi.framed)
                && !super::only_header_handled(self.code, self.header, inst.origin);
            return if fits {
                one(How::New, Ty::Object)
            } else {
                generic
            };
        }
        match self.facts.globals.get(&name) {
            Some(GlobalFact::Function { .. }) => match self.facts.callees.get(&name) {
                // An exception of the callee would be looked up at the loop header.
                Some(_) if super::only_header_handled(self.code, self.header, inst.origin) => {
                    generic
                }
                Some(abi) if (abi.framed && !self.runs) || hands_over(abi) => generic,
                Some(abi) if abi.params.len() == args.len() => {
                    one(How::Direct, Ty::of_repr(abi.result))
                }
                _ => generic,
            },
            Some(GlobalFact::Known(Known::Plain(function))) => {
                one(How::Plain(*function), Self::given(function.gives()))
            }
            Some(GlobalFact::Known(known)) => {
                // What the result is used as says what unknown operands are.
                let wanted = self.hint_class(inst.outs[0]);
                let class = |i: usize| match self.class(args[i]) {
                    Class::Unknown => self
                        .hint_class(args[i])
                        .or(wanted)
                        .unwrap_or(Class::Unknown),
                    c => c,
                };
                let how = How::Known(*known);
                match (known, args.len()) {
                    (Known::Len, 1) => match self.exact(args[0]) {
                        Some(TypeTag::List | TypeTag::Tuple) => one(how, Ty::Int),
                        _ => one(How::Unboxed(Repr::Int), Ty::Int),
                    },
                    (Known::Range, 1..=3) if (0..args.len()).all(|i| class(i) == Class::Int) => {
                        one(how, Ty::Exact(TypeTag::Range))
                    }
                    (Known::Abs, 1) if class(0) == Class::Int => one(how, Ty::Int),
                    (Known::Abs, 1) if class(0) == Class::Float => one(how, Ty::Float),
                    (Known::Min | Known::Max, 2..)
                        if (0..args.len()).all(|i| class(i) == Class::Int) =>
                    {
                        one(how, Ty::Int)
                    }
                    (Known::Min | Known::Max, 2..)
                        if (0..args.len()).all(|i| class(i) == Class::Float) =>
                    {
                        one(how, Ty::Float)
                    }
                    (Known::IntType, 1) if matches!(class(0), Class::Int | Class::Float) => {
                        one(how, Ty::Int)
                    }
                    // Of a plain string it is done at once.
                    (Known::IntType, 1) if generic.0 == How::Run => one(How::Pure, Ty::Object),
                    (Known::FloatType, 1) if matches!(class(0), Class::Int | Class::Float) => {
                        one(how, Ty::Float)
                    }
                    (Known::Math(_), 1)
                        if matches!(class(0), Class::Int | Class::Float | Class::Unknown) =>
                    {
                        one(how, Ty::Float)
                    }
                    _ => generic,
                }
            }
            _ => generic,
        }
    }

    fn iteration(&self, f: &Function, b: usize, iter: Value, item: Value) -> (How, Ty) {
        let block = &f.blocks[b];
        let seen = self.code.instrs[block.term_origin as usize].seen;
        let blocked = self.facts.blocked.contains(&f.state(block.term_state).at);
        let tag = match self.ty(iter) {
            Ty::Bottom => return (How::Generic, Ty::Bottom),
            Ty::Exact(tag @ (TypeTag::RangeIter | TypeTag::ListIter | TypeTag::TupleIter)) => tag,
            Ty::Object if !blocked => match seen {
                "FOR_ITER_RANGE" => TypeTag::RangeIter,
                "FOR_ITER_LIST" => TypeTag::ListIter,
                "FOR_ITER_TUPLE" => TypeTag::TupleIter,
                _ => return (How::Pure, Ty::Object),
            },
            _ => return (How::Pure, Ty::Object),
        };
        if tag == TypeTag::RangeIter {
            return (How::Iter(tag), Ty::Int);
        }
        match self.demand.hint(item) {
            Some(kind @ (TypeTag::Int | TypeTag::Float | TypeTag::Bool))
                if (kind == TypeTag::Bool || !self.demand.needs_box(item)) && !blocked =>
            {
                (How::Iter(tag), Self::of_tag(kind))
            }
            _ => (How::Iter(tag), Ty::Object),
        }
    }
}
