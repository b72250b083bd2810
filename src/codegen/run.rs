//! Operations that may run Python code, in units with a frame.
//!
//! Before such an operation the real frame is what the interpreter's would be: instruction pointer set, locals in their
//! slots (a boxed local is there always, a number is boxed now unless its box is current), operands on the frame's value
//! stack. Every object on the rest of the stack is owned, so that nothing the program does can take it away. The helper
//! uses the operands up. If it fails, the exception belongs to this instruction and the frame is handed over. If it
//! succeeds, the unit tests, before the next instruction, whether it may go on: its assumptions may be broken, or
//! somebody may have begun to watch.

use super::unit::{EdgeState, Gen, Last, trusted};
use crate::frontend::Refusal;
use crate::hir::{self, Inst, Op, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::layout::{PY_3_13, offsets as at};
use pyaot_runtime::operation::{Gives, Word};
use pyaot_runtime::unit::{ExitKind, ExitReason, Repr, Slot, status};
use std::collections::BTreeMap;

/// A test that is due before the next instruction.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// Whether something ran; none: it did.
    ran: Option<Value>,
    /// Locals whose boxes were current then.
    clean: BTreeMap<u32, hir::Value>,
}

impl Gen<'_, '_> {
    /// The instruction may run Python code here: there is a frame, and an exception would be looked up rightly.
    pub(super) fn can_run(&self, inst: &Inst) -> bool {
        self.runs && !self.only_header_handled(inst.origin)
    }

    /// A loop's unit cannot raise at an instruction outside of a `try` that its header is in.
    pub(super) fn only_header_handled(&self, origin: u32) -> bool {
        crate::passes::only_header_handled(self.code, self.header(), origin)
    }

    /// The unit's frame. What asks for it is only generated where there is one ([`Gen::can_run`]).
    pub(super) fn frame(&self) -> Value {
        self.frame.unwrap_or(self.thread)
    }

    /// Address of a slot of the frame.
    pub(super) fn place(&self, index: usize) -> (Value, i32) {
        (self.frame(), (at::FRAME_LOCALSPLUS + 8 * index) as i32)
    }

    /// A local's box in the frame is current, or the local is no number.
    pub(super) fn is_home(&self, slot: u32, v: hir::Value) -> bool {
        !self.ty(v).is_raw()
            || self.clean.get(&slot) == Some(&v)
            || (self.is_loop()
                && !self.assigned.contains(&slot)
                && self.entry_local(slot) == Some(v))
    }

    /// The frame's box of a number that is a local, if it is current.
    pub(super) fn home_box(&mut self, v: hir::Value) -> Option<Value> {
        if !self.runs || !matches!(self.ty(v), Ty::Int | Ty::Float) {
            return None;
        }
        let slot = self.slot_of(v)?;
        if !self.is_home(slot, v) {
            return None;
        }
        let (frame, offset) = self.place(slot as usize);
        Some(self.b.ins().load(I64, trusted(), frame, offset))
    }

    /// The local slot that holds this value now.
    fn slot_of(&self, v: hir::Value) -> Option<u32> {
        let locals = &self.f.state(self.state).locals;
        let slot = locals.iter().position(|&l| l == v)? as u32;
        (!self.written.contains_key(&slot)).then_some(slot)
    }

    /// Numbers among the operands that are locals get their boxes in the frame, where each further use finds them.
    pub(super) fn box_operands(&mut self, inst: &Inst) {
        let mut operands = Vec::new();
        inst.op.operands(|v| operands.push(v));
        for v in operands {
            if matches!(self.ty(v), Ty::Int | Ty::Float)
                && !self.is_constant(v)
                && let Some(slot) = self.slot_of(v)
            {
                self.sync_local(slot, v, false);
            }
        }
    }

    /// Brings the frame up to date: each number in its slot, and the instruction pointer.
    pub(super) fn sync(&mut self) {
        let state = self.f.state(self.state);
        let (locals, unit) = (state.locals.clone(), state.at);
        self.sync_as(locals, unit, false);
    }

