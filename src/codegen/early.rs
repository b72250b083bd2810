//! Early returns of a recursive function, done by the caller.
//!
//! A function that calls itself mostly begins with the end of the recursion: a test of its arguments, and a result that
//! is one of them or a constant. The caller has the arguments in registers, so it makes these tests itself and calls
//! only where they fail. Nothing but comparisons of unboxed numbers is done this way: nobody can tell whether there was
//! a call, since the caller has already seen to it that one more may nest.

use super::unit::{Gen, clif_type};
use crate::facts::Abi;
use crate::hir::{self, Cmp, Edge, How, Inst, Op, Term, Ty};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use pyaot_runtime::code::Const;
use std::collections::HashMap;

/// Tests that the caller makes, at most.
const TESTS: usize = 3;

/// What the values of the callee are, in the caller.
type Known = HashMap<hir::Value, Value>;

pub(super) fn int_cc(op: Cmp) -> IntCC {
    match op {
        Cmp::Lt => IntCC::SignedLessThan,
        Cmp::Le => IntCC::SignedLessThanOrEqual,
        Cmp::Eq => IntCC::Equal,
        Cmp::Ne => IntCC::NotEqual,
        Cmp::Gt => IntCC::SignedGreaterThan,
        Cmp::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

pub(super) fn float_cc(op: Cmp) -> FloatCC {
    match op {
        Cmp::Lt => FloatCC::LessThan,
        Cmp::Le => FloatCC::LessThanOrEqual,
        Cmp::Eq => FloatCC::Equal,
        Cmp::Ne => FloatCC::NotEqual,
        Cmp::Gt => FloatCC::GreaterThan,
        Cmp::Ge => FloatCC::GreaterThanOrEqual,
    }
}

impl Gen<'_, '_> {
    /// Generates the tests that this function begins with, for a call of itself with these arguments. Goes to `done` with
    /// the result where one of them returns; what follows is generated where none does.
    pub(super) fn early_returns(&mut self, args: &[Value], abi: &Abi, done: Block) {
        let f = self.f;
        let mut known = Known::new();
        for inst in &f.blocks[0].insts {
            if let Op::EntryLocal(slot) = inst.op
                && let Some(&value) = args.get(slot as usize)
                && abi.params[slot as usize].repr == f.ty(inst.outs[0]).repr()
            {
                known.insert(inst.outs[0], value);
            }
        }
        let Term::Jump(ref first) = f.blocks[0].term else {
            return;
        };
        let mut at = first;
        for _ in 0..TESTS {
            self.follow(at, &mut known);
            let block = f.block(at.to);
            if block.loop_header || !block.insts.iter().all(|i| self.repeat(i, &mut known)) {
                return;
            }
            let Term::Branch { cond, then, other } = &block.term else {
                return;
            };
            let Some(&test) = known.get(cond) else {
                return;
            };
            let (early, rest) = (self.b.create_block(), self.b.create_block());
            let taken = [then, other].into_iter().position(|e| self.returns(e, abi));
            let (out, next) = match taken {
                Some(0) => (then, other),
                Some(_) => (other, then),
                None => return,
            };
            let (yes, no) = if taken == Some(0) {
                (early, rest)
            } else {
                (rest, early)
            };
            self.b.ins().brif(test, yes, &[], no, &[]);
            self.b.switch_to_block(early);
            let mut there = known.clone();
            self.follow(out, &mut there);
            let result = f
                .block(out.to)
                .insts
                .iter()
                .all(|i| self.repeat(i, &mut there))
                .then_some(&f.block(out.to).term)
                .and_then(|term| match term {
                    Term::Return(v) => there.get(v).copied(),
                    _ => None,
                });
            match result {
                Some(value) => self.b.ins().jump(done, &[BlockArg::Value(value)]),
                None => self.b.ins().jump(rest, &[]),
            };
            self.b.switch_to_block(rest);
            at = next;
        }
    }

    /// Values of a block's parameters.
    fn follow(&self, edge: &Edge, known: &mut Known) {
        for (param, arg) in self.f.block(edge.to).params.iter().zip(&edge.args) {
            let same = self.ty(param.value).repr() == self.ty(*arg).repr();
            match known.get(arg) {
                Some(&value) if same => known.insert(param.value, value),
                _ => known.remove(&param.value),
            };
        }
    }

    /// The way leads to a block that returns a result as the convention has it.
    fn returns(&self, edge: &Edge, abi: &Abi) -> bool {
        matches!(self.f.block(edge.to).term, Term::Return(v) if self.ty(v).repr() == abi.result)
    }

    /// Generates one of the callee's instructions; false if it is none of those that only compare numbers.
    fn repeat(&mut self, inst: &Inst, known: &mut Known) -> bool {
        let out = match inst.op {
            Op::Const(i) => match self.code.consts.get(i as usize) {
                Some(&Const::Int(value)) => self.b.ins().iconst(I64, value),
                Some(&Const::Float(value)) => self.b.ins().f64const(value),
                Some(&Const::Bool(value)) => self.b.ins().iconst(I64, i64::from(value)),
                _ => return false,
            },
            Op::Compare { op, a, b } => {
                let (Some(&x), Some(&y)) = (known.get(&a), known.get(&b)) else {
                    return false;
                };
                let test = match (inst.how, self.ty(a), self.ty(b)) {
                    (How::Int, Ty::Int, Ty::Int) => self.b.ins().icmp(int_cc(op), x, y),
                    (How::Float, Ty::Float, Ty::Float) => self.b.ins().fcmp(float_cc(op), x, y),
                    _ => return false,
                };
                self.b.ins().uextend(I64, test)
            }
            Op::ToBool(a) if inst.how == How::Nothing => match known.get(&a) {
                Some(&value) => value,
                None => return false,
            },
            Op::Not(a) if self.ty(a) == Ty::Bool => match known.get(&a) {
                Some(&value) => self.b.ins().bxor_imm_u(value, 1),
                None => return false,
            },
            _ => return false,
        };
        if clif_type(self.ty(inst.outs[0]).repr()) != self.b.func.dfg.value_type(out) {
            return false;
        }
        known.insert(inst.outs[0], out);
        true
    }
}
