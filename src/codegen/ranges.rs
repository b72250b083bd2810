//! Iterators over ranges live in registers: where they are, where they end, their step.
//!
//! An iterator that a `for` statement makes is seen by nobody but that loop: it lies on the value stack and nothing
//! else refers to it. So it needs no object while native code runs. A *virtual* iterator is three words in Cranelift
//! variables, which follow control flow by themselves; a side exit makes the object that the frame holds
//! (`Source::RangeIter`). An iterator that the frame already had is taken over at the entry, if the frame holds the only
//! reference; else the unit is not entered.

use super::unit::{Gen, trusted};
use crate::hir::{self, Edge};
use crate::passes::bounds::{ITEMS, LARGE};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use cranelift_frontend::Variable;
use pyaot_runtime::layout::offsets as at;
use pyaot_runtime::unit::ExitReason;

/// A virtual iterator.
#[derive(Clone, Copy)]
pub(super) struct RangeIter {
    /// The next item.
    at: Variable,
    /// Where it is exhausted: the last item and one step.
    end: Variable,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Constant(i64),
    Variable(Variable),
}

impl Gen<'_, '_> {
    /// Declares the virtual iterators that the passes found.
    pub(super) fn declare_iterators(&mut self) {
        for (&v, &fact) in &self.sp.bounds.iterators {
            let iter = RangeIter {
                at: self.b.declare_var(I64),
                end: self.b.declare_var(I64),
                step: match fact.step {
                    Some(step) => Step::Constant(step),
                    None => Step::Variable(self.b.declare_var(I64)),
                },
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
        let Some(&fact) = self.sp.bounds.iterators.get(&v) else {
            return object;
        };
        if let Some(wanted) = fact.step {
            let same = self.b.ins().icmp_imm_s(IntCC::Equal, step, wanted);
            self.words().guard(same, miss);
        }
        // As the passes assume.
        let last = self.b.ins().isub(end, step);
        for value in [start, last] {
            if fact.items.lo > ITEMS.lo {
                let least = self.b.ins().iconst(I64, fact.items.lo);
                let cc = IntCC::SignedGreaterThanOrEqual;
                let good = self.b.ins().icmp(cc, value, least);
                self.words().guard(good, miss);
            }
            if fact.items.hi < ITEMS.hi {
                let most = self.b.ins().iconst(I64, fact.items.hi);
                let good = self.b.ins().icmp(IntCC::SignedLessThanOrEqual, value, most);
                self.words().guard(good, miss);
            }
        }
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
        if let Step::Variable(variable) = iter.step {
            self.b.def_var(variable, step);
        }
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
    ) {
        let constant = self.sp.bounds.iterators.get(&v).and_then(|fact| fact.step);
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
        let after = match iter.step {
            Step::Constant(step) => self.b.ins().iadd_imm_s(value, step),
            Step::Variable(step) => {
                let step = self.b.use_var(step);
                self.b.ins().iadd(value, step)
            }
        };
        self.b.def_var(iter.at, after);
        value
    }

    fn step(&mut self, iter: RangeIter) -> Value {
        match iter.step {
            Step::Constant(step) => self.b.ins().iconst(I64, step),
            Step::Variable(step) => self.b.use_var(step),
        }
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
                if let Step::Variable(step) = to.step {
                    moves.push((step, self.step(from)));
                }
            }
        }
        for (variable, value) in moves {
            self.b.def_var(variable, value);
        }
    }

    /// The next number, the end and the step.
    pub(super) fn iterator_parts(&mut self, iter: RangeIter) -> [Value; 3] {
        let (at, end) = (self.b.use_var(iter.at), self.b.use_var(iter.end));
        [at, end, self.step(iter)]
    }
}
