//! Attributes and methods by shape: compare the type's version tag with the site's word, then load or store.
//!
//! A site has entries for a few types. Where the tag differs from the first one's, a helper finds that of the type, or looks
//! the attribute up and writes one; where it refuses, the unit leaves with nothing done. See `shape` in the runtime for
//! what a site holds.

use super::groups::GROUP_FLAG;
use super::ops::Callee;
use super::unit::{Gen, trusted};
use crate::facts::Abi;
use crate::frontend::Refusal;
use crate::hir::{self, Inst};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::layout::{PY_3_13, offsets as at};
use pyaot_runtime::unit::{ExitReason, Slot};
use pyaot_runtime::{BOXED, ENTRIES, ENTRY_WORDS, NO_VERSION, SITE_WORDS};

/// A compiled method that a site has found: its core, and the word that says whether its unit is broken.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub core: Value,
    pub broken: Value,
    /// The site's entry, if it may have found a method without a unit.
    pub entry: Option<Value>,
}

/// The code of a site.
struct Attempt {
    /// Goes on with an entry that has the type's version.
    found: Block,
    /// Where the site's first entry is one of another type.
    slow: Block,
    /// Where the entry does not hold for this object, or no longer.
    stale: Block,
    /// The exit where the site cannot be filled.
    miss: Block,
    /// The version that is looked for, and the first entry.
    version: Value,
    first: Value,
}

impl Gen<'_, '_> {
    /// A new site: its number.
    pub(super) fn site(&mut self) -> u16 {
        let number = self.sites;
        self.sites += 1;
        for word in 0..SITE_WORDS {
            self.slots.offset(Slot::Site(number, word));
        }
        number
    }

    /// Word of a site's entry: it changes while the program runs.
    pub(super) fn entry_word(&mut self, entry: Value, word: u8) -> Value {
        let offset = 8 * i32::from(word);
        self.b.ins().load(I64, trusted(), entry, offset)
    }

    pub(super) fn site_address(&mut self, site: u16) -> Value {
        let offset = self.slots.offset(Slot::Site(site, 0));
        let base = self.b.ins().symbol_value(I64, self.table);
        self.b.ins().iadd_imm_s(base, i64::from(offset))
    }

    /// Begins the code of a new site: finds the entry of a type. Where there is none and none can be made, the unit leaves.
    fn attempt(&mut self, ty: Value, reason: ExitReason) -> (Attempt, Value) {
        let site = self.site();
        // Made here, where it dominates all that use it.
        let miss = self.exit(reason);
        let [found, slow, stale] = [(); 3].map(|()| self.b.create_block());
        self.b.set_cold_block(slow);
        self.b.set_cold_block(stale);
        let version = self.b.ins().uload32(trusted(), ty, at::TYPE_VERSION as i32);
        let first = self.site_address(site);
        let entry = self.entry_with(version, first, found, slow);
        let attempt = Attempt {
            found,
            slow,
            stale,
            miss,
            version,
            first,
        };
        (attempt, entry)
    }

    /// Goes on at `found` with the first entry of a site, if it has this version, else to `slow`. The entry that comes there.
    pub(super) fn entry_with(
        &mut self,
        version: Value,
        first: Value,
        found: Block,
        slow: Block,
    ) -> Value {
        let wanted = self.entry_word(first, 0);
        let same = self.b.ins().icmp(IntCC::Equal, version, wanted);
        self.b.append_block_param(found, I64);
        self.b.ins().brif(same, found, &[first.into()], slow, &[]);
        self.b.switch_to_block(found);
        self.b.block_params(found)[0]
    }

    /// Goes on at `found` with another entry of a site that has this version.
    pub(super) fn other_entries(&mut self, version: Value, first: Value, words: u8, found: Block) {
        for i in 1..ENTRIES {
            let entry = self.b.ins().iadd_imm_s(first, i64::from(i * words) * 8);
            let wanted = self.entry_word(entry, 0);
            let same = self.b.ins().icmp(IntCC::Equal, version, wanted);
            let next = self.b.create_block();
            self.b.set_cold_block(next);
            self.b.ins().brif(same, found, &[entry.into()], next, &[]);
            self.b.switch_to_block(next);
        }
    }

    /// The entry is not to be found again.
    pub(super) fn forget_entry(&mut self, entry: Value) {
        let unknown = self.b.ins().iconst(I64, NO_VERSION as i64);
        self.b.ins().store(trusted(), unknown, entry, 0);
    }