    /// The same, with these locals, at this instruction. `cold`: this hardly ever happens.
    fn sync_as(&mut self, locals: Vec<hir::Value>, unit: u32, cold: bool) {
        for (slot, v) in locals.into_iter().enumerate() {
            self.sync_local(slot as u32, v, cold);
        }
        let pointer = self.pointer(unit);
        let frame = self.frame();
        self.b
            .ins()
            .store(trusted(), pointer, frame, at::FRAME_INSTR as i32);
    }

    /// Address of an instruction.
    fn pointer(&mut self, unit: u32) -> Value {
        let base = self.words().load(Slot::CodeBase);
        self.b.ins().iadd_imm_s(base, i64::from(unit) * 2)
    }

    /// Makes the frame's slot hold this value of the local.
    fn sync_local(&mut self, slot: u32, v: hir::Value, cold: bool) {
        if self.is_home(slot, v) {
            return;
        }
        let unbound = match self.ty(v) {
            Ty::Perhaps(_) => {
                let (bound, unbound) = (self.b.create_block(), self.b.create_block());
                let test = self.is_bound(v);
                self.b.ins().brif(test, bound, &[], unbound, &[]);
                self.b.switch_to_block(bound);
                Some(unbound)
            }
            _ => None,
        };
        let (frame, offset) = self.place(slot as usize);
        let offset = self.b.ins().iconst(I64, i64::from(offset));
        let helper = |[often, seldom]: [Id; 2]| if cold { seldom } else { often };
        if self.is_constant(v) || self.ty(v).repr() == Repr::Bool {
            let object = match self.ty(v) {
                Ty::Perhaps(_) => self.bound_object(v),
                _ => self.object(v).0,
            };
            let helper = helper([Id::sync_object, Id::sync_object_cold]);
            self.words().call(helper, &[frame, offset, object]);
        } else {
            let value = self.raw(v);
            let helper = if self.ty(v).repr() == Repr::Float {
                helper([Id::sync_float, Id::sync_float_cold])
            } else {
                helper([Id::sync_int, Id::sync_int_cold])
            };
            self.words().call(helper, &[frame, offset, value]);
        }
        if let Some(unbound) = unbound {
            // Where it is unbound, the slot is empty.
            self.b.ins().jump(unbound, &[]);
            self.b.switch_to_block(unbound);
        }
        self.clean.insert(slot, v);
    }

    /// Takes a reference of each object among the lowest `depth` stack entries that has none yet; which ones.
    pub(super) fn own_stack(&mut self, depth: usize) -> Vec<hir::Value> {
        let stack = self.f.state(self.state).stack[..depth].to_vec();
        self.own(stack)
    }

    fn own(&mut self, stack: Vec<hir::Value>) -> Vec<hir::Value> {
        let mut taken = Vec::new();
        for v in stack {
            if self.is_counted(v) && !self.owned.contains(&v) {
                let object = self.raw(v);
                self.incref_maybe(object, self.ty(v) == Ty::Maybe);
                self.owned.insert(v);
                taken.push(v);
            }
        }
        taken
    }

    /// Gives up references that [`Gen::own`] took for a time in which Python code ran: local slots keep the objects
    /// alive again, unless somebody has written to the frame's locals. Then native code is about to leave.
    pub(super) fn disown(&mut self, taken: Vec<hir::Value>) {
        for v in taken {
            let object = self.raw(v);
            self.drop_reference(object, self.ty(v) == Ty::Maybe, Last::Late);
        }
    }

    /// Depth of the stack below the operands of the current instruction.
    pub(super) fn base_depth(&self, operands: &[hir::Value]) -> usize {
        let stack = &self.f.state(self.state).stack;
        if stack.ends_with(operands) {
            stack.len() - operands.len()
        } else {
            // The truth of a comparison's result: the operands were two.
            stack.len().saturating_sub(2)
        }
    }

