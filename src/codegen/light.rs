//! Exceptions that nobody sees: raised by an operation whose exception is known, and caught in the same unit by a handler
//! that does not look at it.
//!
//! Such an exception is never made. Where the operation would raise, the handler's instructions down to `POP_EXCEPT` are
//! generated in its place, as if they were part of it: their exits lead to the instruction that would raise, with the
//! frame as it was, and the interpreter raises and handles the exception. So they may only compute numbers and store
//! them to locals that are numbers. Which class the handler is for is compared when the exception would be raised; if it
//! does not fit, the exception is made.

use super::unit::Gen;
use crate::frontend::Refusal;
use crate::hir::{self, Bin, Catch, Edge, How, Inst, Op, Place, Term, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::operation::{Gives, Word};
use pyaot_runtime::unit::{
    Error, ExitKind, ExitReason, GlobalFact, GlobalKey, Known, Slot, TypeTag,
};
use std::collections::HashMap;

/// More instructions are not repeated at each place that raises.
const MOST: usize = 16;

/// What a handler does that does not look at its exception.
struct Light<'a> {
    steps: Vec<Step<'a>>,
    /// The global that names its class; none: it is for all.
    class: Option<GlobalKey>,
    /// Where it goes on, without the exception.
    edge: &'a Edge,
    /// The state before that.
    last: hir::StateId,
}

enum Step<'a> {
    /// An instruction.
    Do(&'a Inst),
    /// A block's parameter, and its argument.
    Be(hir::Value, hir::Value),
}

