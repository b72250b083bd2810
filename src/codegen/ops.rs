//! The instructions: each first makes all its checks, which leave with the frame as it was before, then acts.

use super::early::{float_cc, int_cc};
use super::exits::Called;
use super::unit::{Gen, OUT, cell, clif_type, core_signature, trusted};
use crate::facts::Abi;
use crate::frontend::Refusal;
use crate::hir::{self, Bin, Cmp, Gen as Kind, How, Inst, Op, Ty, Un};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, Signature, StackSlotData, StackSlotKind, Value,
};
use pyaot_runtime::code::Const;
use pyaot_runtime::helpers::{IN_PLACE, Id, MATH};
use pyaot_runtime::layout::{PY_3_13, offsets as at};
use pyaot_runtime::methods::{BuiltinMethod, PlainFunction};
use pyaot_runtime::unit::{ExitKind, ExitReason, Known, Repr, Slot, TypeTag};

/// The argument of `BINARY_OP`.
pub(super) fn operator_number(inst: &Inst, op: Bin) -> i64 {
    let inplace = matches!(inst.op, Op::Binary { inplace: true, .. });
    op as i64 + if inplace { IN_PLACE } else { 0 }
}

/// Integers up to this size are exact as doubles.
const EXACT: i64 = 1 << 53;

/// Where the core of a callee is.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    Global(u32),
    Method(Value),
    /// `__init__`, on a new instance of the class.
    Init {
        function: Value,
        core: Value,
        class: Value,
    },
}

impl Gen<'_, '_> {
    /// The result of a computation, boxed if its type says so.
    fn define(&mut self, inst: &Inst, value: Value) {
        let out = inst.outs[0];
        let numeric = matches!(inst.how, How::Int | How::Float | How::IntTrueDiv);
        let object = match self.ty(out) {
            Ty::Exact(TypeTag::Int) if numeric => self.box_int(value),
            Ty::Exact(TypeTag::Float) if numeric => {
                self.words().call(Id::box_float, &[value]).unwrap_or(value)
            }
            _ => {
                self.vals.insert(out, value);
                return;
            }
        };
        self.vals.insert(out, object);
        self.owned.insert(out);
    }

    /// A new object is the result.
    fn define_new(&mut self, inst: &Inst, object: Value, reason: ExitReason) {
        let exit = self.exit(reason);
        self.words().guard(object, exit);
        let miss = self.exit(ExitReason::Type);
        self.define_loaded(inst.outs[0], object, true, miss);
    }

    fn fits(&mut self, overflow: Value) {
        let exit = self.exit(ExitReason::Overflow);
        let next = self.b.create_block();
        self.b.ins().brif(overflow, exit, &[], next, &[]);
        self.b.switch_to_block(next);
    }

    pub(super) fn check(&mut self, good: Value, reason: ExitReason) {
        if matches!(self.check_caught(good, reason), Ok(true)) {
            return;
        }
        let exit = self.exit(reason);
        self.words().guard(good, exit);
    }

    fn out_cell(&mut self) -> (cranelift_codegen::ir::StackSlot, Value) {
        let cell = cell(&mut self.b, OUT);
        let address = self.b.ins().stack_addr(I64, cell, 0);
        (cell, address)
    }

    /// Drops references that boxing made for a helper's operands.
    pub(super) fn drop_new(&mut self, objects: &[(Value, bool)]) {
        for &(object, new) in objects {
            if new {
                self.decref(object, false, None);
            }
        }
    }