    /// Puts owned operands on the frame's value stack. What the unit owns stays its own where `copied` says so.
    fn put(&mut self, base: usize, operands: &[hir::Value], copied: impl Fn(hir::Value) -> bool) {
        let rest = self.f.state(self.state).stack[..base.min(self.f.state(self.state).stack.len())]
            .to_vec();
        for (i, &v) in operands.iter().enumerate() {
            let last = !operands[i + 1..].contains(&v) && !rest.contains(&v);
            let object = if self.ty(v) == Ty::Null {
                self.b.ins().iconst(I64, 0)
            } else if !copied(v) && last && self.owned.remove(&v) {
                self.object(v).0
            } else {
                self.owned_object(v)
            };
            let (frame, offset) = self.place(self.f.nlocalsplus as usize + base + i);
            self.b.ins().store(trusted(), object, frame, offset);
        }
    }

    /// The frame state after the operands were used up, for an exception.
    pub(super) fn raising(&self, depth: usize) -> EdgeState {
        let mut state = self.here();
        state.stack.truncate(depth);
        state
    }

    /// Runs a helper on operands. The word it returned.
    pub(super) fn run(
        &mut self,
        operands: &[hir::Value],
        depth: usize,
        helper: Id,
        arg: Value,
        extra: Value,
        copy: bool,
    ) -> Result<Value, Refusal> {
        self.run_with(operands, depth, helper, arg, extra, |_| copy)
    }

    /// The same: of the operands, only these references are given to the helper.
    pub(super) fn run_moving(
        &mut self,
        operands: &[hir::Value],
        depth: usize,
        helper: Id,
        arg: Value,
        extra: Value,
        moved: &[hir::Value],
    ) -> Result<Value, Refusal> {
        self.run_with(operands, depth, helper, arg, extra, |v| !moved.contains(&v))
    }

    fn run_with(
        &mut self,
        operands: &[hir::Value],
        depth: usize,
        helper: Id,
        arg: Value,
        extra: Value,
        copied: impl Fn(hir::Value) -> bool,
    ) -> Result<Value, Refusal> {
        self.own_stack(depth);
        self.sync();
        self.put(depth, operands, copied);
        let (frame, offset) = self.place(self.f.nlocalsplus as usize + depth);
        let base = self.b.ins().iadd_imm_s(frame, i64::from(offset));
        self.words()
            .call(helper, &[base, arg, extra])
            .ok_or(Refusal::Codegen)
    }

    /// Leaves with the exception unless `good`.
    pub(super) fn raise_unless(&mut self, good: Value, depth: usize) {
        self.raise_unless_with(good, depth, Vec::new());
    }

    /// The same, where references in `extra` must be dropped.
    pub(super) fn raise_unless_with(&mut self, good: Value, depth: usize, extra: Vec<Value>) {
        let (next, raised) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(raised);
        self.b.ins().brif(good, next, &[], raised, &[]);
        self.b.switch_to_block(raised);
        self.raise(depth, extra);
        self.b.switch_to_block(next);
    }

    /// A test is due before the next instruction.
    pub(super) fn ran(&mut self) {
        let clean = self.clean.clone();
        self.due(Check { ran: None, clean });
    }

    /// A test is due if `ran` is not 0; these locals' boxes are current then.
    pub(super) fn ran_with(&mut self, clean: BTreeMap<u32, hir::Value>, ran: Value) {
        self.due(Check {
            ran: Some(ran),
            clean,
        });
    }

    /// The test is due, beside one that the same instruction may have made due before.
    fn due(&mut self, mut check: Check) {
        if check.ran.is_none() {
            self.memory.forget_all();
        }
        if let Some(before) = self.check.take() {
            check.ran = match (before.ran, check.ran) {
                (Some(a), Some(b)) => Some(self.b.ins().bor(a, b)),
                _ => None,
            };
            check
                .clean
                .retain(|slot, v| before.clean.get(slot) == Some(v));
        }
        self.check = Some(check);
    }