impl<'a> Gen<'a, '_> {
    /// The error that the current instruction is about to raise, if a check for this reason fails.
    fn error(&self, reason: ExitReason) -> Option<Error> {
        let inst = self.current?;
        match (reason, &inst.op, inst.how) {
            (
                ExitReason::WouldRaise,
                Op::Binary {
                    op: Bin::FloorDiv | Bin::Mod | Bin::TrueDiv,
                    ..
                },
                How::Int | How::Float | How::IntTrueDiv,
            ) => Some(Error::ZeroDivision),
            (ExitReason::Bounds, Op::Subscr { .. }, How::Item(_) | How::Char) => Some(Error::Index),
            _ => None,
        }
    }

    /// A check of an instruction whose exception goes to a handler of this unit: whether it was generated.
    pub(super) fn check_caught(
        &mut self,
        good: Value,
        reason: ExitReason,
    ) -> Result<bool, Refusal> {
        let (Some(inst), Some(error)) = (self.current, self.error(reason)) else {
            return Ok(false);
        };
        if self.catch().is_none() || !self.can_run(inst) || !self.counts.is_empty() {
            return Ok(false);
        }
        let (next, bad) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(bad);
        self.b.ins().brif(good, next, &[], bad, &[]);
        self.b.switch_to_block(bad);
        self.raise_lightly(error)?;
        self.raise_really(inst, reason)?;
        self.b.switch_to_block(next);
        Ok(true)
    }

    /// Does the whole instruction by its helper, which is expected to raise. Ends the block.
    fn raise_really(&mut self, inst: &Inst, reason: ExitReason) -> Result<(), Refusal> {
        let stack = self.f.state(self.state).stack.clone();
        let running = inst.op.running(&stack).ok_or(Refusal::Codegen)?;
        let (doing, depth) = (running.operation.doing(), running.depth);
        if doing.gives != Gives::Object || doing.extra == Word::Object {
            let exit = self.exit(reason);
            self.b.ins().jump(exit, &[]);
            return Ok(());
        }
        let saved = (self.owned.clone(), self.clean.clone());
        let Word::Number(arg) = doing.arg else {
            return Err(Refusal::Codegen);
        };
        let arg = self.b.ins().iconst(I64, arg);
        let zero = self.b.ins().iconst(I64, 0);
        let result = self.run(&running.operands, depth, doing.helper, arg, zero, true)?;
        self.raise_unless(result, depth);
        // It did not raise: somebody changed what it is about.
        let mut after = self.raising(depth);
        let instr = &self.code.instrs[inst.origin as usize];
        (after.resume, after.at) = (instr.next, instr.at);
        let exit = self.exit_with(&after, reason, ExitKind::Resume, result, Vec::new());
        self.b.ins().jump(exit, &[]);
        (self.owned, self.clean) = saved;
        Ok(())
    }

    /// The handler of the current instruction, if it is light and what it would need is at hand.
    fn light(&self) -> Option<Light<'a>> {
        let f = self.f;
        let catch = self.catch()?;
        let depth = catch.depth as usize;
        let cut = &f.state(self.state).stack[depth..];
        let ends = |v: &&hir::Value| self.owned.contains(v) && !self.ty(**v).is_atomic();
        if cut.iter().any(|v| ends(&v)) || !self.pending.is_empty() || !self.written.is_empty() {
            return None;
        }
        let mut light = self.steps(catch)?;
        let mut params = Vec::new();
        for param in &f.block(catch.to).params {
            let Some(arg) = f.caught(self.state, catch, param.place) else {
                continue;
            };
            let (to, from) = (self.ty(param.value), self.ty(arg));
            let same = to.is_raw() == from.is_raw() && to.repr() == from.repr();
            if !matches!(param.place, Place::Local(_))
                || !same
                || matches!(to, Ty::Perhaps(_))
                || matches!(from, Ty::Perhaps(_) | Ty::Bottom)
            {
                return None;
            }
            params.push(Step::Be(param.value, arg));
        }
        params.append(&mut light.steps);
        light.steps = params;
        Some(light)
    }

    /// What a handler does, if it is light: a straight line of plain instructions to where its exception is let go of.
    fn steps(&self, catch: Catch) -> Option<Light<'a>> {
        let f = self.f;
        let mut steps = Vec::new();
        let mut class = None;
        let mut globals: HashMap<hir::Value, GlobalKey> = HashMap::new();
        let mut exception: Vec<hir::Value> = Vec::new();
        let mut block = f.block(catch.to);
        exception.extend(block.params.last().map(|p| p.value));
        loop {
            let mut matched = None;
            let mut left = false;
            for inst in &block.insts {
                let out = inst.outs.first().copied();
                if left || steps.len() > MOST {
                    return None;
                }
                match inst.op {
                    Op::PushExcInfo(_) => exception.extend(out),
                    Op::PopExcept(_) => left = true,
                    Op::LoadGlobal(_) if inst.how == How::Watched => match self.ty(out?) {
                        Ty::Global(key) => drop(globals.insert(out?, key)),
                        _ => return None,
                    },
                    Op::ExcMatch { class: of, .. } if class.is_none() => {
                        class = Some(*globals.get(&of)?);
                        matched = out;
                    }
                    Op::ToBool(v) if matched == Some(v) => matched = out,
                    _ if self.is_plain(inst) => {
                        let mut seen = false;
                        inst.op.operands(|v| {
                            seen |= exception.contains(&v) || globals.contains_key(&v)
                        });
                        if seen {
                            return None;
                        }
                        steps.push(Step::Do(inst));
                    }
                    _ => return None,
                }
            }
            let edge = match &block.term {
                Term::Jump(edge) => edge,
                Term::Branch { cond, then, .. } if matched == Some(*cond) => then,
                _ => return None,
            };
            if left {
                let gone = |v: &hir::Value| exception.contains(v);
                let entry = f.state(f.block(edge.to).entry_state);
                if edge.args.iter().any(gone) || entry.stack.iter().chain(&entry.locals).any(gone) {
                    return None;
                }
                return Some(Light {
                    steps,
                    class,
                    edge,
                    last: block.term_state,
                });
            }
            let next = f.block(edge.to);
            if next.loop_header {
                return None;
            }
            for (param, &arg) in next.params.iter().zip(&edge.args) {
                if exception.contains(&arg) {
                    exception.push(param.value);
                    continue;
                }
                let (to, from) = (self.ty(param.value), self.ty(arg));
                if to.repr() != from.repr() || to.is_raw() != from.is_raw() {
                    return None;
                }
                steps.push(Step::Be(param.value, arg));
            }
            block = next;
        }
    }

    /// Computes numbers, or stores one to a local that is one.
    fn is_plain(&self, inst: &Inst) -> bool {
        if inst.outs.iter().any(|&v| self.ty(v) == Ty::Bottom) {
            return false;
        }
        let number = |v: hir::Value| matches!(self.ty(v), Ty::Int | Ty::Float | Ty::Bool);
        match inst.op {
            Op::Const(_) | Op::None | Op::Null => true,
            Op::SetLocal { slot, value } => {
                let old = self.f.state(inst.state).locals[slot as usize];
                number(value) && number(old)
            }
            Op::Binary { a, b, .. } => {
                matches!(inst.how, How::Int | How::Float)
                    && number(a)
                    && number(b)
                    && number(inst.outs[0])
                    && self.error_of(inst).is_none()
            }
            Op::Unary(_, a) => {
                matches!(inst.how, How::Int | How::Float) && number(a) && number(inst.outs[0])
            }
            _ => false,
        }
    }

    /// It may raise by itself.
    fn error_of(&self, inst: &Inst) -> Option<Error> {
        match inst.op {
            Op::Binary {
                op: Bin::Add | Bin::Sub | Bin::Mul | Bin::And | Bin::Or | Bin::Xor,
                ..
            } => None,
            _ => Some(Error::ZeroDivision),
        }
    }

    /// The current instruction would raise this; nothing has happened. If its handler is light and for such an exception,
    /// control goes on behind the handler. Returns where it is not.
    pub(super) fn raise_lightly(&mut self, error: Error) -> Result<(), Refusal> {
        let Some(light) = self.light() else {
            return Ok(());
        };
        let no = self.b.create_block();
        if let Some(key) = light.class {
            let (ask, yes) = (self.b.create_block(), self.b.create_block());
            let class = self.words().load(Slot::Global(key));
            let known = self.words().load(Slot::Exception(error));
            let same = self.b.ins().icmp(IntCC::Equal, class, known);
            self.b.ins().brif(same, yes, &[], ask, &[]);
            self.b.switch_to_block(ask);
            let found = self
                .words()
                .call(Id::exc_match, &[known, class])
                .ok_or(Refusal::Codegen)?;
            let fits = self.b.ins().icmp_imm_s(IntCC::Equal, found, 1);
            self.b.ins().brif(fits, yes, &[], no, &[]);
            self.b.switch_to_block(yes);
        }
        let saved = (
            self.vals.clone(),
            self.owned.clone(),
            self.clean.clone(),
            self.exits.cached.clone(),
            self.seen.clone(),
            self.memory.clone(),
        );
        let (state, current, done) = (self.state, self.current, self.done);
        // Its exits are exits of the instruction that would raise, and none of them is caught again.
        self.current = None;
        for step in &light.steps {
            match *step {
                Step::Do(inst) => {
                    if !self.instruction(inst)? {
                        return Err(Refusal::Codegen);
                    }
                }
                Step::Be(param, arg) => {
                    let value = self.raw(arg);
                    self.vals.insert(param, value);
                }
            }
        }
        self.written.clear();
        self.exits.cached.clear();
        self.state = light.last;
        self.also_from_here(light.edge.to);
        self.edge(light.edge)?;
        (
            self.vals,
            self.owned,
            self.clean,
            self.exits.cached,
            self.seen,
            self.memory,
        ) = saved;
        self.pending.clear();
        self.written.clear();
        self.check = None;
        (self.state, self.current, self.done) = (state, current, done);
        self.b.switch_to_block(no);
        Ok(())
    }

    /// `container[index]` where the interpreter has seen a dict, and a missing key has a handler: whether it was generated.
    pub(super) fn subscr_caught(&mut self, inst: &Inst) -> Result<bool, Refusal> {
        let Op::Subscr { container, index } = inst.op else {
            return Ok(false);
        };
        let seen = self.code.instrs[inst.origin as usize].seen;
        let dict = match self.ty(container) {
            Ty::Exact(tag) => tag == TypeTag::Dict,
            Ty::Object | Ty::Global(_) => seen == "BINARY_SUBSCR_DICT",
            _ => false,
        };
        if !dict || !self.can_run(inst) || self.catch().is_none() || !self.counts.is_empty() {
            return Ok(false);
        }
        let (x, y) = (self.object(container), self.object(index));
        let found = self
            .words()
            .call(Id::pure_dict_find, &[x.0, y.0])
            .ok_or(Refusal::Codegen)?;
        self.drop_new(&[x, y]);
        self.find_or_run(
            inst,
            found,
            &[container, index],
            Id::run_subscr,
            0,
            Error::Key,
        )?;
        Ok(true)
    }

    /// `int(object)` of what is no number: of a plain string it is done at once. Whether it was generated.
    pub(super) fn int_caught(&mut self, inst: &Inst) -> Result<bool, Refusal> {
        let Op::Call {
            callee,
            first,
            args,
            keywords: None,
        } = &inst.op
        else {
            return Ok(false);
        };
        let (callee, first) = match self.ty(*callee) {
            Ty::Null => (*first, *callee),
            _ => (*callee, *first),
        };
        let Ty::Global(key) = self.ty(callee) else {
            return Ok(false);
        };
        let known = self.facts.globals.get(&key) == Some(&GlobalFact::Known(Known::IntType));
        let [arg] = args[..] else { return Ok(false) };
        if !known
            || self.ty(first) != Ty::Null
            || self.ty(arg).is_raw()
            || !self.can_run(inst)
            || !self.counts.is_empty()
        {
            return Ok(false);
        }
        let object = self.object(arg).0;
        let found = self
            .words()
            .call(Id::pure_int_of, &[object])
            .ok_or(Refusal::Codegen)?;
        let stack = &self.f.state(self.state).stack;
        let depth = stack.len().checked_sub(3).ok_or(Refusal::Codegen)?;
        let operands = stack[depth..].to_vec();
        self.find_or_run(inst, found, &operands, Id::run_call, 1, Error::Value)?;
        Ok(true)
    }

    /// A pure helper has found an object, or that there is none (1), or nothing out (0): then the instruction is run.
    fn find_or_run(
        &mut self,
        inst: &Inst,
        found: Value,
        operands: &[hir::Value],
        helper: Id,
        arg: i64,
        error: Error,
    ) -> Result<(), Refusal> {
        let (ask, missing, go_on) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.append_block_param(go_on, I64);
        self.b.set_cold_block(ask);
        self.b.set_cold_block(missing);
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedGreaterThan, found, 1);
        let same: [BlockArg; 1] = [found.into()];
        self.b.ins().brif(good, go_on, &same, ask, &[]);
        self.b.switch_to_block(ask);
        let zero: [BlockArg; 1] = [self.b.ins().iconst(I64, 0).into()];
        self.b.ins().brif(found, missing, &[], go_on, &zero);
        self.b.switch_to_block(missing);
        self.raise_lightly(error)?;
        let none: [BlockArg; 1] = [self.b.ins().iconst(I64, 0).into()];
        self.b.ins().jump(go_on, &none);
        self.b.switch_to_block(go_on);
        let found = self.b.block_params(go_on)[0];
        let object = self.or_run(inst, found, found, operands, helper, arg, false)?;
        let out = inst.outs[0];
        self.vals.insert(out, object);
        self.owned.insert(out);
        Ok(())
    }
}