    /// The method that the site has found has no valid unit: now and then it is looked up again.
    pub(super) fn age(&mut self, entry: Value) {
        let place = 8 * (i32::from(ENTRY_WORDS) - 1);
        let age = self.b.ins().load(I64, trusted(), entry, place);
        let age = self.b.ins().iadd_imm_s(age, 1);
        self.b.ins().store(trusted(), age, entry, place);
        let (old, young) = (self.b.create_block(), self.b.create_block());
        let rest = self.b.ins().band_imm_u(age, 31);
        self.b.ins().brif(rest, young, &[], old, &[]);
        self.b.switch_to_block(old);
        self.forget_entry(entry);
        self.b.ins().jump(young, &[]);
        self.b.switch_to_block(young);
    }

    /// The compiled method that the site has found.
    pub(super) fn entry_target(&mut self, entry: Value) -> Target {
        Target {
            core: self.entry_word(entry, 3),
            broken: self.entry_word(entry, 4),
            entry: Some(entry),
        }
    }

    /// The same; to `stale` if its unit is broken.
    fn target(&mut self, entry: Value, stale: Block) -> Target {
        let target = self.entry_target(entry);
        let word = self.b.ins().load(I64, trusted(), target.broken, 0);
        let fine = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
        self.words().guard(fine, stale);
        Target {
            entry: None,
            ..target
        }
    }

    /// Address of an attribute's value, for an object whose type has the entry's version.
    fn field_place(&mut self, object: Value, entry: Value, kind: u8, stale: Block) -> Value {
        let offset = self.entry_word(entry, 1);
        if kind == 1 {
            return self.b.ins().iadd(object, offset);
        }
        if PY_3_13 {
            let flag = self.entry_word(entry, 2);
            let place = self.b.ins().iadd(object, flag);
            let valid = self.b.ins().load(I8, trusted(), place, 0);
            self.words().guard(valid, stale);
            return self.b.ins().iadd(object, offset);
        }
        // 3.12: a tagged pointer to the values, or a dict.
        let word = self.b.ins().load(I64, trusted(), object, -24);
        let tag = self.b.ins().band_imm_u(word, 1);
        self.words().guard(tag, stale);
        let values = self.b.ins().iadd(word, offset);
        self.b.ins().iadd_imm_s(values, 1)
    }

    fn object_of(&mut self, v: hir::Value) -> Result<Value, Refusal> {
        if self.ty(v).is_raw() {
            return Err(Refusal::Codegen);
        }
        Ok(self.raw(v))
    }

    /// Where the version differs from the first entry's: the helper finds or makes the entry of `of`, given what `more`
    /// makes there, or the unit leaves. Control stays where it was.
    fn refill(
        &mut self,
        attempt: &Attempt,
        helper: Id,
        of: Value,
        more: impl FnOnce(&mut Self) -> Vec<Value>,
    ) -> Result<(), Refusal> {
        let here = self.b.current_block().ok_or(Refusal::Codegen)?;
        let entry = self.b.block_params(attempt.found)[0];
        self.b.switch_to_block(attempt.stale);
        self.forget_entry(entry);
        self.b.ins().jump(attempt.slow, &[]);
        self.b.switch_to_block(attempt.slow);
        let &Attempt {
            version,
            first,
            found,
            ..
        } = attempt;
        self.other_entries(version, first, ENTRY_WORDS, found);
        let mut words = vec![first, of];
        words.extend(more(self));
        let entry = self.words().call(helper, &words).ok_or(Refusal::Codegen)?;
        self.b
            .ins()
            .brif(entry, attempt.found, &[entry.into()], attempt.miss, &[]);
        self.b.switch_to_block(here);
        Ok(())
    }

    pub(super) fn load_field(
        &mut self,
        inst: &Inst,
        object: hir::Value,
        name: u32,
        kind: u8,
    ) -> Result<(), Refusal> {
        let key = (object, kind);
        let object = self.object_of(object)?;
        if let Some((place, _)) = self.group_place(key, name, object) {
            let miss = self.exit(ExitReason::Type);
            let value = self.b.ins().load(I64, trusted(), place, 0);
            self.words().guard(value, miss);
            self.define_loaded(inst.outs[0], value, false, miss);
            return Ok(());
        }
        let ty = self.b.ins().load(I64, trusted(), object, 8);
        let (attempt, entry) = self.attempt(ty, ExitReason::Type);
        let place = self.field_place(object, entry, kind, attempt.stale);
        let value = self.b.ins().load(I64, trusted(), place, 0);
        self.words().guard(value, attempt.stale);
        self.refill(&attempt, Id::fill_field, object, |g| {
            let key = g.words().load(Slot::Name(name as u16));
            vec![key, g.b.ins().iconst(I64, i64::from(kind))]
        })?;
        self.define_loaded(inst.outs[0], value, false, attempt.miss);
        Ok(())
    }