    /// Not 0: the unit must not go on.
    pub(super) fn watched(&mut self) -> Value {
        let unit = self.words().load(Slot::Unit);
        let mut word = self.b.ins().load(I64, trusted(), unit, 0);
        let disturbed = self.words().load(Slot::Disturbed);
        let disturbed = self.b.ins().load(I64, trusted(), disturbed, 0);
        word = self.b.ins().bor(word, disturbed);
        let eval_frame = self.words().load(Slot::EvalFrame);
        let eval_frame = self.b.ins().load(I64, trusted(), eval_frame, 0);
        word = self.b.ins().bor(word, eval_frame);
        for field in [at::THREAD_TRACEFUNC, at::THREAD_PROFILEFUNC] {
            let thread = self.thread;
            let function = self.b.ins().load(I64, trusted(), thread, field as i32);
            word = self.b.ins().bor(word, function);
        }
        // Another thread has been native meanwhile: the limit of the stack is that thread's.
        let limit_of = self.words().load(Slot::LimitOf);
        let limit_of = self.b.ins().load(I64, trusted(), limit_of, 0);
        let thread = self.thread;
        let other = self.b.ins().bxor(limit_of, thread);
        word = self.b.ins().bor(word, other);
        if PY_3_13 {
            // Whoever has the frame's object could write to the locals.
            let frame = self.frame();
            let object = self
                .b
                .ins()
                .load(I64, trusted(), frame, at::FRAME_OBJ as i32);
            let exposed = self.words().load(Slot::Exposed);
            let exposed = self.b.ins().load(I64, trusted(), exposed, 0);
            let object = self.b.ins().band(object, exposed);
            word = self.b.ins().bor(word, object);
        }
        word
    }

    /// Does the test that is due, if one is; `state` is the frame now.
    pub(super) fn may_go_on(&mut self, state: &EdgeState) {
        let Some(check) = self.check.take() else {
            return;
        };
        let next = self.b.create_block();
        if let Some(ran) = check.ran {
            let ask = self.b.create_block();
            self.b.set_cold_block(ask);
            self.b.ins().brif(ran, ask, &[], next, &[]);
            self.b.switch_to_block(ask);
        }
        let saved = std::mem::replace(&mut self.clean, check.clean);
        let exit = self.exit_at(state, ExitReason::Leave, ExitKind::Resume, Vec::new());
        self.clean = saved;
        let word = self.watched();
        self.verify_memory(&state.locals, exit);
        self.b.ins().brif(word, exit, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// The result of a pure helper (`good` says whether it succeeded), or where that is not possible, of one that may run
    /// Python code. Without a frame the unit leaves.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn or_run(
        &mut self,
        inst: &Inst,
        result: Value,
        good: Value,
        operands: &[hir::Value],
        helper: Id,
        arg: i64,
        signed: bool,
    ) -> Result<Value, Refusal> {
        let depth = self.base_depth(operands);
        let below = self.f.state(self.state).stack[..depth].to_vec();
        if !self.can_run(inst) || self.borrows(&below) {
            let exit = self.exit(ExitReason::Unsupported);
            self.words().guard(good, exit);
            return Ok(result);
        }
        let (slow, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(slow);
        self.b.append_block_param(done, I64);
        self.b.append_block_param(done, I64);
        let no = self.b.ins().iconst(I64, 0);
        self.b
            .ins()
            .brif(good, done, &[result.into(), no.into()], slow, &[]);
        self.b.switch_to_block(slow);
        let saved = (self.owned.clone(), self.clean.clone());
        let taken = self.own_stack(depth);
        let arg = self.b.ins().iconst(I64, arg);
        let zero = self.b.ins().iconst(I64, 0);
        let other = self.run(operands, depth, helper, arg, zero, true)?;
        // What the unit owned before is still its own, operands included; on an exception it must be dropped.
        let fine = if signed {
            self.b
                .ins()
                .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, other, 0)
        } else {
            other
        };
        self.raise_unless(fine, depth);
        let clean = std::mem::replace(&mut self.clean, saved.1);
        self.owned = saved.0;
        self.disown(taken);
        let yes = self.b.ins().iconst(I64, 1);
        self.b.ins().jump(done, &[other.into(), yes.into()]);
        self.b.switch_to_block(done);
        let params = self.b.block_params(done).to_vec();
        self.due(Check {
            ran: Some(params[1]),
            clean,
        });
        Ok(params[0])
    }

    /// An operation that always goes through a helper that may run Python code.
    pub(super) fn run_instruction(&mut self, inst: &Inst) -> Result<bool, Refusal> {
        if let Op::Generic(hir::Gen::Reraise, args) = &inst.op {
            return self.reraise(args);
        }
        if self.subscr_caught(inst)? {
            return Ok(true);
        }
        let stack = self.f.state(self.state).stack.clone();
        let running = inst.op.running(&stack).ok_or(Refusal::Codegen)?;
        let (operands, depth) = (&running.operands, running.depth);
        let doing = running.operation.doing();
        let object = match running.object {
            Some(v) => self.object(v).0,
            None => self.b.ins().iconst(I64, 0),
        };
        let arg = self.word(doing.arg, object)?;
        let extra = self.word(doing.extra, object)?;
        let result = self.run(operands, depth, doing.helper, arg, extra, false)?;
        if doing.gives == Gives::Never {
            self.raise(depth, Vec::new());
            return Ok(false);
        }
        let good = match doing.gives {
            Gives::Truth => self
                .b
                .ins()
                .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, result, 0),
            _ => result,
        };
        self.raise_unless(good, depth);
        match (doing.gives, &inst.op) {
            (Gives::Nothing, _) => {}
            (Gives::Object, _) => {
                self.vals.insert(inst.outs[0], result);
                self.owned.insert(inst.outs[0]);
            }
            (Gives::Several(_), _) => {
                for (i, &out) in inst.outs.iter().enumerate() {
                    let (frame, offset) = self.place(self.f.nlocalsplus as usize + depth + i);
                    let object = self.b.ins().load(I64, trusted(), frame, offset);
                    self.vals.insert(out, object);
                    self.owned.insert(out);
                }
            }
            (Gives::Truth, Op::Contains { negate, .. }) => {
                let value = self.b.ins().bxor_imm_u(result, i64::from(*negate));
                self.vals.insert(inst.outs[0], value);
            }
            (Gives::Truth | Gives::Item | Gives::Never, _) => return Err(Refusal::Codegen),
        }
        self.ran();
        Ok(true)
    }

