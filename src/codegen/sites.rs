//! Calls by the boxed convention: of any compiled function, whatever types it was compiled for.
//!
//! Where a site finds functions of several conventions, or one that was not compiled yet when its caller was, the call
//! passes objects and gets one. In a unit with a frame everything else is called through the interpreter instead, with
//! the same frame in place; a unit without one leaves before the call.

use super::exits::Called;
use super::ops::operator_number;
use super::shape::Target;
use super::unit::{Gen, boxed_signature, trusted};
use crate::frontend::Refusal;
use crate::hir::{self, Bin, How, Inst, Op};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{InstBuilder, Signature, Value};
use pyaot_runtime::ENTRY_WORDS;
use pyaot_runtime::helpers::Id;
use pyaot_runtime::unit::{ExitKind, ExitReason, Slot, status};

impl Gen<'_, '_> {
    /// How many objects the call passes that this method is for, if it is one by the boxed convention.
    pub(super) fn boxed_arguments(&self, method: hir::Value) -> Option<usize> {
        let insts = &self.f.block(self.block_id).insts;
        insts.iter().find_map(|inst| match &inst.op {
            Op::Call { callee, args, .. } if *callee == method && inst.how == How::Site => {
                Some(args.len() + 1)
            }
            _ => None,
        })
    }

    /// Calls the method that was found, on `this`.
    pub(super) fn call_site(
        &mut self,
        inst: &Inst,
        callee: hir::Value,
        this: hir::Value,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let target = *self.targets.get(&callee).ok_or(Refusal::Codegen)?;
        let function = self.raw(callee);
        let mut all = vec![this];
        all.extend(args);
        if self.can_run(inst) {
            self.boxed_or_run(inst, function, target, &all)
        } else {
            self.boxed_or_leave(inst, function, target, &all)
        }
    }

    /// The call itself: result and status.
    fn boxed_call(
        &mut self,
        function: Value,
        target: Target,
        room: Value,
        objects: &[(Value, bool)],
    ) -> (Value, Value) {
        let mut values = vec![self.thread, function, room];
        values.extend(objects.iter().map(|o| o.0));
        let signature = Signature::new(self.b.func.signature.call_conv);
        let signature = boxed_signature(signature, objects.len());
        let signature = self.b.import_signature(signature);
        let call = self.b.ins().call_indirect(signature, target.core, &values);
        let results = self.b.inst_results(call);
        (results[0], results[1])
    }

    /// Depth of the stack below what the call consists of.
    fn depth_below(&self, args: &[hir::Value]) -> usize {
        let stack = &self.f.state(self.state).stack;
        stack.len().saturating_sub(args.len() + 1)
    }

    /// Without a frame: only a unit that has none, either, can be called; otherwise this one leaves.
    fn boxed_or_leave(
        &mut self,
        inst: &Inst,
        function: Value,
        target: Target,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let word = self.b.ins().load(I64, trusted(), target.broken, 0);
        let fine = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
        self.check(fine, ExitReason::Callee);
        let room = self.room_below();
        let objects: Vec<(Value, bool)> = args.iter().map(|&v| self.object(v)).collect();
        let new: Vec<Value> = objects.iter().filter(|o| o.1).map(|o| o.0).collect();
        let depth = self.depth_below(args);
        let moved = self.moved(args, args.iter().map(|_| true), depth);
        for &v in &moved {
            self.count(v, -1);
        }
        self.settle_counts();
        let (result, outcome) = self.boxed_call(function, target, room, &objects);
        let (fine, not) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(not);
        self.b.ins().brif(outcome, not, &[], fine, &[]);
        self.b.switch_to_block(not);
        let before = self.here();
        let missed = self.exit_at(&before, ExitReason::Callee, ExitKind::Resume, new.clone());
        let missed = self.take_back(&moved, missed)?;
        self.await_result(inst, function, outcome, depth, new, missed);
        self.b.switch_to_block(fine);
        self.drop_new(&objects);
        self.vals.insert(inst.outs[0], result);
        self.owned.insert(inst.outs[0]);
        Ok(true)
    }

