//! Characters of strings that are all ASCII: read in line. The string of one such character is shared and lives for ever.

use super::unit::{Gen, trusted};
use crate::frontend::Refusal;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::layout::offsets as at;
use pyaot_runtime::unit::Slot;

impl Gen<'_, '_> {
    fn length(&mut self, string: Value) -> Value {
        let place = at::STR_LENGTH as i32;
        self.b.ins().load(I64, trusted(), string, place)
    }

    /// Goes on where the string is all ASCII, else to `other`.
    fn check_ascii(&mut self, string: Value, other: Block) {
        let state = self
            .b
            .ins()
            .uload32(trusted(), string, at::STR_STATE as i32);
        let bits = self.b.ins().band_imm_u(state, at::STR_ASCII as i64);
        let good = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, bits, at::STR_ASCII as i64);
        self.words().guard(good, other);
    }

    /// Character `index` of a `str`, a new reference; null if it is out of range.
    pub(super) fn character(&mut self, string: Value, index: Value) -> Result<Value, Refusal> {
        let (other, done) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(other);
        self.b.append_block_param(done, I64);
        self.check_ascii(string, other);
        let size = self.length(string);
        let below = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, index, 0);
        let from_end = self.b.ins().iadd(index, size);
        let place = self.b.ins().select(below, from_end, index);
        let good = self.b.ins().icmp(IntCC::UnsignedLessThan, place, size);
        self.words().guard(good, other);
        let at = self.b.ins().iadd(string, place);
        let character = self
            .b
            .ins()
            .uload8(I64, trusted(), at, at::STR_ASCII_DATA as i32);
        let offset = self.b.ins().imul_imm_s(character, at::ASCII_STRIDE as i64);
        let first = self.words().load(Slot::AsciiStrings);
        let shared = self.b.ins().iadd(first, offset);
        self.b.ins().jump(done, &[shared.into()]);
        self.b.switch_to_block(other);
        let item = self
            .words()
            .call(Id::str_item, &[string, index])
            .ok_or(Refusal::Codegen)?;
        self.b.ins().jump(done, &[item.into()]);
        self.b.switch_to_block(done);
        Ok(self.b.block_params(done)[0])
    }

    /// Whether two `str` that are not one object are equal.
    pub(super) fn equal_text(&mut self, a: Value, b: Value) -> Result<Value, Refusal> {
        let (ask, done) = (self.b.create_block(), self.b.create_block());
        let (one, many) = (self.b.create_block(), self.b.create_block());
        self.b.append_block_param(done, I64);
        let (m, n) = (self.length(a), self.length(b));
        let same = self.b.ins().icmp(IntCC::Equal, m, n);
        let no = self.b.ins().iconst(I64, 0);
        self.b.ins().brif(same, ask, &[], done, &[no.into()]);
        self.b.switch_to_block(ask);
        let single = self.b.ins().icmp_imm_s(IntCC::Equal, m, 1);
        self.b.ins().brif(single, one, &[], many, &[]);
        self.b.switch_to_block(one);
        self.check_ascii(a, many);
        self.check_ascii(b, many);
        let [x, y] = [a, b].map(|string| {
            let place = at::STR_ASCII_DATA as i32;
            self.b.ins().uload8(I64, trusted(), string, place)
        });
        let same = self.b.ins().icmp(IntCC::Equal, x, y);
        let same = self.b.ins().uextend(I64, same);
        self.b.ins().jump(done, &[same.into()]);
        self.b.switch_to_block(many);
        let equal = self
            .words()
            .call(Id::str_equal, &[a, b])
            .ok_or(Refusal::Codegen)?;
        self.b.ins().jump(done, &[equal.into()]);
        self.b.switch_to_block(done);
        Ok(self.b.block_params(done)[0])
    }
}