    fn word(&mut self, word: Word, object: Value) -> Result<Value, Refusal> {
        Ok(match word {
            Word::Number(n) => self.b.ins().iconst(I64, n),
            Word::Name(name) => self.words().load(Slot::Name(name as u16)),
            Word::Frame => self.frame.ok_or(Refusal::NeedsFrame)?,
            Word::Object => object,
        })
    }

    /// The last reference to an object is gone: ends its life, which may run Python code. `state` is the frame from here
    /// on, `rest` what else is to be dropped.
    pub(super) fn end_life(&mut self, object: Value, state: &EdgeState, rest: Vec<Value>) {
        let saved = self.clean.clone();
        for (slot, &v) in state.locals.iter().enumerate() {
            self.sync_local(slot as u32, v, true);
        }
        let owned = self.owned.clone();
        let taken = self.own(state.stack.clone());
        let pointer = self.pointer(self.done.unwrap_or(state.at));
        let (frame, unit) = (self.frame(), self.words().load(Slot::Unit));
        let watched = self
            .words()
            .call(Id::end_object, &[object, frame, pointer, unit]);
        self.owned = owned;
        self.disown(taken);
        let exit = self.exit_at(state, ExitReason::Destructor, ExitKind::Resume, rest);
        self.clean = saved;
        if let Some(watched) = watched {
            let next = self.b.create_block();
            self.b.ins().brif(watched, exit, &[], next, &[]);
            self.b.switch_to_block(next);
        }
        self.verify_memory(&state.locals, exit);
    }

    /// A callee that pushes a frame is about to be called: ours must be complete. On 3.12 the instruction pointer is at
    /// the end of the call's inline cache while a Python function that the call names runs, not while an `__init__` does.
    pub(super) fn before_framed(&mut self, inst: &Inst, depth: usize, init: bool) {
        self.own_stack(depth);
        let state = self.f.state(self.state);
        let (locals, mut unit) = (state.locals.clone(), state.at);
        if !PY_3_13 && !init {
            unit = self.code.instrs[inst.origin as usize].next - 1;
        }
        self.sync_as(locals, unit, false);
    }