    /// Generates one instruction. False: nothing follows it in this block.
    pub(super) fn instruction(&mut self, inst: &Inst) -> Result<bool, Refusal> {
        if let How::Leave(reason) = inst.how {
            let exit = self.exit(reason);
            self.b.ins().jump(exit, &[]);
            return Ok(false);
        }
        if inst.outs.iter().any(|&v| self.ty(v) == Ty::Bottom) {
            let exit = self.exit(ExitReason::Unsupported);
            self.b.ins().jump(exit, &[]);
            return Ok(false);
        }
        if inst.how == How::Run {
            return self.run_instruction(inst);
        }
        if self.runs && inst.how == How::Pure {
            self.box_operands(inst);
        }
        match &inst.op {
            Op::Const(_) => {
                let value = match self.constant(inst.outs[0]).cloned() {
                    Some(Const::Int(i)) => self.b.ins().iconst(I64, i),
                    Some(Const::Float(x)) => self.b.ins().f64const(x),
                    Some(Const::Bool(x)) => self.b.ins().iconst(I64, i64::from(x)),
                    Some(Const::None) => self.words().load(Slot::None),
                    _ => self.object(inst.outs[0]).0,
                };
                self.define(inst, value);
            }
            Op::Null => {
                let null = self.b.ins().iconst(I64, 0);
                self.define(inst, null);
            }
            Op::None => {
                let none = self.words().load(Slot::None);
                self.define(inst, none);
            }
            Op::EntryLocal(_) | Op::EntryStack(_) | Op::EntryName(_) => {}
            Op::CheckBound(v) => {
                let value = self.raw(*v);
                if inst.how == How::Pure {
                    let bound = self.is_bound(*v);
                    self.check(bound, ExitReason::WouldRaise);
                }
                self.define(inst, value);
                if self.is_counted(inst.outs[0]) {
                    self.incref(value);
                    self.owned.insert(inst.outs[0]);
                }
            }
            Op::SetLocal { slot, value } => self.set_local(inst, *slot, *value),
            Op::SetName { value, .. } => {
                if !self.ty(*value).is_raw() {
                    let exit = self.exit(ExitReason::Unsupported);
                    self.b.ins().jump(exit, &[]);
                    return Ok(false);
                }
            }
            Op::LoadGlobal(name) | Op::LoadName(name) => {
                self.load_watched(inst.outs[0], *name);
            }
            Op::LoadCell(cell) => {
                let cell = self.raw(*cell);
                let content = self.b.ins().load(I64, trusted(), cell, at::CELL_REF as i32);
                self.check(content, ExitReason::WouldRaise);
                let miss = self.exit(ExitReason::Type);
                self.define_loaded(inst.outs[0], content, false, miss);
            }
            Op::StoreCell { cell, value } => {
                let cell = self.raw(*cell);
                let object = self.object(*value);
                if let Some(done) = self.words().call(Id::set_cell, &[cell, object.0]) {
                    self.check_new(done, &[object], ExitReason::Destructor);
                }
                self.drop_new(&[object]);
            }
            Op::NewCell(v) => {
                let object = if self.ty(*v) == Ty::Null {
                    (self.b.ins().iconst(I64, 0), false)
                } else {
                    self.object(*v)
                };
                if let Some(cell) = self.words().call(Id::new_cell, &[object.0]) {
                    self.define_new(inst, cell, ExitReason::WouldRaise);
                }
                self.drop_new(&[object]);
            }
            Op::ClosureCell(i) => {
                let index = self.b.ins().iconst(I64, i64::from(*i));
                let callee = self.callee;
                if let Some(cell) = self.words().call(Id::closure_cell, &[callee, index]) {
                    self.define_new(inst, cell, ExitReason::WouldRaise);
                }
            }
            Op::Unary(op, a) => self.unary(inst, *op, *a)?,
            Op::Not(a) => {
                let value = self.raw(*a);
                let flipped = self.b.ins().bxor_imm_u(value, 1);
                self.define(inst, flipped);
            }
            Op::ToBool(a) => self.truth(inst, *a)?,
            Op::Binary { op, a, b, .. } => return self.binary(inst, *op, *a, *b),
            Op::Compare { op, a, b } => self.compare(inst, *op, *a, *b)?,
            Op::Is { a, b, negate } => {
                let same = match inst.how {
                    How::Constant(value) => self.b.ins().iconst(I8, i64::from(value)),
                    How::Bool => {
                        let (x, y) = (self.raw(*a), self.raw(*b));
                        self.b.ins().icmp(IntCC::Equal, x, y)
                    }
                    _ => {
                        let (x, y) = (self.object(*a), self.object(*b));
                        let same = self.b.ins().icmp(IntCC::Equal, x.0, y.0);
                        self.drop_new(&[x, y]);
                        same
                    }
                };
                let same = self.b.ins().uextend(I64, same);
                let value = if *negate {
                    self.b.ins().bxor_imm_u(same, 1)
                } else {
                    same
                };
                self.define(inst, value);
            }
            Op::Contains {
                item,
                container,
                negate,
            } => {
                let (x, y) = (self.object(*item), self.object(*container));
                if let Some(found) = self.words().call(Id::pure_contains, &[x.0, y.0]) {
                    self.drop_new(&[x, y]);
                    let good = self
                        .b
                        .ins()
                        .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, found, 0);
                    let operands = [*item, *container];
                    let found =
                        self.or_run(inst, found, good, &operands, Id::run_contains, 0, true)?;
                    let value = if *negate {
                        self.b.ins().bxor_imm_u(found, 1)
                    } else {
                        found
                    };
                    self.define(inst, value);
                }
            }
            Op::Subscr { container, index } => self.subscr(inst, *container, *index)?,
            Op::StoreSubscr {
                container,
                index,
                value,
            } => self.store_subscr(inst, *container, *index, *value)?,
            Op::BuildList(items) => self.build(inst, items, Id::new_list),
            Op::BuildTuple(items) => self.build(inst, items, Id::new_tuple),
            Op::ListAppend { list, value } => self.append(*list, *value),
            Op::Unpack { sequence, n } => self.unpack(inst, *sequence, *n),
            Op::GetIter(a) => self.get_iter(inst, *a)?,
            Op::LoadMethod { object, .. } if inst.how == How::Watched => {
                self.check_module(*object);
                for &out in &inst.outs {
                    match self.ty(out) {
                        Ty::Global(key) => self.load_watched(out, key),
                        _ => {
                            let null = self.b.ins().iconst(I64, 0);
                            self.vals.insert(out, null);
                        }
                    }
                }
            }
            Op::Generic(Kind::LoadAttr(_), args) if inst.how == How::Watched => {
                self.check_module(args[0]);
                if let Ty::Global(key) = self.ty(inst.outs[0]) {
                    self.load_watched(inst.outs[0], key);
                }
            }
            Op::LoadMethod { object, name } if matches!(inst.how, How::Method(_)) => {
                let hidden = inst.how == How::Method(true);
                self.load_method(inst, *object, *name, hidden)?;
            }
            Op::Generic(Kind::LoadAttr(name), args) if matches!(inst.how, How::Field(_)) => {
                let How::Field(kind) = inst.how else {
                    return Err(Refusal::Codegen);
                };
                self.load_field(inst, args[0], *name, kind)?;
            }
            Op::Generic(Kind::StoreAttr(name), args) if matches!(inst.how, How::Field(_)) => {
                let How::Field(kind) = inst.how else {
                    return Err(Refusal::Codegen);
                };
                self.store_field(args[0], args[1], *name, kind)?;
            }
            Op::LoadMethod { object, .. } => {
                // The call that follows does what the method does; the interpreter would find the method itself, so an
                // exit in between needs it on the stack.
                let (tag, slot) = match inst.how {
                    How::Builtin(method) => (method.on(), Slot::Method(method)),
                    _ => (TypeTag::List, Slot::ListAppend),
                };
                let miss = self.exit(ExitReason::Type);
                let this = self.exact_object(*object, tag, miss);
                let method = self.words().load(slot);
                self.vals.insert(inst.outs[0], method);
                self.statics.insert(inst.outs[0]);
                self.incref(this);
                self.vals.insert(inst.outs[1], this);
                self.owned.insert(inst.outs[1]);
            }
            Op::Call {
                callee,
                first,
                args,
                ..
            } => return self.call(inst, *callee, *first, args),
            Op::Generic(kind, args) => self.generic(inst, *kind, args)?,
            Op::PushExcInfo(_) | Op::PopExcept(_) | Op::ExcMatch { .. } => {
                self.handler_instruction(inst)?;
            }
            // May run Python code: it is done, or left to the interpreter, above.
            Op::WithExcept { .. } => return Err(Refusal::Codegen),
            Op::Poll => {
                let byte = if self.facts.stress_handover {
                    self.b.ins().iconst(I8, 1)
                } else {
                    self.breaker()
                };
                let exit = self.exit(ExitReason::Poll);
                let next = self.b.create_block();
                self.b.ins().brif(byte, exit, &[], next, &[]);
                self.b.switch_to_block(next);
            }
        }
        Ok(true)
    }

    /// What a watched global names.
    fn load_watched(&mut self, out: hir::Value, key: u32) {
        let value = self.words().load(Slot::Global(key));
        self.vals.insert(out, value);
        if self.is_counted(out) {
            self.incref(value);
            self.owned.insert(out);
        }
    }

    /// The module's attributes are watched as long as it is a plain module.
    fn check_module(&mut self, module: hir::Value) {
        let object = self.raw(module);
        let miss = self.exit(ExitReason::Type);
        self.words().check_type(object, TypeTag::Module, miss);
    }

    fn get_iter(&mut self, inst: &Inst, a: hir::Value) -> Result<(), Refusal> {
        let out = inst.outs[0];
        if let Some([start, stop, step]) = self.ranges.get(&a).copied()
            && self.iterators.contains_key(&out)
        {
            self.new_virtual_iterator(out, start, stop, step);
            return Ok(());
        }
        if let Some(range) = self.ranges.get(&a).copied() {
            if let Some(iter) = self.words().call(Id::new_range_iter, &range) {
                self.vals.insert(inst.outs[0], iter);
                self.owned.insert(inst.outs[0]);
            }
            return Ok(());
        }
        let object = self.object(a);
        let iter = self
            .words()
            .call(Id::pure_get_iter, &[object.0])
            .ok_or(Refusal::Codegen)?;
        self.drop_new(&[object]);
        if self.ty(inst.outs[0]) == Ty::Exact(TypeTag::RangeIter) {
            self.check(iter, ExitReason::Unsupported);
            // A range beyond 64 bits has another iterator.
            let state = self.here();
            let exit = self.exit_at(&state, ExitReason::Type, ExitKind::Resume, vec![iter]);
            self.words().check_type(iter, TypeTag::RangeIter, exit);
            if self.iterators.contains_key(&out) {
                self.virtual_iterator_of(out, iter);
                return Ok(());
            }
            self.vals.insert(out, iter);
            self.owned.insert(out);
            return Ok(());
        }
        self.define_or_run(inst, iter, &[a], Id::run_get_iter, 0)
    }

    /// A pure helper's new object is the result, or where it gave none, that of a helper that may run Python code.
    fn define_or_run(
        &mut self,
        inst: &Inst,
        result: Value,
        operands: &[hir::Value],
        helper: Id,
        arg: i64,
    ) -> Result<(), Refusal> {
        // A number at once: of operands that no Python code is asked about.
        if self.ty(inst.outs[0]).is_raw() {
            self.define_new(inst, result, ExitReason::Unsupported);
            return Ok(());
        }
        let object = self.or_run(inst, result, result, operands, helper, arg, false)?;
        self.vals.insert(inst.outs[0], object);
        self.owned.insert(inst.outs[0]);
        Ok(())
    }

    /// The range is only iterated over, by the instruction that follows.
    fn only_iterated(&self, range: hir::Value) -> bool {
        let mut insts = self.f.blocks.iter().flat_map(|b| b.insts.windows(2));
        self.facts.stress_exits.is_none()
            && insts.any(|pair| pair[0].outs.contains(&range) && pair[1].op == Op::GetIter(range))
    }

    /// Like `check`, where references in `new` must be dropped on the way out.
    pub(super) fn check_new(&mut self, good: Value, new: &[(Value, bool)], reason: ExitReason) {
        let extra: Vec<Value> = new.iter().filter(|n| n.1).map(|n| n.0).collect();
        if extra.is_empty() {
            return self.check(good, reason);
        }
        let state = self.here();
        let exit = self.exit_at(&state, reason, ExitKind::Resume, extra);
        self.words().guard(good, exit);
    }

    fn unary(&mut self, inst: &Inst, op: Un, a: hir::Value) -> Result<(), Refusal> {
        match (inst.how, op) {
            (How::Int, Un::Neg) => {
                let miss = self.exit(ExitReason::Type);
                let value = self.int(a, miss);
                let zero = self.b.ins().iconst(I64, 0);
                let (result, overflow) = self.b.ins().ssub_overflow(zero, value);
                self.fits(overflow);
                self.define(inst, result);
            }
            (How::Int, Un::Invert) => {
                // Of a bool it warns.
                if self.ty(a) == Ty::Bool {
                    let never = self.b.ins().iconst(I8, 0);
                    self.check(never, ExitReason::WouldRaise);
                }
                let miss = self.exit(ExitReason::Type);
                let value = self.int(a, miss);
                let result = self.b.ins().bnot(value);
                self.define(inst, result);
            }
            (How::Float, _) => {
                let miss = self.exit(ExitReason::Type);
                let value = self.float(a, miss);
                let result = self.b.ins().fneg(value);
                self.define(inst, result);
            }
            _ => {
                let object = self.object(a);
                let number = if op == Un::Neg { 0 } else { 1 };
                let op = self.b.ins().iconst(I64, number);
                let result = self
                    .words()
                    .call(Id::pure_unary, &[op, object.0])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&[object]);
                self.define_or_run(inst, result, &[a], Id::run_unary, number)?;
            }
        }
        Ok(())
    }

    fn truth(&mut self, inst: &Inst, a: hir::Value) -> Result<(), Refusal> {
        let value = match inst.how {
            How::Nothing => self.raw(a),
            How::Constant(value) => self.b.ins().iconst(I64, i64::from(value)),
            How::Int => {
                let miss = self.exit(ExitReason::Type);
                let value = self.int(a, miss);
                let yes = self.b.ins().icmp_imm_s(IntCC::NotEqual, value, 0);
                self.b.ins().uextend(I64, yes)
            }
            How::Float => {
                let miss = self.exit(ExitReason::Type);
                let value = self.float(a, miss);
                let zero = self.b.ins().f64const(0.0);
                let yes = self.b.ins().fcmp(FloatCC::NotEqual, value, zero);
                self.b.ins().uextend(I64, yes)
            }
            How::Bool => {
                let miss = self.exit(ExitReason::Type);
                let object = self.raw(a);
                self.words().unbox_bool(object, miss)
            }
            How::Size => {
                let object = self.raw(a);
                let size = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::VAR_SIZE as i32);
                let yes = self.b.ins().icmp_imm_s(IntCC::NotEqual, size, 0);
                self.b.ins().uextend(I64, yes)
            }
            _ => {
                let object = self.object(a);
                let result = self
                    .words()
                    .call(Id::pure_truth, &[object.0])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&[object]);
                let good = self
                    .b
                    .ins()
                    .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, result, 0);
                self.or_run(inst, result, good, &[a], Id::run_truth, 0, true)?
            }
        };
        self.define(inst, value);
        Ok(())
    }

    /// The integer is known not to be negative here.
    pub(super) fn not_negative(&self, v: hir::Value) -> bool {
        self.const_int(v).is_some_and(|c| c >= 0)
            || self.sp.bounds.not_negative.contains(&(self.block_id, v))
    }

    pub(super) fn const_int(&self, v: hir::Value) -> Option<i64> {
        match self.constant(v) {
            Some(Const::Int(i)) => Some(*i),
            _ => None,
        }
    }

    fn binary(
        &mut self,
        inst: &Inst,
        op: Bin,
        a: hir::Value,
        b: hir::Value,
    ) -> Result<bool, Refusal> {
        match inst.how {
            How::Int => self.int_binary(inst, op, a, b)?,
            How::Bool => {
                let (x, y) = (self.raw(a), self.raw(b));
                let value = match op {
                    Bin::And => self.b.ins().band(x, y),
                    Bin::Or => self.b.ins().bor(x, y),
                    _ => self.b.ins().bxor(x, y),
                };
                self.define(inst, value);
            }
            How::IntTrueDiv => {
                let miss = self.exit(ExitReason::Type);
                let (x, y) = (self.int(a, miss), self.int(b, miss));
                if self.const_int(b).is_none_or(|c| c == 0) {
                    let good = self.b.ins().icmp_imm_s(IntCC::NotEqual, y, 0);
                    self.check(good, ExitReason::WouldRaise);
                }
                for (v, value) in [(a, x), (b, y)] {
                    if self.const_int(v).is_none_or(|c| c.abs() > EXACT) {
                        self.check_exact(value);
                    }
                }
                let x = self.b.ins().fcvt_from_sint(F64, x);
                let y = self.b.ins().fcvt_from_sint(F64, y);
                let value = self.b.ins().fdiv(x, y);
                self.define(inst, value);
            }
            How::Float => {
                let miss = self.exit(ExitReason::Type);
                let (x, y) = (self.float(a, miss), self.float(b, miss));
                let value = match op {
                    Bin::Add => self.b.ins().fadd(x, y),
                    Bin::Sub => self.b.ins().fsub(x, y),
                    Bin::Mul => self.b.ins().fmul(x, y),
                    Bin::TrueDiv | Bin::Mod | Bin::FloorDiv => {
                        let zero = self.b.ins().f64const(0.0);
                        let good = self.b.ins().fcmp(FloatCC::NotEqual, y, zero);
                        self.check(good, ExitReason::WouldRaise);
                        match op {
                            Bin::TrueDiv => self.b.ins().fdiv(x, y),
                            Bin::Mod => self
                                .words()
                                .call(Id::float_mod, &[x, y])
                                .ok_or(Refusal::Codegen)?,
                            _ => self
                                .words()
                                .call(Id::float_floordiv, &[x, y])
                                .ok_or(Refusal::Codegen)?,
                        }
                    }
                    Bin::Pow => {
                        let (cell, out) = self.out_cell();
                        let good = self
                            .words()
                            .call(Id::float_pow, &[x, y, out])
                            .ok_or(Refusal::Codegen)?;
                        self.check(good, ExitReason::Unsupported);
                        self.b.ins().stack_load(I64, F64, cell, 0)
                    }
                    _ => return Err(Refusal::Codegen),
                };
                self.define(inst, value);
            }
            How::Operator => self.operator(inst, op, a, b)?,
            How::Concat => {
                let strings = self.strings(a, b);
                let result = self.words().call(Id::str_concat, &strings);
                let result = result.ok_or(Refusal::Codegen)?;
                self.define_new(inst, result, ExitReason::WouldRaise);
            }
            _ => {
                let (x, y) = (self.object(a), self.object(b));
                let arg = operator_number(inst, op);
                let number = self.b.ins().iconst(I64, arg);
                let result = self
                    .words()
                    .call(Id::pure_binary, &[number, x.0, y.0])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&[x, y]);
                self.define_or_run(inst, result, &[a, b], Id::run_binary, arg)?;
            }
        }
        Ok(true)
    }

    /// Two strings; leaves if they are none.
    fn strings(&mut self, a: hir::Value, b: hir::Value) -> [Value; 2] {
        let miss = self.exit(ExitReason::Type);
        [a, b].map(|v| self.exact_object(v, TypeTag::Str, miss))
    }

    /// The instruction is `s + t` of strings, and the next one stores the result to the local that alone keeps `s`: both
    /// are done at once, in place if nothing else refers to `s`.
    pub(super) fn append_str(&mut self, inst: &Inst, next: Option<&Inst>) -> Result<bool, Refusal> {
        let (Op::Binary { a, b, .. }, How::Concat) = (&inst.op, inst.how) else {
            return Ok(false);
        };
        let Some(next) = next else { return Ok(false) };
        let Op::SetLocal { slot, value } = next.op else {
            return Ok(false);
        };
        let after = self.f.state(next.state);
        if value != inst.outs[0]
            || after.locals[slot as usize] != *a
            || after.stack.contains(a)
            || after.stack.iter().filter(|&&v| v == value).count() != 1
            || !self.counts_in_local(*a)
        {
            return Ok(false);
        }
        let strings = self.strings(*a, *b);
        if self.owned.remove(a) {
            // The value stack's reference; the local has its own.
            self.decref(strings[0], false, None);
        }
        let result = self.words().call(Id::str_append, &strings);
        let result = result.ok_or(Refusal::Codegen)?;
        self.exits.cached.clear();
        self.check(result, ExitReason::WouldRaise);
        self.vals.insert(value, result);
        self.take_over(next.state, slot, value);
        Ok(true)
    }

    /// Leaves unless the integer is exact as a double.
    fn check_exact(&mut self, value: Value) {
        let biased = self.b.ins().iadd_imm_s(value, EXACT);
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, biased, 2 * EXACT);
        self.check(good, ExitReason::Overflow);
    }

    fn int_binary(
        &mut self,
        inst: &Inst,
        op: Bin,
        a: hir::Value,
        b: hir::Value,
    ) -> Result<(), Refusal> {
        let miss = self.exit(ExitReason::Type);
        let (x, y) = (self.int(a, miss), self.int(b, miss));
        let constant = self.const_int(b);
        let value = match op {
            Bin::Add | Bin::Sub | Bin::Mul => {
                let small = constant.is_some_and(|c| i32::try_from(c).is_ok() && c != 0);
                if self.sp.bounds.fits.contains(&inst.outs[0]) {
                    match op {
                        Bin::Add => self.b.ins().iadd(x, y),
                        Bin::Sub => self.b.ins().isub(x, y),
                        _ => self.b.ins().imul(x, y),
                    }
                } else if small && op != Bin::Mul {
                    // The sum wrapped if it went the other way: cheaper than the overflow flag.
                    let (value, up) = match op {
                        Bin::Add => (self.b.ins().iadd(x, y), constant > Some(0)),
                        _ => (self.b.ins().isub(x, y), constant < Some(0)),
                    };
                    let cc = if up {
                        IntCC::SignedLessThan
                    } else {
                        IntCC::SignedGreaterThan
                    };
                    let overflow = self.b.ins().icmp(cc, value, x);
                    self.fits(overflow);
                    value
                } else {
                    let (value, overflow) = match op {
                        Bin::Add => self.b.ins().sadd_overflow(x, y),
                        Bin::Sub => self.b.ins().ssub_overflow(x, y),
                        _ => self.b.ins().smul_overflow(x, y),
                    };
                    self.fits(overflow);
                    value
                }
            }
            Bin::And => self.b.ins().band(x, y),
            Bin::Or => self.b.ins().bor(x, y),
            Bin::Xor => self.b.ins().bxor(x, y),
            Bin::FloorDiv | Bin::Mod => match constant {
                Some(c) if c > 0 && c & (c - 1) == 0 => {
                    if op == Bin::FloorDiv {
                        self.b.ins().sshr_imm_u(x, i64::from(c.trailing_zeros()))
                    } else {
                        self.b.ins().band_imm_s(x, c - 1)
                    }
                }
                _ => {
                    if constant.is_none_or(|c| c == 0) {
                        let good = self.b.ins().icmp_imm_s(IntCC::NotEqual, y, 0);
                        self.check(good, ExitReason::WouldRaise);
                    }
                    let plain = self.not_negative(a) && self.not_negative(b);
                    if !plain && constant.is_none_or(|c| c == -1) {
                        // -2**63 // -1 does not fit; x % -1 is 0 but divides all the same.
                        let minus = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
                        let least = self.b.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
                        let both = self.b.ins().band(minus, least);
                        self.fits(both);
                    }
                    if plain {
                        let value = if op == Bin::FloorDiv {
                            self.b.ins().udiv(x, y)
                        } else {
                            self.b.ins().urem(x, y)
                        };
                        self.define(inst, value);
                        return Ok(());
                    }
                    // Truncated division, then one step down where signs differ and something remains.
                    let quotient = self.b.ins().sdiv(x, y);
                    let product = self.b.ins().imul(quotient, y);
                    let rest = self.b.ins().isub(x, product);
                    let signs = self.b.ins().bxor(rest, y);
                    let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
                    let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, rest, 0);
                    let adjust = self.b.ins().band(differ, some);
                    let adjust = self.b.ins().uextend(I64, adjust);
                    if op == Bin::FloorDiv {
                        self.b.ins().isub(quotient, adjust)
                    } else {
                        let mask = self.b.ins().ineg(adjust);
                        let add = self.b.ins().band(mask, y);
                        self.b.ins().iadd(rest, add)
                    }
                }
            },
            Bin::Shr => {
                if constant.is_none_or(|c| !(0..64).contains(&c)) {
                    let good = self
                        .b
                        .ins()
                        .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, y, 0);
                    self.check(good, ExitReason::WouldRaise);
                    let big = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, y, 63);
                    let most = self.b.ins().iconst(I64, 63);
                    let shift = self.b.ins().select(big, most, y);
                    self.b.ins().sshr(x, shift)
                } else {
                    self.b.ins().sshr(x, y)
                }
            }
            Bin::Shl => {
                if constant.is_none_or(|c| !(0..64).contains(&c)) {
                    let good = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, y, 64);
                    self.check(good, ExitReason::Overflow);
                }
                let value = self.b.ins().ishl(x, y);
                if self.sp.bounds.fits.contains(&inst.outs[0]) {
                    self.define(inst, value);
                    return Ok(());
                }
                let back = self.b.ins().sshr(value, y);
                let good = self.b.ins().icmp(IntCC::Equal, back, x);
                self.check(good, ExitReason::Overflow);
                value
            }
            Bin::Pow => {
                if constant == Some(2) {
                    let (value, overflow) = self.b.ins().smul_overflow(x, x);
                    self.fits(overflow);
                    value
                } else {
                    let (cell, out) = self.out_cell();
                    let good = self
                        .words()
                        .call(Id::int_pow, &[x, y, out])
                        .ok_or(Refusal::Codegen)?;
                    self.check(good, ExitReason::Overflow);
                    self.b.ins().stack_load(I64, I64, cell, 0)
                }
            }
            Bin::TrueDiv | Bin::MatMul => return Err(Refusal::Codegen),
        };
        self.define(inst, value);
        Ok(())
    }

    fn compare(
        &mut self,
        inst: &Inst,
        op: Cmp,
        a: hir::Value,
        b: hir::Value,
    ) -> Result<(), Refusal> {
        match inst.how {
            How::Int => {
                let miss = self.exit(ExitReason::Type);
                let (x, y) = (self.int(a, miss), self.int(b, miss));
                let cc = int_cc(op);
                let value = self.b.ins().icmp(cc, x, y);
                let value = self.b.ins().uextend(I64, value);
                self.define(inst, value);
            }
            How::Float | How::Mixed => {
                let miss = self.exit(ExitReason::Type);
                if inst.how == How::Mixed {
                    for v in [a, b] {
                        if self.is_int(v) && self.const_int(v).is_none_or(|c| c.abs() > EXACT) {
                            let value = self.int(v, miss);
                            self.check_exact(value);
                        }
                    }
                }
                let (x, y) = (self.float(a, miss), self.float(b, miss));
                let cc = float_cc(op);
                let value = self.b.ins().fcmp(cc, x, y);
                let value = self.b.ins().uextend(I64, value);
                self.define(inst, value);
            }
            How::Str => {
                let miss = self.exit(ExitReason::Type);
                let x = self.exact_object(a, TypeTag::Str, miss);
                let y = self.exact_object(b, TypeTag::Str, miss);
                // Most equal strings are one object.
                let (other, done) = (self.b.create_block(), self.b.create_block());
                self.b.append_block_param(done, I64);
                let same = self.b.ins().icmp(IntCC::Equal, x, y);
                let one = self.b.ins().iconst(I64, 1);
                self.b
                    .ins()
                    .brif(same, done, &[BlockArg::Value(one)], other, &[]);
                self.b.switch_to_block(other);
                let equal = self.equal_text(x, y)?;
                self.b.ins().jump(done, &[BlockArg::Value(equal)]);
                self.b.switch_to_block(done);
                let value = self.b.block_params(done)[0];
                let value = if op == Cmp::Ne {
                    self.b.ins().bxor_imm_u(value, 1)
                } else {
                    value
                };
                self.define(inst, value);
            }
            _ => {
                let (x, y) = (self.object(a), self.object(b));
                let number = self.b.ins().iconst(I64, op as i64);
                let result = self
                    .words()
                    .call(Id::pure_compare, &[number, x.0, y.0])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&[x, y]);
                self.define_or_run(inst, result, &[a, b], Id::run_compare, op as i64)?;
            }
        }
        Ok(())
    }

    fn subscr(
        &mut self,
        inst: &Inst,
        container: hir::Value,
        index: hir::Value,
    ) -> Result<(), Refusal> {
        if let How::Item(_) = inst.how {
            let seen = self.code.instrs[inst.origin as usize].seen;
            let tag = match self.ty(container) {
                Ty::Exact(tag) => tag,
                Ty::Global(name) => match self.facts.globals.get(&name) {
                    Some(pyaot_runtime::unit::GlobalFact::Object(tag)) => *tag,
                    _ => TypeTag::List,
                },
                _ if seen == "BINARY_SUBSCR_TUPLE_INT" => TypeTag::Tuple,
                _ => TypeTag::List,
            };
            let place = self.item_place(container, index, tag);
            self.load_item(inst.outs[0], &place);
            return Ok(());
        }
        if inst.how == How::Char {
            let miss = self.exit(ExitReason::Type);
            let object = self.exact_object(container, TypeTag::Str, miss);
            let i = self.int(index, miss);
            let item = self.character(object, i)?;
            self.define_new(inst, item, ExitReason::Bounds);
            return Ok(());
        }
        if self.subscr_caught(inst)? {
            return Ok(());
        }
        let (x, y) = (self.object(container), self.object(index));
        let result = self
            .words()
            .call(Id::pure_subscr, &[x.0, y.0])
            .ok_or(Refusal::Codegen)?;
        self.drop_new(&[x, y]);
        self.define_or_run(inst, result, &[container, index], Id::run_subscr, 0)
    }

    fn store_subscr(
        &mut self,
        inst: &Inst,
        container: hir::Value,
        index: hir::Value,
        value: hir::Value,
    ) -> Result<(), Refusal> {
        if let How::Item(_) = inst.how {
            let place = self.item_place(container, index, TypeTag::List);
            self.store_at(&place, value);
            return Ok(());
        }
        let objects = [
            self.object(container),
            self.object(index),
            self.object(value),
        ];
        let done = self
            .words()
            .call(
                Id::pure_store_subscr,
                &[objects[0].0, objects[1].0, objects[2].0],
            )
            .ok_or(Refusal::Codegen)?;
        if self.can_run(inst) {
            self.drop_new(&objects);
            let operands = [value, container, index];
            self.or_run(inst, done, done, &operands, Id::run_store_subscr, 0, false)?;
        } else {
            self.check_new(done, &objects, ExitReason::Unsupported);
            self.drop_new(&objects);
        }
        Ok(())
    }

    fn build(&mut self, inst: &Inst, items: &[hir::Value], helper: Id) {
        let objects: Vec<(Value, bool)> = items.iter().map(|&v| self.object(v)).collect();
        let values: Vec<Value> = objects.iter().map(|o| o.0).collect();
        let (address, n) = self.array(&values);
        if let Some(result) = self.words().call(helper, &[address, n]) {
            self.drop_new(&objects);
            self.define_new(inst, result, ExitReason::WouldRaise);
        }
    }

    /// Calls a method of a builtin type: by a helper while that runs no Python code.
    fn builtin_method(
        &mut self,
        inst: &Inst,
        method: BuiltinMethod,
        callee: hir::Value,
        this: hir::Value,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let all: Vec<hir::Value> = std::iter::once(this).chain(args.iter().copied()).collect();
        let objects: Vec<(Value, bool)> = all.iter().map(|&v| self.object(v)).collect();
        let values: Vec<Value> = objects.iter().map(|o| o.0).collect();
        let result = match (method, &values[..]) {
            (BuiltinMethod::DICT_GET, &[dict, key]) => {
                let none = self.words().load(Slot::None);
                self.words().call(Id::pure_dict_get, &[dict, key, none])
            }
            (BuiltinMethod::DICT_GET, &[dict, key, other]) => {
                self.words().call(Id::pure_dict_get, &[dict, key, other])
            }
            (BuiltinMethod::STARTSWITH, &[text, part]) => {
                self.words().call(Id::pure_startswith, &[text, part])
            }
            (BuiltinMethod::ENDSWITH, &[text, part]) => {
                self.words().call(Id::pure_endswith, &[text, part])
            }
            _ => {
                let (address, n) = self.array(&values);
                let method = self.raw(callee);
                self.words().call(Id::pure_method, &[method, address, n])
            }
        };
        self.drop_new(&objects);
        self.or_call(inst, result, args.len())
    }

    /// Calls a function in C: by a helper while that runs no Python code.
    fn plain_function(
        &mut self,
        inst: &Inst,
        function: PlainFunction,
        callee: hir::Value,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let objects: Vec<(Value, bool)> = args.iter().map(|&v| self.object(v)).collect();
        let values: Vec<Value> = objects.iter().map(|o| o.0).collect();
        let result = match (function, &values[..]) {
            (PlainFunction::ISINSTANCE, &[object, class]) => {
                self.words().call(Id::pure_isinstance, &[object, class])
            }
            _ => {
                let (address, n) = self.array(&values);
                let function = self.raw(callee);
                let call = Id::pure_function;
                self.words().call(call, &[function, address, n])
            }
        };
        self.drop_new(&objects);
        self.or_call(inst, result, args.len())
    }

    /// The result of a pure helper for a call with `n` arguments, or where that is null, of the call.
    fn or_call(&mut self, inst: &Inst, result: Option<Value>, n: usize) -> Result<bool, Refusal> {
        let result = result.ok_or(Refusal::Codegen)?;
        let stack = &self.f.state(self.state).stack;
        let depth = stack.len().checked_sub(n + 2).ok_or(Refusal::Codegen)?;
        let operands = stack[depth..].to_vec();
        let n = n as i64;
        let object = self.or_run(inst, result, result, &operands, Id::run_call, n, false)?;
        if self.ty(inst.outs[0]) == Ty::Bool {
            // A singleton that lives for ever.
            let yes = self.words().load(Slot::True);
            let is_yes = self.b.ins().icmp(IntCC::Equal, object, yes);
            let value = self.b.ins().uextend(I64, is_yes);
            self.define(inst, value);
        } else {
            self.vals.insert(inst.outs[0], object);
            self.owned.insert(inst.outs[0]);
        }
        Ok(true)
    }

    /// Objects in a row on the native stack: address and number.
    pub(super) fn array(&mut self, objects: &[Value]) -> (Value, Value) {
        let size = (objects.len().max(1) * 8) as u32;
        let kind = StackSlotKind::ExplicitSlot;
        let array = self
            .b
            .create_sized_stack_slot(StackSlotData::new(kind, size, 3));
        for (i, &object) in objects.iter().enumerate() {
            self.b.ins().stack_store(I64, object, array, i as i32 * 8);
        }
        let address = self.b.ins().stack_addr(I64, array, 0);
        let n = self.b.ins().iconst(I64, objects.len() as i64);
        (address, n)
    }

    /// Appends to an exact list: in place while there is room.
    fn append(&mut self, list: hir::Value, value: hir::Value) {
        let list = self.raw(list);
        let (object, new) = self.object(value);
        let size = self.b.ins().load(I64, trusted(), list, at::VAR_SIZE as i32);
        let allocated = self
            .b
            .ins()
            .load(I64, trusted(), list, at::LIST_ALLOCATED as i32);
        let room = self.b.ins().icmp(IntCC::SignedLessThan, size, allocated);
        let (fast, grow, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.set_cold_block(grow);
        self.b.ins().brif(room, fast, &[], grow, &[]);
        self.b.switch_to_block(fast);
        if !new && !matches!(self.ty(value), Ty::Bool | Ty::None) {
            self.incref(object);
        }
        let items = self
            .b
            .ins()
            .load(I64, trusted(), list, at::LIST_ITEMS as i32);
        let offset = self.b.ins().ishl_imm_u(size, 3);
        let place = self.b.ins().iadd(items, offset);
        self.b.ins().store(trusted(), object, place, 0);
        let more = self.b.ins().iadd_imm_s(size, 1);
        self.b
            .ins()
            .store(trusted(), more, list, at::VAR_SIZE as i32);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(grow);
        if let Some(good) = self.words().call(Id::list_append, &[list, object]) {
            self.check_new(good, &[(object, new)], ExitReason::WouldRaise);
            self.drop_new(&[(object, new)]);
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn unpack(&mut self, inst: &Inst, sequence: hir::Value, n: u32) {
        let seen = self.code.instrs[inst.origin as usize].seen;
        let tag = match self.ty(sequence) {
            Ty::Exact(tag @ (TypeTag::List | TypeTag::Tuple)) => tag,
            _ if seen == "UNPACK_SEQUENCE_LIST" => TypeTag::List,
            _ => TypeTag::Tuple,
        };
        let miss = self.exit(ExitReason::Type);
        let object = self.exact_object(sequence, tag, miss);
        let size = self
            .b
            .ins()
            .load(I64, trusted(), object, at::VAR_SIZE as i32);
        let good = self.b.ins().icmp_imm_s(IntCC::Equal, size, i64::from(n));
        self.check(good, ExitReason::WouldRaise);
        let items = if tag == TypeTag::List {
            self.b
                .ins()
                .load(I64, trusted(), object, at::LIST_ITEMS as i32)
        } else {
            self.b.ins().iadd_imm_s(object, at::TUPLE_ITEMS as i64)
        };
        // All checks before the first reference is taken.
        let loaded: Vec<Value> = (0..n)
            .map(|i| self.b.ins().load(I64, trusted(), items, i as i32 * 8))
            .collect();
        for raw in [true, false] {
            for (&out, &item) in inst.outs.iter().zip(&loaded) {
                if self.ty(out).is_raw() == raw {
                    self.define_loaded(out, item, false, miss);
                }
            }
        }
    }

    /// Operations of `Gen` that have a pure way.
    fn generic(&mut self, inst: &Inst, kind: Kind, args: &[hir::Value]) -> Result<(), Refusal> {
        let objects: Vec<(Value, bool)> = args.iter().map(|&v| self.object(v)).collect();
        let values: Vec<Value> = objects.iter().map(|o| o.0).collect();
        match kind {
            Kind::BinarySlice => {
                let result = match self.replaced.filter(|old| !args.contains(old)) {
                    Some(old) => {
                        let old = self.raw(old);
                        let values = [values[0], values[1], values[2], old];
                        self.words().call(Id::pure_slice_over, &values)
                    }
                    None => self.words().call(Id::pure_slice, &values),
                };
                let result = result.ok_or(Refusal::Codegen)?;
                self.drop_new(&objects);
                self.define_or_run(inst, result, args, Id::run_slice, 0)
            }
            Kind::UnaryPositive => {
                let op = self.b.ins().iconst(I64, 2);
                let result = self
                    .words()
                    .call(Id::pure_unary, &[op, values[0]])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&objects);
                self.define_or_run(inst, result, args, Id::run_unary, 2)
            }
            Kind::ListToTuple => {
                let result = self
                    .words()
                    .call(Id::list_to_tuple, &values)
                    .ok_or(Refusal::Codegen)?;
                self.define_new(inst, result, ExitReason::Unsupported);
                Ok(())
            }
            Kind::ListExtend | Kind::DictMerge => {
                let helper = if kind == Kind::ListExtend {
                    Id::list_extend
                } else {
                    Id::dict_merge
                };
                let done = self
                    .words()
                    .call(helper, &[values[1], values[0]])
                    .ok_or(Refusal::Codegen)?;
                self.check(done, ExitReason::Type);
                Ok(())
            }
            _ => Err(Refusal::Codegen),
        }
    }

    fn call(
        &mut self,
        inst: &Inst,
        callee: hir::Value,
        first: hir::Value,
        args: &[hir::Value],
    ) -> Result<bool, Refusal> {
        let (callee, first) = if self.ty(callee) == Ty::Null {
            (first, callee)
        } else {
            (callee, first)
        };
        match inst.how {
            How::New => {
                let Ty::Global(key) = self.ty(callee) else {
                    return Err(Refusal::Codegen);
                };
                let abi = self.facts.initializers.get(&key).ok_or(Refusal::Codegen)?;
                let number = self.facts.initializers.keys().position(|&k| k == key);
                let class = self.raw(callee);
                let target = self.load_init(class, number.unwrap_or_default())?;
                self.direct(inst, target, callee, args, args.len(), &abi.clone())
            }
            How::Append => {
                self.append(first, args[0]);
                let none = self.words().load(Slot::None);
                self.define(inst, none);
                Ok(true)
            }
            How::Builtin(method) => self.builtin_method(inst, method, callee, first, args),
            How::Plain(function) => self.plain_function(inst, function, callee, args),
            How::Known(known) => self.known(inst, known, args),
            How::Unboxed(_) => {
                // `len` of something that is not known to be a list or tuple.
                let object = self.object(args[0]);
                let size = self
                    .words()
                    .call(Id::pure_len, &[object.0])
                    .ok_or(Refusal::Codegen)?;
                self.drop_new(&[object]);
                let good = self
                    .b
                    .ins()
                    .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, size, 0);
                let size = self.or_run(inst, size, good, &args[..1], Id::run_len, 0, true)?;
                self.define(inst, size);
                Ok(true)
            }
            How::Direct if matches!(self.ty(callee), Ty::Method(_)) => {
                let Ty::Method(at) = self.ty(callee) else {
                    return Err(Refusal::Codegen);
                };
                let abi = self.facts.methods.get(&at).ok_or(Refusal::Codegen)?.clone();
                let target = *self.targets.get(&callee).ok_or(Refusal::Codegen)?;
                let word = self.b.ins().load(I64, trusted(), target.broken, 0);
                let fine = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
                self.check(fine, ExitReason::Type);
                let mut all = vec![first];
                all.extend(args);
                let place = Callee::Method(target.core);
                self.direct(inst, place, callee, &all, args.len(), &abi)
            }
            How::Site => self.call_site(inst, callee, first, args),
            How::Pure => match self.int_caught(inst)? {
                true => Ok(true),
                false => self.run_instruction(inst),
            },
            How::SelfCall | How::Direct => {
                let Ty::Global(name) = self.ty(callee) else {
                    return Err(Refusal::Codegen);
                };
                let abi = match inst.how {
                    How::SelfCall => self.abi.ok_or(Refusal::Codegen)?.clone(),
                    _ => self
                        .facts
                        .callees
                        .get(&name)
                        .ok_or(Refusal::Codegen)?
                        .clone(),
                };
                let n = args.len();
                self.direct(inst, Callee::Global(name), callee, args, n, &abi)
            }
            _ => {
                let exit = self.exit(ExitReason::Unsupported);
                self.b.ins().jump(exit, &[]);
                Ok(false)
            }
        }
    }

    /// Call of a compiled function, with `words` arguments on the stack.
    fn direct(
        &mut self,
        inst: &Inst,
        place: Callee,
        callee: hir::Value,
        args: &[hir::Value],
        words: usize,
        abi: &Abi,
    ) -> Result<bool, Refusal> {
        let miss = self.exit(ExitReason::Type);
        // A callee with a frame counts by itself.
        let room = if abi.framed {
            self.b.ins().iconst(I64, 0)
        } else {
            self.room_below()
        };
        let mut values = vec![self.thread, self.thread, room];
        let mut new = Vec::new();
        let is_init = matches!(place, Callee::Init { .. });
        if is_init {
            // The instance is made last: what follows may leave with nothing done.
            values.push(self.thread);
        }
        let params = abi.params.iter().skip(usize::from(is_init));
        for (param, &arg) in params.zip(args) {
            values.push(match param.repr {
                Repr::Int if self.ty(arg) != Ty::Bool => self.int(arg, miss),
                Repr::Float if !self.is_int(arg) && self.ty(arg) != Ty::Bool => {
                    self.float(arg, miss)
                }
                Repr::Bool if self.ty(arg) == Ty::Bool => self.raw(arg),
                Repr::Bool if !self.ty(arg).is_raw() => {
                    let object = self.raw(arg);
                    self.words().unbox_bool(object, miss)
                }
                Repr::Boxed => {
                    let fits = match (param.tag, self.ty(arg)) {
                        (TypeTag::Other, _) => true,
                        (tag, Ty::Exact(known)) => tag == known,
                        (TypeTag::Int, Ty::Int)
                        | (TypeTag::Float, Ty::Float)
                        | (TypeTag::Bool, Ty::Bool) => true,
                        _ => false,
                    };
                    let object = self.object(arg);
                    if !fits {
                        if object.1 {
                            // A number where something else is wanted.
                            self.drop_new(&[object]);
                            let never = self.b.ins().iconst(I8, 0);
                            self.check(never, ExitReason::Type);
                        } else {
                            self.words().check_type(object.0, param.tag, miss);
                        }
                    }
                    if object.1 && fits {
                        new.push(object);
                    }
                    object.0
                }
                _ => {
                    let never = self.b.ins().iconst(I8, 0);
                    self.check(never, ExitReason::Type);
                    if param.repr == Repr::Float {
                        self.b.ins().f64const(0.0)
                    } else {
                        self.b.ins().iconst(I64, 0)
                    }
                }
            });
        }
        let depth = self
            .f
            .state(self.state)
            .stack
            .len()
            .saturating_sub(words + 2);
        let mut instance = None;
        if let Callee::Init { class, .. } = place {
            let object = self
                .words()
                .call(Id::new_instance, &[class])
                .ok_or(Refusal::Codegen)?;
            self.check_new(object, &new, ExitReason::WouldRaise);
            values[3] = object;
            new.push((object, true));
            instance = Some(object);
        }
        if abi.framed {
            if !self.can_run(inst) {
                return Err(Refusal::Codegen);
            }
            self.before_framed(inst, depth, instance.is_some());
        }
        let early = match inst.how {
            How::SelfCall if abi.result != Repr::Boxed && !abi.framed => {
                let done = self.b.create_block();
                self.b.append_block_param(done, clif_type(abi.result));
                self.early_returns(&values[3..], abi, done);
                Some(done)
            }
            _ => None,
        };
        let base = self.other_base();
        let hot = std::mem::replace(&mut self.table, base);
        let called = match place {
            Callee::Global(key) => Called::Global(key),
            Callee::Method(_) => Called::Object(self.raw(callee)),
            Callee::Init { function, .. } => Called::Object(function),
        };
        values[1] = match called {
            Called::Global(key) => self.words().load(Slot::Global(key)),
            Called::Object(function) => function,
        };
        let moved = if abi.framed {
            let boxed = abi.params.iter().skip(usize::from(is_init));
            self.moved(args, boxed.map(|p| p.repr == Repr::Boxed), depth)
        } else {
            Vec::new()
        };
        for &v in &moved {
            self.count(v, -1);
        }
        self.settle_counts();
        let call = match (inst.how, self.own) {
            (How::SelfCall, Some(own)) => self.b.ins().call(own, &values),
            _ => {
                let signature =
                    core_signature(Signature::new(self.b.func.signature.call_conv), abi);
                let signature = self.b.import_signature(signature);
                let address = match place {
                    Callee::Global(key) => self.words().load(Slot::Core(key)),
                    Callee::Method(core) | Callee::Init { core, .. } => core,
                };
                self.b.ins().call_indirect(signature, address, &values)
            }
        };
        self.table = hot;
        let (mut result, outcome) = (self.b.inst_results(call)[0], self.b.inst_results(call)[1]);
        let (fine, not) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(not);
        self.b.ins().brif(outcome, not, &[], fine, &[]);
        self.b.switch_to_block(not);
        let extra: Vec<Value> = new.iter().map(|n| n.0).collect();
        let mut after = self.here();
        after.stack.truncate(depth);
        after.resume = self.code.instrs[inst.origin as usize].next;
        after.at = self.code.instrs[inst.origin as usize].at;
        if abi.framed {
            let before = self.here();
            let refused = self.exit_at(
                &before,
                ExitReason::Recursion,
                ExitKind::Resume,
                extra.clone(),
            );
            let refused = self.take_back(&moved, refused)?;
            self.framed_outcome(inst, result, outcome, depth, refused, &new)?;
        } else {
            let left = match instance {
                None => self.exit_at(&after, ExitReason::Call, ExitKind::AwaitResult, extra),
                Some(object) => {
                    let others = extra.iter().copied().filter(|&o| o != object).collect();
                    self.exit_with(
                        &after,
                        ExitReason::Call,
                        ExitKind::AwaitInit,
                        object,
                        others,
                    )
                }
            };
            self.called(called);
            self.b.ins().jump(left, &[]);
        }
        self.b.switch_to_block(fine);
        if let Some(object) = instance {
            new.retain(|n| n.0 != object);
            self.drop_new(&new);
            self.define_instance(inst, object, result, abi, depth);
            return Ok(true);
        }
        if let Some(done) = early {
            self.b.ins().jump(done, &[BlockArg::Value(result)]);
            self.b.switch_to_block(done);
            result = self.b.block_params(done)[0];
        }
        self.drop_new(&new);
        let out = inst.outs[0];
        if abi.result == Repr::Boxed {
            self.define_loaded(out, result, true, miss);
        } else {
            self.define(inst, result);
        }
        if abi.framed {
            self.ran();
        }
        Ok(true)
    }

    fn known(&mut self, inst: &Inst, known: Known, args: &[hir::Value]) -> Result<bool, Refusal> {
        let miss = self.exit(ExitReason::Type);
        let out = self.ty(inst.outs[0]);
        let value = match known {
            Known::Len => {
                let object = self.raw(args[0]);
                if let Ty::Global(_) = self.ty(args[0]) {
                    let tag = match self.ty(args[0]) {
                        Ty::Global(name) => match self.facts.globals.get(&name) {
                            Some(pyaot_runtime::unit::GlobalFact::Object(tag)) => *tag,
                            _ => TypeTag::List,
                        },
                        _ => TypeTag::List,
                    };
                    self.words().check_type(object, tag, miss);
                }
                self.b
                    .ins()
                    .load(I64, trusted(), object, at::VAR_SIZE as i32)
            }
            Known::Range => {
                let ints: Vec<Value> = args.iter().map(|&a| self.int(a, miss)).collect();
                let zero = self.b.ins().iconst(I64, 0);
                let one = self.b.ins().iconst(I64, 1);
                let (start, stop, step) = match ints[..] {
                    [stop] => (zero, stop, one),
                    [start, stop] => (start, stop, one),
                    [start, stop, step] => (start, stop, step),
                    _ => return Err(Refusal::Codegen),
                };
                if ints.len() == 3 {
                    let good = self.b.ins().icmp_imm_s(IntCC::NotEqual, step, 0);
                    self.check(good, ExitReason::WouldRaise);
                }
                if self.only_iterated(inst.outs[0]) {
                    for (value, known) in [
                        (start, ints.len() < 2),
                        (stop, false),
                        (step, ints.len() < 3),
                    ] {
                        if !known {
                            let good = self.is_moderate(value);
                            self.check(good, ExitReason::Overflow);
                        }
                    }
                    self.ranges.insert(inst.outs[0], [start, stop, step]);
                    self.statics.insert(inst.outs[0]);
                    self.define(inst, zero);
                    return Ok(true);
                }
                let object = self
                    .words()
                    .call(Id::new_range, &[start, stop, step])
                    .ok_or(Refusal::Codegen)?;
                self.define_new(inst, object, ExitReason::WouldRaise);
                return Ok(true);
            }
            Known::Abs if out == Ty::Int => {
                let x = self.int(args[0], miss);
                let zero = self.b.ins().iconst(I64, 0);
                let (minus, overflow) = self.b.ins().ssub_overflow(zero, x);
                self.fits(overflow);
                let below = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, x, 0);
                self.b.ins().select(below, minus, x)
            }
            Known::Abs => {
                let x = self.float(args[0], miss);
                self.b.ins().fabs(x)
            }
            Known::Min | Known::Max if out == Ty::Int => {
                let cc = if known == Known::Min {
                    IntCC::SignedLessThan
                } else {
                    IntCC::SignedGreaterThan
                };
                let all: Vec<Value> = args.iter().map(|&a| self.int(a, miss)).collect();
                let mut best = all[0];
                for &next in &all[1..] {
                    let better = self.b.ins().icmp(cc, next, best);
                    best = self.b.ins().select(better, next, best);
                }
                best
            }
            Known::Min | Known::Max => {
                // The first stays unless the next is less (greater): NaN and signed zero included.
                let cc = if known == Known::Min {
                    FloatCC::LessThan
                } else {
                    FloatCC::GreaterThan
                };
                let all: Vec<Value> = args.iter().map(|&a| self.float(a, miss)).collect();
                let mut best = all[0];
                for &next in &all[1..] {
                    let better = self.b.ins().fcmp(cc, next, best);
                    best = self.b.ins().select(better, next, best);
                }
                best
            }
            Known::IntType => {
                if self.is_int(args[0]) {
                    self.int(args[0], miss)
                } else {
                    let x = self.float(args[0], miss);
                    // Beyond that, and NaN, is the interpreter's.
                    let limit = self.b.ins().f64const(9.2e18);
                    let size = self.b.ins().fabs(x);
                    let good = self.b.ins().fcmp(FloatCC::LessThan, size, limit);
                    self.check(good, ExitReason::Overflow);
                    self.b.ins().fcvt_to_sint(I64, x)
                }
            }
            Known::FloatType => self.float(args[0], miss),
            Known::Plain(_) => return Err(Refusal::Codegen),
            Known::Math(i) => {
                let x = self.float(args[0], miss);
                let (name, helper) = MATH.get(usize::from(i)).ok_or(Refusal::Codegen)?;
                match (*name, helper) {
                    ("sqrt", _) => {
                        let zero = self.b.ins().f64const(0.0);
                        let good = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, zero);
                        self.check(good, ExitReason::WouldRaise);
                        self.b.ins().sqrt(x)
                    }
                    ("fabs", _) => self.b.ins().fabs(x),
                    (_, Some(helper)) => {
                        let value = self.words().call(*helper, &[x]).ok_or(Refusal::Codegen)?;
                        // NaN and infinity: errors, or the interpreter knows better.
                        let most = self.b.ins().f64const(f64::MAX);
                        let size = self.b.ins().fabs(value);
                        let good = self.b.ins().fcmp(FloatCC::LessThanOrEqual, size, most);
                        self.check(good, ExitReason::WouldRaise);
                        value
                    }
                    _ => return Err(Refusal::Codegen),
                }
            }
        };
        self.define(inst, value);
        Ok(true)
    }

    /// Next item of an iterator: defined on return; control is in `exhausted` when there is none. The iterator stays on
    /// the stack. False: nothing was generated.
    pub(super) fn next_item(
        &mut self,
        iter: hir::Value,
        item: hir::Value,
        how: How,
        origin: u32,
        exhausted: Block,
    ) -> Result<bool, Refusal> {
        if self.ty(item) == Ty::Bottom || self.ty(iter) == Ty::Bottom {
            let exit = self.exit(ExitReason::Unsupported);
            self.b.ins().jump(exit, &[]);
            return Ok(false);
        }
        if let Some(&range) = self.iterators.get(&iter) {
            let value = self.next_in_range(range, exhausted);
            self.vals.insert(item, value);
            return Ok(true);
        }
        let object = self.raw(iter);
        let miss = self.exit(ExitReason::Type);
        match how {
            How::Iter(TypeTag::RangeIter) => {
                if self.ty(iter) != Ty::Exact(TypeTag::RangeIter) {
                    self.words().check_type(object, TypeTag::RangeIter, miss);
                }
                let left = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::RANGEITER_LEN as i32);
                let more = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, left, 0);
                let next = self.b.create_block();
                self.b.ins().brif(more, next, &[], exhausted, &[]);
                self.b.switch_to_block(next);
                let value = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::RANGEITER_START as i32);
                let step = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::RANGEITER_STEP as i32);
                let sum = self.b.ins().iadd(value, step);
                self.b
                    .ins()
                    .store(trusted(), sum, object, at::RANGEITER_START as i32);
                let left = self.b.ins().iadd_imm_s(left, -1);
                self.b
                    .ins()
                    .store(trusted(), left, object, at::RANGEITER_LEN as i32);
                self.vals.insert(item, value);
            }
            How::Iter(tag) => {
                if self.ty(iter) != Ty::Exact(tag) {
                    self.words().check_type(object, tag, miss);
                }
                let sequence = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::LISTITER_SEQ as i32);
                let live = self.b.create_block();
                self.b.ins().brif(sequence, live, &[], exhausted, &[]);
                self.b.switch_to_block(live);
                let index = self
                    .b
                    .ins()
                    .load(I64, trusted(), object, at::LISTITER_INDEX as i32);
                let size = self
                    .b
                    .ins()
                    .load(I64, trusted(), sequence, at::VAR_SIZE as i32);
                let more = self.b.ins().icmp(IntCC::UnsignedLessThan, index, size);
                let (next, end) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(more, next, &[], end, &[]);
                // Exhausted: the iterator lets its sequence go, which must run no Python code.
                self.b.switch_to_block(end);
                let exit = self.exit(ExitReason::Destructor);
                if let Some(safe) = self.words().call(Id::frees_safely, &[sequence]) {
                    let drop = self.b.create_block();
                    self.b.ins().brif(safe, drop, &[], exit, &[]);
                    self.b.switch_to_block(drop);
                }
                let null = self.b.ins().iconst(I64, 0);
                self.b
                    .ins()
                    .store(trusted(), null, object, at::LISTITER_SEQ as i32);
                if PY_3_13 && tag == TypeTag::ListIter {
                    // What a list's iterator does looks at the index alone (Objects/listobject.c, `listiter_next`).
                    let ended = self.b.ins().iconst(I64, -1);
                    self.b
                        .ins()
                        .store(trusted(), ended, object, at::LISTITER_INDEX as i32);
                }
                self.words().call(Id::release, &[sequence]);
                self.b.ins().jump(exhausted, &[]);
                self.b.switch_to_block(next);
                let items = if tag == TypeTag::ListIter {
                    self.b
                        .ins()
                        .load(I64, trusted(), sequence, at::LIST_ITEMS as i32)
                } else {
                    self.b.ins().iadd_imm_s(sequence, at::TUPLE_ITEMS as i64)
                };
                let offset = self.b.ins().ishl_imm_u(index, 3);
                let place = self.b.ins().iadd(items, offset);
                let value = self.b.ins().load(I64, trusted(), place, 0);
                self.define_loaded(item, value, false, miss);
                let index = self.b.ins().iadd_imm_s(index, 1);
                self.b
                    .ins()
                    .store(trusted(), index, object, at::LISTITER_INDEX as i32);
            }
            _ => {
                let (cell, out) = self.out_cell();
                if self.runs {
                    self.own_all();
                }
                let outcome = self
                    .words()
                    .call(Id::pure_iter_next, &[object, out])
                    .ok_or(Refusal::Codegen)?;
                let (pure, other, some) = (
                    self.b.create_block(),
                    self.b.create_block(),
                    self.b.create_block(),
                );
                self.b.append_block_param(some, I64);
                self.b.append_block_param(some, I64);
                self.b.append_block_param(exhausted, I64);
                let zero = self.b.ins().iconst(I64, 0);
                let one = self.b.ins().icmp_imm_s(IntCC::Equal, outcome, 1);
                self.b.ins().brif(one, pure, &[], other, &[]);
                self.b.switch_to_block(pure);
                let value = self.b.ins().stack_load(I64, I64, cell, 0);
                self.b.ins().jump(some, &[value.into(), zero.into()]);
                self.b.switch_to_block(other);
                if self.runs && !self.only_header_handled(origin) {
                    let ask = self.b.create_block();
                    self.b
                        .ins()
                        .brif(outcome, ask, &[], exhausted, &[zero.into()]);
                    self.b.switch_to_block(ask);
                    let check = self.run_next(object, some, exhausted)?;
                    self.b.switch_to_block(some);
                    let ran = self.b.block_params(some)[1];
                    self.ran_if(&check, ran);
                    self.exhausted_check = Some(check);
                } else {
                    let exit = self.exit(ExitReason::Unsupported);
                    self.b
                        .ins()
                        .brif(outcome, exit, &[], exhausted, &[zero.into()]);
                    self.b.switch_to_block(some);
                }
                let value = self.b.block_params(some)[0];
                self.vals.insert(item, value);
                self.owned.insert(item);
            }
        }
        Ok(true)
    }
}