    /// A call did not simply return. Where the callee has left, so does the unit, and waits for the result; else control
    /// goes to `other`.
    fn await_result(
        &mut self,
        inst: &Inst,
        function: Value,
        outcome: Value,
        depth: usize,
        new: Vec<Value>,
        other: cranelift_codegen::ir::Block,
    ) {
        let mut after = self.here();
        after.stack.truncate(depth);
        let instr = &self.code.instrs[inst.origin as usize];
        (after.resume, after.at) = (instr.next, instr.at);
        let left = self.exit_at(&after, ExitReason::Call, ExitKind::AwaitResult, new);
        self.called(Called::Object(function));
        let has_left = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, outcome, status::LEFT as i64);
        self.b.ins().brif(has_left, left, &[], other, &[]);
    }

    /// With a frame: what is not compiled is called through the interpreter.
    fn boxed_or_run(
        &mut self,
        inst: &Inst,
        function: Value,
        target: Target,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let depth = self.depth_below(args);
        let operands = self.f.state(self.state).stack[depth..].to_vec();
        let room = self.room_below();
        self.before_framed(inst, depth, false);
        let (native, slow, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.set_cold_block(slow);
        self.b.append_block_param(done, I64);
        let word = self.b.ins().load(I64, trusted(), target.broken, 0);
        let fine = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
        self.b.ins().brif(fine, native, &[], slow, &[]);
        let owned = self.owned.clone();
        let moved = self.moved(args, args.iter().map(|_| true), depth);
        // Through the interpreter.
        self.b.switch_to_block(slow);
        if let Some(entry) = target.entry {
            self.age(entry);
        }
        let n = self.b.ins().iconst(I64, args.len() as i64 - 1);
        let none = self.b.ins().iconst(I64, 0);
        let result = self.run_moving(&operands, depth, Id::run_call, n, none, &moved)?;
        self.raise_unless(result, depth);
        self.b.ins().jump(done, &[result.into()]);
        let left_over = self.owned.clone();
        self.owned = owned;
        // By the boxed convention.
        self.b.switch_to_block(native);
        let objects: Vec<(Value, bool)> = args.iter().map(|&v| self.object(v)).collect();
        let new: Vec<Value> = objects.iter().filter(|o| o.1).map(|o| o.0).collect();
        for &v in &moved {
            self.count(v, -1);
        }
        self.settle_counts();
        let (result, outcome) = self.boxed_call(function, target, room, &objects);
        let (fine, not, other) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.set_cold_block(not);
        self.b.set_cold_block(other);
        self.b.ins().brif(outcome, not, &[], fine, &[]);
        // It did not start: once more through the interpreter.
        let again = self.b.create_block();
        self.b.set_cold_block(again);
        self.b.switch_to_block(again);
        for &object in &new {
            self.words().call(Id::release, &[object]);
        }
        self.b.ins().jump(slow, &[]);
        self.b.switch_to_block(not);
        let again = self.take_back(&moved, again)?;
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::NotEqual, outcome, status::RAISED as i64);
        self.raise_unless_with(good, depth, new.clone());
        self.b.ins().jump(other, &[]);
        self.b.switch_to_block(other);
        self.await_result(inst, function, outcome, depth, new, again);
        self.b.switch_to_block(fine);
        self.drop_new(&objects);
        self.b.ins().jump(done, &[result.into()]);
        self.b.switch_to_block(done);
        debug_assert_eq!(self.owned, left_over);
        self.vals.insert(inst.outs[0], self.b.block_params(done)[0]);
        self.owned.insert(inst.outs[0]);
        self.ran();
        Ok(true)
    }

    /// `a op b` of classes: the method that their types have is called with both, which stay the unit's own, as the
    /// interpreter keeps them on its stack meanwhile.
    pub(super) fn operator(
        &mut self,
        inst: &Inst,
        op: Bin,
        a: hir::Value,
        b: hir::Value,
    ) -> Result<(), Refusal> {
        let number = operator_number(inst, op);
        let objects = [self.object(a), self.object(b)];
        let [x, y] = objects.map(|o| o.0);
        let new: Vec<Value> = objects.iter().filter(|o| o.1).map(|o| o.0).collect();
        let framed = self.can_run(inst);
        let before = self.here();
        let missed = self.exit_at(&before, ExitReason::Callee, ExitKind::Resume, new.clone());
        let [found, fill, stale, slow, done] = [(); 5].map(|()| self.b.create_block());
        self.b.set_cold_block(fill);
        self.b.set_cold_block(stale);
        self.b.set_cold_block(slow);
        self.b.append_block_param(done, I64);
        self.b.append_block_param(done, I64);
        let room = self.room_below();
        let site = self.site();
        let [tx, ty] = [x, y].map(|object| self.type_version(object));
        let ty = self.b.ins().ishl_imm_u(ty, 32);
        let versions = self.b.ins().bor(tx, ty);
        let entries = self.site_address(site);
        let entry = self.entry_with(versions, entries, found, fill);
        let function = self.entry_word(entry, 1);
        let swapped = self.entry_word(entry, 2);
        let target = self.entry_target(entry);
        let word = self.b.ins().load(I64, trusted(), target.broken, 0);
        let fine = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
        self.words().guard(fine, stale);
        let first = self.b.ins().select(swapped, y, x);
        let second = self.b.ins().select(swapped, x, y);
        let args = [(first, false), (second, false)];
        let (result, outcome) = self.boxed_call(function, target, room, &args);
        let (not, no) = (self.b.create_block(), self.b.ins().iconst(I64, 0));
        self.b.set_cold_block(not);
        self.b
            .ins()
            .brif(outcome, not, &[], done, &[result.into(), no.into()]);
        self.b.switch_to_block(fill);
        self.other_entries(versions, entries, ENTRY_WORDS, found);
        let (op_word, unit) = (
            self.b.ins().iconst(I64, number),
            self.words().load(Slot::Unit),
        );
        let words = [entries, x, y, op_word, unit];
        let filled = self
            .words()
            .call(Id::fill_operator, &words)
            .ok_or(Refusal::Codegen)?;
        let otherwise = if framed { slow } else { missed };
        self.b
            .ins()
            .brif(filled, found, &[filled.into()], otherwise, &[]);
        self.b.switch_to_block(stale);
        if framed {
            self.age(entry);
            self.b.ins().jump(slow, &[]);
        } else {
            self.forget_entry(entry);
            self.b.ins().jump(fill, &[]);
        }
        self.b.switch_to_block(not);
        let mut after = self.here();
        let instr = &self.code.instrs[inst.origin as usize];
        (after.resume, after.at) = (instr.next, instr.at);
        let left = self.exit_at(&after, ExitReason::Call, ExitKind::AwaitOperator, new);
        self.called(Called::Object(function));
        let has_left = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, outcome, status::LEFT as i64);
        self.b.ins().brif(has_left, left, &[], otherwise, &[]);
        self.b.switch_to_block(slow);
        let mut check = None;
        if framed {
            let depth = self.base_depth(&[a, b]);
            let (owned, clean) = (self.owned.clone(), self.clean.clone());
            let taken = self.own_stack(depth);
            let arg = self.b.ins().iconst(I64, number);
            let none = self.b.ins().iconst(I64, 0);
            let other = self.run(&[a, b], depth, Id::run_binary, arg, none, true)?;
            let new = objects.iter().filter(|o| o.1).map(|o| o.0).collect();
            self.raise_unless_with(other, depth, new);
            check = Some(std::mem::replace(&mut self.clean, clean));
            self.owned = owned;
            self.disown(taken);
            let yes = self.b.ins().iconst(I64, 1);
            self.b.ins().jump(done, &[other.into(), yes.into()]);
        } else {
            self.b.ins().jump(missed, &[]);
        }
        self.b.switch_to_block(done);
        let [result, ran] = [0, 1].map(|i| self.b.block_params(done)[i]);
        self.drop_new(&objects);
        self.vals.insert(inst.outs[0], result);
        self.owned.insert(inst.outs[0]);
        if let Some(clean) = check {
            self.ran_with(clean, ran);
        }
        Ok(())
    }
}