    pub(super) fn store_field(
        &mut self,
        value: hir::Value,
        object: hir::Value,
        name: u32,
        kind: u8,
    ) -> Result<(), Refusal> {
        let group = (object, kind);
        let object = self.object_of(object)?;
        let site = self.site();
        let [found, other, slow, done] = [(); 4].map(|()| self.b.create_block());
        self.b.set_cold_block(other);
        self.b.set_cold_block(slow);
        let grouped = self.group_place(group, name, object);
        let (place, entry) = match grouped {
            Some(grouped) => grouped,
            None => {
                let version = self.type_version(object);
                let first = self.site_address(site);
                let entry = self.entry_with(version, first, found, other);
                self.b.switch_to_block(other);
                self.other_entries(version, first, ENTRY_WORDS, found);
                self.b.ins().jump(slow, &[]);
                self.b.switch_to_block(found);
                (self.field_place(object, entry, kind, slow), entry)
            }
        };
        if kind == 0 && PY_3_13 {
            // With a dict of its own the instance keeps the order of insertion there.
            let dict = self.b.ins().load(I64, trusted(), object, -24);
            let none = self.b.ins().icmp_imm_s(IntCC::Equal, dict, 0);
            self.words().guard(none, slow);
        }
        let old = self.b.ins().load(I64, trusted(), place, 0);
        if kind == 1 {
            self.words().guard(old, slow);
        } else {
            let (add, replace) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(old, replace, &[], add, &[]);
            self.b.switch_to_block(add);
            self.add_to_order(object, entry, grouped.is_some(), place);
            let boxed = self.owned_object(value);
            self.b.ins().store(trusted(), boxed, place, 0);
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(replace);
        }
        self.store_item(place, old, value);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        let boxed = self.object(value);
        let address = self.site_address(site);
        let key = self.words().load(Slot::Name(name as u16));
        let kind = self.b.ins().iconst(I64, i64::from(kind));
        let stored = self
            .words()
            .call(Id::pure_store_attr, &[address, object, key, boxed.0, kind])
            .ok_or(Refusal::Codegen)?;
        self.check_new(stored, &[boxed], ExitReason::Type);
        self.drop_new(&[boxed]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        Ok(())
    }

    /// The instance gets an attribute: its index is noted behind its values (`_PyDictValues_AddToInsertionOrder`).
    fn add_to_order(&mut self, object: Value, entry: Value, grouped: bool, place: Value) {
        if PY_3_13 {
            let flag = self.entry_word(entry, if grouped { GROUP_FLAG } else { 2 });
            let flag = self.b.ins().iadd(object, flag);
            let values = self.b.ins().iadd_imm_s(flag, -(at::VALUES_VALID as i64));
            let load =
                |g: &mut Self, at: usize| g.b.ins().uload8(I64, trusted(), values, at as i32);
            let capacity = load(self, at::VALUES_CAPACITY);
            let size = load(self, at::VALUES_SIZE);
            let first = self.b.ins().iadd_imm_s(values, at::VALUES_FIRST as i64);
            let index = self.b.ins().isub(place, first);
            let index = self.b.ins().ushr_imm_u(index, 3);
            let words = self.b.ins().ishl_imm_u(capacity, 3);
            let order = self.b.ins().iadd(first, words);
            let order = self.b.ins().iadd(order, size);
            self.b.ins().istore8(trusted(), index, order, 0);
            let more = self.b.ins().iadd_imm_s(size, 1);
            self.b
                .ins()
                .istore8(trusted(), more, values, at::VALUES_SIZE as i32);
        } else {
            let values = if grouped {
                // The tagged pointer, and its tag.
                let word = self.b.ins().load(I64, trusted(), object, -24);
                self.b.ins().iadd_imm_s(word, 1)
            } else {
                let offset = self.entry_word(entry, 1);
                self.b.ins().isub(place, offset)
            };
            let offset = self.b.ins().isub(place, values);
            let index = self.b.ins().ushr_imm_u(offset, 3);
            let size = self.b.ins().uload8(I64, trusted(), values, -2);
            let more = self.b.ins().iadd_imm_s(size, 1);
            self.b.ins().istore8(trusted(), more, values, -2);
            let order = self.b.ins().isub(values, more);
            self.b.ins().istore8(trusted(), index, order, -2);
        }
    }

    /// A method of the object's class, which stays borrowed: the class keeps it while no Python code runs.
    pub(super) fn load_method(
        &mut self,
        inst: &Inst,
        object: hir::Value,
        name: u32,
        hidden: bool,
    ) -> Result<(), Refusal> {
        let of = object;
        let object = self.object_of(object)?;
        let origin = self.code.instrs[inst.origin as usize].at;
        // How the method is called says what the site must find.
        let boxed = self.boxed_arguments(inst.outs[0]);
        let expected = match (boxed, self.facts.method(origin)) {
            (None, Some(_)) => self.facts.methods.keys().position(|&k| k == origin),
            _ => None,
        };
        let (reason, number) = match (expected, boxed) {
            (Some(number), _) => (ExitReason::Type, number as i64),
            (None, Some(n)) => (ExitReason::Callee, BOXED + n as i64),
            (None, None) => (ExitReason::Callee, -1),
        };
        let ty = self.b.ins().load(I64, trusted(), object, 8);
        let (attempt, entry) = self.attempt(ty, reason);
        let stale = attempt.stale;
        if hidden {
            // No attribute of an instance hides the method.
            if PY_3_13 {
                let size = self
                    .b
                    .ins()
                    .load(I64, trusted(), ty, at::TYPE_BASICSIZE as i32);
                let place = self.b.ins().iadd(object, size);
                let valid = self
                    .b
                    .ins()
                    .load(I8, trusted(), place, at::VALUES_VALID as i32);
                self.words().guard(valid, stale);
            } else {
                let word = self.b.ins().load(I64, trusted(), object, -24);
                let tag = self.b.ins().band_imm_u(word, 1);
                self.words().guard(tag, stale);
            }
            let keys = self
                .b
                .ins()
                .load(I64, trusted(), ty, at::TYPE_CACHED_KEYS as i32);
            let count = self
                .b
                .ins()
                .load(I64, trusted(), keys, at::KEYS_NENTRIES as i32);
            let wanted = self.entry_word(entry, 2);
            let same = self.b.ins().icmp(IntCC::Equal, count, wanted);
            self.words().guard(same, stale);
        }
        let method = self.entry_word(entry, 1);
        if number >= 0 {
            let target = if expected.is_none() && self.runs {
                self.entry_target(entry)
            } else {
                self.target(entry, stale)
            };
            self.targets.insert(inst.outs[0], target);
        }
        self.refill(&attempt, Id::fill_method, object, |g| {
            let key = g.words().load(Slot::Name(name as u16));
            let unit = g.words().load(Slot::Unit);
            let number = g.b.ins().iconst(I64, number);
            vec![key, unit, number, g.b.ins().iconst(I64, i64::from(hidden))]
        })?;
        self.vals.insert(inst.outs[0], method);
        self.vals.insert(inst.outs[1], object);
        // A temporary is handed on; a local needs a reference, because it may be assigned before the call.
        let stack = &self.f.state(self.state).stack;
        let once = stack.iter().filter(|&&v| v == of).count() == 1;
        if !(once && self.owned.remove(&of)) {
            self.incref(object);
        }
        self.owned.insert(inst.outs[1]);
        Ok(())
    }

    /// The class that is called has the version that the site knows: its `__init__`.
    pub(super) fn load_init(&mut self, class: Value, number: usize) -> Result<Callee, Refusal> {
        let (attempt, entry) = self.attempt(class, ExitReason::Type);
        let core = self.target(entry, attempt.stale).core;
        let function = self.entry_word(entry, 1);
        self.refill(&attempt, Id::fill_init, class, |g| {
            let unit = g.words().load(Slot::Unit);
            vec![unit, g.b.ins().iconst(I64, number as i64)]
        })?;
        Ok(Callee::Init {
            function,
            core,
            class,
        })
    }

    /// `__init__` has returned: the instance is the result. Where the interpreter ran it, it may have returned something.
    pub(super) fn define_instance(
        &mut self,
        inst: &Inst,
        object: Value,
        result: Value,
        abi: &Abi,
        depth: usize,
    ) {
        if abi.framed {
            let none = self.words().load(Slot::None);
            let good = self.b.ins().icmp(IntCC::Equal, result, none);
            let (bad, next) = (self.b.create_block(), self.b.create_block());
            self.b.set_cold_block(bad);
            self.b.ins().brif(good, next, &[], bad, &[]);
            self.b.switch_to_block(bad);
            self.words().call(Id::refuse_result, &[result]);
            let never = self.b.ins().iconst(I8, 0);
            self.raise_unless_with(never, depth, vec![object]);
            self.b.ins().jump(next, &[]);
            self.b.switch_to_block(next);
            self.ran();
        }
        self.vals.insert(inst.outs[0], object);
        self.owned.insert(inst.outs[0]);
    }
}
