//! Stores to items of lists and to attributes.
//!
//! A number that was just computed has no object yet. If the item that it replaces is a number of the same type and
//! nothing but the list or the instance refers to it, that object takes the new value over: nobody can tell, since nobody has it.
//! (Small integers are shared and compared by identity in practice: they are never made this way.)

use super::unit::{Gen, trusted};
use crate::hir::{self, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::layout::offsets as at;
use pyaot_runtime::unit::{ExitReason, Slot, TypeTag};

impl Gen<'_, '_> {
    /// Stores to an item of a list, or an attribute, whose place is known, and drops what was there: `old`.
    pub(super) fn store_item(&mut self, place: Value, old: Value, value: hir::Value) {
        let count = self.b.ins().load(I32, trusted(), old, 0);
        let last = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        let (alone, store, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(last, alone, &[], store, &[]);
        self.b.switch_to_block(alone);
        self.overwrite(old, value, store, done);
        self.b.switch_to_block(store);
        let raw = self.raw(value);
        let cold = match self.ty(value) {
            _ if self.constant(value).is_some() => None,
            Ty::Float => {
                self.b.set_cold_block(store);
                self.words().call(Id::box_float_cold, &[raw])
            }
            Ty::Int => Some(self.words().box_int(Id::box_int_cold, raw)),
            _ => None,
        };
        let object = match cold {
            Some(object) => object,
            None => self.owned_object(value),
        };
        self.b.ins().store(trusted(), object, place, 0);
        self.decref(old, false, None);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Only the container refers to `old`: overwrites it and goes to `done`, or goes to `store` if it may simply be dropped.
    fn overwrite(&mut self, old: Value, value: hir::Value, store: Block, done: Block) {
        let ty = self.b.ins().load(I64, trusted(), old, 8);
        let computed = self.constant(value).is_none();
        let (float, int) = (
            self.words().load(Slot::Type(TypeTag::Float)),
            self.words().load(Slot::Type(TypeTag::Int)),
        );
        let is_float = self.b.ins().icmp(IntCC::Equal, ty, float);
        let is_int = self.b.ins().icmp(IntCC::Equal, ty, int);
        let (other, ask) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(ask);
        match self.ty(value) {
            Ty::Float if computed => {
                let fits = self.b.create_block();
                self.b.ins().brif(is_float, fits, &[], other, &[]);
                self.b.switch_to_block(fits);
                let new = self.raw(value);
                self.b
                    .ins()
                    .store(trusted(), new, old, at::FLOAT_VALUE as i32);
                self.b.ins().jump(done, &[]);
                self.b.switch_to_block(other);
                self.b.ins().brif(is_int, store, &[], ask, &[]);
            }
            Ty::Int if computed => {
                let (same, fits) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(is_int, same, &[], other, &[]);
                self.b.switch_to_block(same);
                let new = self.raw(value);
                // One digit, and not one of the shared small ones (-5 to 256).
                let size = self.b.ins().iabs(new);
                let biased = self.b.ins().iadd_imm_s(size, -257);
                let good =
                    self.b
                        .ins()
                        .icmp_imm_s(IntCC::UnsignedLessThan, biased, (1 << 30) - 257);
                self.b.ins().brif(good, fits, &[], store, &[]);
                self.b.switch_to_block(fits);
                // The tag: one digit, and 2 for a negative sign.
                let sign = self.b.ins().ushr_imm_u(new, 63);
                let sign = self.b.ins().ishl_imm_u(sign, 1);
                let tag = self.b.ins().bor_imm_u(sign, 1 << 3);
                self.b.ins().store(trusted(), tag, old, at::LONG_TAG as i32);
                self.b
                    .ins()
                    .istore32(trusted(), size, old, at::LONG_DIGITS as i32);
                self.b.ins().jump(done, &[]);
                self.b.switch_to_block(other);
                self.b.ins().brif(is_float, store, &[], ask, &[]);
            }
            _ => {
                let number = self.b.ins().bor(is_float, is_int);
                self.b.ins().brif(number, store, &[], other, &[]);
                self.b.switch_to_block(other);
                self.b.ins().jump(ask, &[]);
            }
        }
        // The end of the old item must run no Python code.
        self.b.switch_to_block(ask);
        let exit = self.exit(ExitReason::Destructor);
        if let Some(safe) = self.words().call(Id::frees_safely, &[old]) {
            self.b.ins().brif(safe, store, &[], exit, &[]);
        }
    }
}
