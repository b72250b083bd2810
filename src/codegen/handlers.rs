//! Exceptions that the unit handles: from the operation that raised to the handler's block, and the handler's own
//! instructions.
//!
//! Where an operation has raised, the frame is complete but for its value stack: numbers are in their slots, every object
//! on the stack is owned. `catch_raised` does what the interpreter does (traceback, the stack cut to the handler's
//! depth, the exception fetched), or nothing if somebody watches: then the frame is handed over. A handler takes numbers
//! from registers and objects from the frame's slots.

use super::unit::{Gen, clif_type, trusted};
use crate::frontend::{self, Refusal};
use crate::hir::{self, Catch, Inst, Op, Place, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::unit::{ExitKind, ExitReason, Slot, caught, how, status};
use std::collections::BTreeSet;

impl Gen<'_, '_> {
    /// Where exceptions of the current instruction go.
    pub(super) fn catch(&self) -> Option<Catch> {
        let catch = self.f.block(self.block_id).catch?;
        let below = &self.f.state(self.state).stack[..catch.depth as usize];
        (self.runs && !self.borrows(below)).then_some(catch)
    }

    /// An exception is set: it goes to its handler, or the unit leaves with it. `depth`: entries of the stack that were not
    /// used up; `extra`: references to drop. Ends the block.
    pub(super) fn raise(&mut self, depth: usize, extra: Vec<Value>) {
        match self.catch() {
            Some(catch) => self.land(catch, depth, extra, false),
            None if self.unwinds() => self.unwind(depth, extra),
            None => {
                let exit = self.raise_exit(depth, extra);
                self.b.ins().jump(exit, &[]);
            }
        }
    }

    /// An exception of the current instruction ends the call.
    fn unwinds(&self) -> bool {
        let at = self.f.state(self.state).at;
        self.runs && !self.is_loop() && self.code.handler(at).is_none()
    }

    /// An exception is set, and ends the call.
    fn unwind(&mut self, depth: usize, extra: Vec<Value>) {
        let exit = self.raise_exit(depth, extra.clone());
        let stack = self.raising(depth).stack;
        let mut have = self.owned.clone();
        let after = self.owned_above(&stack, &mut have);
        let before = self.others(extra, have);
        let outcome = self.leave_instruction(Id::unwind_call, 0, &before, &after);
        let (Some(outcome), Some(abi)) = (outcome, self.abi) else {
            self.b.ins().jump(exit, &[]);
            return;
        };
        self.words().guard(outcome, exit);
        self.restore_depth();
        let none = if clif_type(abi.result) == F64 {
            self.b.ins().f64const(0.0)
        } else {
            self.b.ins().iconst(I64, 0)
        };
        let raised = self.b.ins().iconst(I64, status::RAISED as i64);
        self.b.ins().return_(&[none, raised]);
    }

    /// References of these entries of the stack, the topmost first, which end with the instruction; `have` loses them.
    fn owned_above(&self, cut: &[hir::Value], have: &mut BTreeSet<hir::Value>) -> Vec<Value> {
        let mut found = Vec::new();
        for v in cut.iter().rev() {
            if have.remove(v)
                && let Some(&object) = self.vals.get(v)
            {
                found.push(object);
            }
        }
        found
    }

    /// What else ends with the instruction: operands that were not used up, what was made for it.
    fn others(&self, extra: Vec<Value>, have: BTreeSet<hir::Value>) -> Vec<Value> {
        let mut all = extra;
        let values = have.iter().chain(&self.pending);
        all.extend(values.filter_map(|v| self.vals.get(v).copied()));
        all
    }

    /// Calls what an exception leaves the instruction by. None: there are too many references to drop.
    fn leave_instruction(
        &mut self,
        helper: Id,
        flags: u64,
        before: &[Value],
        after: &[Value],
    ) -> Option<Value> {
        if before.len() > how::MOST || after.len() > how::MOST {
            return None;
        }
        let words = before.len() + after.len();
        self.reserve_buffer(words.max(2));
        let buffer = self.b.ins().stack_addr(I64, self.buffer, 0);
        for (i, &object) in before.iter().chain(after).enumerate() {
            self.b.ins().store(trusted(), object, buffer, i as i32 * 8);
        }
        let at = u64::from(self.f.state(self.state).at);
        let counts = (before.len() as u64) << how::BEFORE | (after.len() as u64) << how::AFTER;
        let word = self.b.ins().iconst(I64, (at | flags | counts) as i64);
        let (unit, frame) = (self.words().load(Slot::Unit), self.frame());
        self.words().call(helper, &[unit, frame, word, buffer])
    }

    /// The unit leaves with an exception.
    fn raise_exit(&mut self, depth: usize, extra: Vec<Value>) -> Block {
        let state = self.raising(depth);
        // A handler that had not run when the code was read has then.
        let reason = if frontend::is_new(self.code, state.at) {
            ExitReason::Unreached
        } else {
            ExitReason::Raised
        };
        self.exit_at(&state, reason, ExitKind::Raise, extra)
    }

    fn land(&mut self, catch: Catch, depth: usize, extra: Vec<Value>, again: bool) {
        let stack = self.raising(depth).stack;
        let target = self.f.block(catch.to);
        let entry = self.f.state(target.entry_state).stack.clone();
        let (keep, cut) = stack.split_at(catch.depth as usize);
        // Who has a reference already; what is left of it ends here.
        let mut have = self.owned.clone();
        let mut take = Vec::new();
        let params: Vec<(hir::Param, Option<hir::Value>)> = target
            .params
            .iter()
            .map(|&param| (param, self.f.caught(self.state, catch, param.place)))
            .collect();
        for (param, arg) in &params {
            if let (Place::Stack(_), &Some(arg)) = (param.place, arg)
                && self.is_counted(arg)
                && !have.remove(&arg)
            {
                take.push(arg);
            }
        }
        let mut kept = BTreeSet::new();
        for &v in keep {
            if !entry.contains(&v) || !self.is_counted(v) || !kept.insert(v) {
                continue;
            }
            let taken = self.owned.contains(&v) && !have.contains(&v);
            if taken || !have.remove(&v) {
                take.push(v);
            }
        }
        let exit = self.raise_exit(depth, extra.clone());
        let after = self.owned_above(cut, &mut have);
        let before = self.others(extra, have);
        let flags = if catch.lasti { how::LASTI } else { 0 } | if again { how::AGAIN } else { 0 };
        let outcome = self.leave_instruction(Id::catch_raised, flags, &before, &after);
        let Some(outcome) = outcome else {
            self.b.ins().jump(exit, &[]);
            return;
        };
        if !again {
            self.words().guard(outcome, exit);
        }
        let buffer = self.b.ins().stack_addr(I64, self.buffer, 0);
        for v in take {
            let object = self.raw(v);
            self.incref_maybe(object, self.ty(v) == Ty::Maybe);
        }
        let mut args: Vec<BlockArg> = Vec::new();
        for (param, arg) in params {
            let value = match (param.place, arg) {
                (_, Some(arg)) if self.ty(arg) == Ty::Bottom => self.nothing(param.value),
                (_, Some(arg)) if self.ty(param.value).is_raw() => self.raw(arg),
                (Place::Local(slot), Some(_)) => {
                    let (frame, offset) = self.place(slot as usize);
                    self.b.ins().load(I64, trusted(), frame, offset)
                }
                (_, Some(arg)) => self.object(arg).0,
                (Place::Stack(i), None) => {
                    // The number of the instruction, if it is wanted, then the exception.
                    let last = i as usize + 1 == catch.stack();
                    let offset = if last { 0 } else { 8 };
                    self.b.ins().load(I64, trusted(), buffer, offset)
                }
                (_, None) => self.nothing(param.value),
            };
            args.push(BlockArg::Value(value));
        }
        args.push(BlockArg::Value(outcome));
        let to = self.blocks[catch.to.0 as usize];
        self.b.ins().jump(to, &args);
    }

    fn nothing(&mut self, v: hir::Value) -> Value {
        if clif_type(self.ty(v).repr()) == F64 {
            self.b.ins().f64const(0.0)
        } else {
            self.b.ins().iconst(I64, 0)
        }
    }

    /// At the start of a handler's block: leaves there if somebody watches by now.
    pub(super) fn start_handler(&mut self, block: Block) {
        let Some(&outcome) = self.b.block_params(block).last() else {
            return;
        };
        let state = self.here();
        let exit = self.exit_at(&state, ExitReason::Leave, ExitKind::Resume, Vec::new());
        let leave = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, outcome, caught::LEAVE as i64);
        let next = self.b.create_block();
        self.b.ins().brif(leave, exit, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    /// An exception is raised again as it is: to the handler of this place.
    pub(super) fn reraise(&mut self, args: &[hir::Value]) -> Result<bool, Refusal> {
        // The interpreter tells whoever watches, and knows what to do without a handler.
        let exit = self.exit(ExitReason::Leave);
        let Some(catch) = self.catch() else {
            self.b.ins().jump(exit, &[]);
            return Ok(false);
        };
        let word = self.watched();
        let next = self.b.create_block();
        self.b.ins().brif(word, exit, &[], next, &[]);
        self.b.switch_to_block(next);
        self.sync();
        let exception = args[0];
        let object = if self.owned.remove(&exception) {
            self.raw(exception)
        } else {
            self.owned_object(exception)
        };
        let lasti = match args.get(1) {
            Some(&lasti) => self.object(lasti).0,
            None => self.b.ins().iconst(I64, 0),
        };
        let (unit, frame) = (self.words().load(Slot::Unit), self.frame());
        self.words()
            .call(Id::raise_again, &[unit, frame, object, lasti]);
        let depth = self.f.state(self.state).stack.len() - 1;
        self.land(catch, depth, Vec::new(), true);
        Ok(false)
    }

    /// Instructions of handlers that run no Python code.
    pub(super) fn handler_instruction(&mut self, inst: &Inst) -> Result<(), Refusal> {
        match inst.op {
            Op::PushExcInfo(exception) => {
                let object = self.raw(exception);
                let before = self
                    .words()
                    .call(Id::push_exc, &[object])
                    .ok_or(Refusal::Codegen)?;
                self.vals.insert(inst.outs[0], before);
                self.owned.insert(inst.outs[0]);
            }
            Op::PopExcept(before) => {
                let object = if self.owned.remove(&before) {
                    self.object(before).0
                } else {
                    self.owned_object(before)
                };
                let handled = self
                    .words()
                    .call(Id::pop_exc, &[object])
                    .ok_or(Refusal::Codegen)?;
                // On no stack: it ends before the next instruction.
                self.vals.insert(inst.outs[0], handled);
                self.owned.insert(inst.outs[0]);
            }
            Op::ExcMatch { exception, class } => {
                let exception = self.raw(exception);
                let class = self.object(class).0;
                let found = self
                    .words()
                    .call(Id::exc_match, &[exception, class])
                    .ok_or(Refusal::Codegen)?;
                let good = self
                    .b
                    .ins()
                    .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, found, 0);
                self.check(good, ExitReason::WouldRaise);
                self.vals.insert(inst.outs[0], found);
            }
            _ => return Err(Refusal::Codegen),
        }
        Ok(())
    }

    /// Goes on if nobody but the frame refers to its object, or there is none; else to `exit`.
    pub(super) fn is_last_holder(&mut self, object: Value, exit: Block) {
        let (ask, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(ask);
        self.b.ins().brif(object, ask, &[], next, &[]);
        self.b.switch_to_block(ask);
        let count = self.b.ins().load(I32, trusted(), object, 0);
        let last = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        self.b.ins().brif(last, next, &[], exit, &[]);
        self.b.switch_to_block(next);
    }
}