    /// Arguments that only the value stack holds. The callee's frame takes these references over, as under CPython: they
    /// end in the order of its locals.
    pub(super) fn moved(
        &self,
        args: &[hir::Value],
        boxed: impl Iterator<Item = bool>,
        depth: usize,
    ) -> Vec<hir::Value> {
        let below = &self.f.state(self.state).stack[..depth];
        let once = |v: hir::Value| args.iter().filter(|&&other| other == v).count() == 1;
        args.iter()
            .zip(boxed)
            .filter(|&(&v, boxed)| {
                boxed
                    && self.owned.contains(&v)
                    && matches!(self.ty(v), Ty::Object | Ty::Exact(_))
                    && !self.ty(v).is_atomic()
                    && once(v)
                    && !below.contains(&v)
            })
            .map(|(&v, _)| v)
            .collect()
    }

    /// From here on the callee has these references. Where it refuses the call, they are ours again: the block to go to.
    pub(super) fn take_back(
        &mut self,
        moved: &[hir::Value],
        refused: Block,
    ) -> Result<Block, Refusal> {
        if moved.is_empty() {
            return Ok(refused);
        }
        let here = self.b.current_block().ok_or(Refusal::Codegen)?;
        let again = self.b.create_block();
        self.b.set_cold_block(again);
        self.b.switch_to_block(again);
        for &v in moved {
            self.count(v, 1);
        }
        self.settle_counts();
        self.b.ins().jump(refused, &[]);
        self.b.switch_to_block(here);
        for v in moved {
            self.owned.remove(v);
        }
        Ok(again)
    }

    /// A callee with a frame did not simply return: it raised, or its result has another type, or it did not start
    /// (`refused`).
    pub(super) fn framed_outcome(
        &mut self,
        inst: &Inst,
        result: Value,
        outcome: Value,
        depth: usize,
        refused: Block,
        new: &[(Value, bool)],
    ) -> Result<(), Refusal> {
        let extra: Vec<Value> = new.iter().map(|n| n.0).collect();
        let other = self.b.create_block();
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::NotEqual, outcome, status::RAISED as i64);
        self.raise_unless_with(good, depth, extra.clone());
        let differs = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, outcome, status::OTHER as i64);
        self.b.ins().brif(differs, other, &[], refused, &[]);
        self.b.switch_to_block(other);
        let object = if self.b.func.dfg.value_type(result) == F64 {
            self.b.ins().bitcast(I64, MemFlagsData::new(), result)
        } else {
            result
        };
        let mut after = self.raising(depth);
        let instr = &self.code.instrs[inst.origin as usize];
        (after.resume, after.at) = (instr.next, instr.at);
        let exit = self.exit_with(&after, ExitReason::Type, ExitKind::Resume, object, extra);
        self.b.ins().jump(exit, &[]);
        Ok(())
    }

    /// Next item of any iterator, which may run Python code, where the pure way did not do: control goes to `some` with the
    /// item, or to `exhausted`; both are told that something ran.
    pub(super) fn run_next(
        &mut self,
        iter: Value,
        some: Block,
        exhausted: Block,
    ) -> Result<Check, Refusal> {
        let depth = self.f.state(self.state).stack.len();
        let saved = self.clean.clone();
        let zero = self.b.ins().iconst(I64, 0);
        let outcome = self.run(&[], depth, Id::run_iter_next, zero, iter, true)?;
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, outcome, 0);
        self.raise_unless(good, depth);
        let (frame, offset) = self.place(self.f.nlocalsplus as usize + depth);
        let item = self.b.ins().load(I64, trusted(), frame, offset);
        let yes = self.b.ins().iconst(I64, 1);
        self.b.ins().brif(
            outcome,
            some,
            &[item.into(), yes.into()],
            exhausted,
            &[yes.into()],
        );
        let clean = std::mem::replace(&mut self.clean, saved);
        Ok(Check { ran: None, clean })
    }

    /// Takes references of the whole stack.
    pub(super) fn own_all(&mut self) {
        let depth = self.f.state(self.state).stack.len();
        self.own_stack(depth);
    }

    /// A test is due if `ran` is not 0.
    pub(super) fn ran_if(&mut self, check: &Check, ran: Value) {
        self.due(Check {
            ran: Some(ran),
            clean: check.clean.clone(),
        });
    }
}
