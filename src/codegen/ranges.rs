//! Iterators over ranges live in registers: where they are, where they end, their step.
//!
//! An iterator that a `for` statement makes is seen by nobody but that loop: it lies on the value stack and nothing
//! else refers to it. So it needs no object while native code runs. A *virtual* iterator is three words in Cranelift
//! variables, which follow control flow by themselves; a side exit makes the object that the frame holds
//! (`Source::RangeIter`). An iterator that the frame already had is taken over at the entry, if the frame holds the only
//! reference; else the unit is not entered.

use super::unit::{Gen, trusted};
use crate::hir::{self, Edge, How, Op, Place, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use cranelift_frontend::Variable;
use pyaot_runtime::layout::offsets as at;
use pyaot_runtime::unit::{ExitReason, Known, Source, TypeTag};
use std::collections::BTreeSet;

/// Bounds and steps of virtual iterators are below this, so that no sum of them overflows.
const LARGE: i64 = 1 << 61;

/// A virtual iterator.
#[derive(Clone, Copy)]
pub(super) struct RangeIter {
    /// The next item.
    at: Variable,
    /// Where it is exhausted: the last item and one step.
    end: Variable,
    step: Variable,
}

impl Gen<'_, '_> {
    /// Finds the virtual iterators: made by `GetIter` or found on the frame's stack, and passed on to nothing but loops.
    pub(super) fn find_virtual_iterators(&mut self) {
        let f = self.f;
        let is = |v: hir::Value| f.ty(v) == Ty::Exact(TypeTag::RangeIter);
        let mut found: BTreeSet<hir::Value> = BTreeSet::new();
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
                break;
            }
        }
        for v in found {
            let iter = RangeIter {
                at: self.b.declare_var(I64),
                end: self.b.declare_var(I64),
                step: self.b.declare_var(I64),
            };
            self.iterators.insert(v, iter);
            self.statics.insert(v);
        }
    }

    /// Takes over an iterator of the frame's value stack: fields read, conditions checked. The object is dropped by
    /// [`Gen::drop_taken_iterators`], when all other checks are made.
    pub(super) fn take_iterator(
        &mut self,
        v: hir::Value,
        object: Value,
        place: i32,
        miss: Block,
    ) -> Value {
        let count = self.b.ins().load(I32, trusted(), object, 0);
        let alone = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        self.words().guard(alone, miss);
        let mut field = |at: usize| self.b.ins().load(I64, trusted(), object, at as i32);
        let (start, step, left) = (
            field(at::RANGEITER_START),
            field(at::RANGEITER_STEP),
            field(at::RANGEITER_LEN),
        );
        let (way, overflow) = self.b.ins().smul_overflow(left, step);
        let next = self.b.create_block();
        self.b.ins().brif(overflow, miss, &[], next, &[]);
        self.b.switch_to_block(next);
        for value in [start, step, way] {
            let good = self.is_moderate(value);
            self.words().guard(good, miss);
        }
        let end = self.b.ins().iadd(start, way);
        let step = match self.constant_step(v) {
            Some(wanted) => {
                let same = self.b.ins().icmp_imm_s(IntCC::Equal, step, wanted);
                self.words().guard(same, miss);
                self.b.ins().iconst(I64, wanted)
            }
            None => step,
        };
        self.define_iterator(v, start, end, step);
        self.taken.push((object, place));
        self.b.ins().iconst(I64, 0)
    }

    /// The objects of iterators that are virtual from here on end.
    pub(super) fn drop_taken_iterators(&mut self) {
        let Some(frame) = self.frame else { return };
        for (object, place) in std::mem::take(&mut self.taken) {
            let null = self.b.ins().iconst(I64, 0);
            self.b.ins().store(trusted(), null, frame, place);
            self.decref(object, false, None);
        }
    }

    /// The step that every other iterator has which reaches the same loop as this one.
    fn constant_step(&self, v: hir::Value) -> Option<i64> {
        let mut steps = BTreeSet::new();
        for edge in self.f.blocks.iter().flat_map(|b| b.term.edges()) {
            let params = &self.f.block(edge.to).params;
            let Some(k) = edge.args.iter().position(|&a| a == v) else {
                continue;
            };
            let param = params[k].value;
            for other in self.f.blocks.iter().flat_map(|b| b.term.edges()) {
                if other.to == edge.to && other.args[k] != v && other.args[k] != param {
                    steps.insert(self.step_of(other.args[k]));
                }
            }
        }
        match steps.first() {
            Some(&step) if steps.len() == 1 => step,
            _ => None,
        }
    }

    pub(super) fn step_of(&self, iter: hir::Value) -> Option<i64> {
        let insts = || self.f.blocks.iter().flat_map(|b| &b.insts);
        let Op::GetIter(range) = insts().find(|i| i.outs.contains(&iter))?.op else {
            return None;
        };
        let made = insts().find(|i| i.outs.contains(&range))?;
        match &made.op {
            _ if made.how != How::Known(Known::Range) => None,
            Op::Call { args, .. } if args.len() < 3 => Some(1),
            Op::Call { args, .. } => self.const_int(args[2]).filter(|&step| step != 0),
            _ => None,
        }
    }

    /// -LARGE <= value < LARGE.
    pub(super) fn is_moderate(&mut self, value: Value) -> Value {
        let biased = self.b.ins().iadd_imm_s(value, LARGE);
        self.b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThan, biased, 2 * LARGE)
    }

    fn define_iterator(&mut self, v: hir::Value, at: Value, end: Value, step: Value) {
        let Some(iter) = self.iterators.get(&v).copied() else {
            return;
        };
        self.b.def_var(iter.at, at);
        self.b.def_var(iter.end, end);
        self.b.def_var(iter.step, step);
        let none = self.b.ins().iconst(I64, 0);
        self.vals.insert(v, none);
    }

    /// A virtual iterator over a range with moderate bounds.
    pub(super) fn new_virtual_iterator(
        &mut self,
        v: hir::Value,
        start: Value,
        stop: Value,
        step: Value,
        constant: Option<i64>,
    ) {
        let end = match constant {
            Some(1) => self.b.ins().smax(start, stop),
            Some(-1) => self.b.ins().smin(start, stop),
            _ => {
                // As many whole steps as begin before `stop`; a step away from it makes none.
                let way = self.b.ins().isub(stop, start);
                let positive = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, step, 0);
                let (up, down) = (
                    self.b.ins().iadd_imm_s(step, -1),
                    self.b.ins().iadd_imm_s(step, 1),
                );
                let round = self.b.ins().select(positive, up, down);
                let rounded = self.b.ins().iadd(way, round);
                let steps = self.b.ins().sdiv(rounded, step);
                let zero = self.b.ins().iconst(I64, 0);
                let steps = self.b.ins().smax(steps, zero);
                let way = self.b.ins().imul(steps, step);
                self.b.ins().iadd(start, way)
            }
        };
        self.define_iterator(v, start, end, step);
    }

    /// A virtual iterator from an iterator object just made, which ends here.
    pub(super) fn virtual_iterator_of(&mut self, v: hir::Value, object: Value) {
        let mut field = |at: usize| self.b.ins().load(I64, trusted(), object, at as i32);
        let (start, step, left) = (
            field(at::RANGEITER_START),
            field(at::RANGEITER_STEP),
            field(at::RANGEITER_LEN),
        );
        self.decref(object, false, None);
        let (way, overflow) = self.b.ins().smul_overflow(left, step);
        let exit = self.exit(ExitReason::Overflow);
        let next = self.b.create_block();
        self.b.ins().brif(overflow, exit, &[], next, &[]);
        self.b.switch_to_block(next);
        for value in [start, step, way] {
            let good = self.is_moderate(value);
            self.words().guard(good, exit);
        }
        let end = self.b.ins().iadd(start, way);
        self.define_iterator(v, start, end, step);
    }

    /// The next item of a virtual iterator; goes to `exhausted` if there is none.
    pub(super) fn next_in_range(&mut self, iter: RangeIter, exhausted: Block) -> Value {
        let (value, end) = (self.b.use_var(iter.at), self.b.use_var(iter.end));
        let more = self.b.ins().icmp(IntCC::NotEqual, value, end);
        self.words().guard(more, exhausted);
        let step = self.b.use_var(iter.step);
        let after = self.b.ins().iadd(value, step);
        self.b.def_var(iter.at, after);
        value
    }

    /// Virtual iterators among the arguments of an edge become those of the target's parameters.
    pub(super) fn pass_iterators(&mut self, edge: &Edge) {
        let params = &self.f.block(edge.to).params;
        let mut moves = Vec::new();
        for (param, arg) in params.iter().zip(&edge.args) {
            let pair = (self.iterators.get(&param.value), self.iterators.get(arg));
            if let (Some(&to), Some(&from)) = pair {
                moves.push((to.at, self.b.use_var(from.at)));
                moves.push((to.end, self.b.use_var(from.end)));
                moves.push((to.step, self.b.use_var(from.step)));
            }
        }
        for (variable, value) in moves {
            self.b.def_var(variable, value);
        }
    }

    /// How an exit makes a virtual iterator's object.
    pub(super) fn iterator_source(
        &mut self,
        iter: RangeIter,
        stores: &mut Vec<Value>,
    ) -> Source {
        let index = stores.len() as u16;
        for variable in [iter.at, iter.end, iter.step] {
            stores.push(self.b.use_var(variable));
        }
        Source::RangeIter(index)
    }
}
