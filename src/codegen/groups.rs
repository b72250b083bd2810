//! Several attributes of one object: its type's version is compared once, and each access after that is a load of the
//! attribute's offset and of the value.
//!
//! What was compared holds until Python code may have run, or another unit (which may be this one again, with an object of
//! another class, and so with other offsets in the same site): to the end of the block and on into blocks that only this
//! one leads to. Where the end of an object runs Python code, it is compared again.

use super::unit::{Gen, trusted};
use crate::hir::{self, Gen as Kind, How, Inst, Op};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::layout::{PY_3_13, offsets as at};
use pyaot_runtime::unit::{ExitReason, Slot};
use pyaot_runtime::{ENTRIES, GROUP, GROUP_HEAD, GROUP_SLOTS, GROUP_STORED};
use std::collections::BTreeMap;

/// Attributes of one object that the unit loads or stores in the same way.
#[derive(Clone, Debug)]
pub(super) struct Group {
    site: u16,
    /// Index into `co_names` of each.
    names: Vec<u32>,
    stored: bool,
}

impl Group {
    fn entry_words(&self) -> u8 {
        GROUP_HEAD + self.names.len() as u8
    }
}

/// Word of an entry: (3.13) the offset from an object to the flag which says that its values are in line.
pub(super) const GROUP_FLAG: u8 = 1;

/// An object, and whether its attributes are values (0) or members of `__slots__` (1).
pub(super) type GroupKey = (hir::Value, u8);

/// The attribute that an instruction accesses in its instance.
fn access(inst: &Inst) -> Option<(GroupKey, u32, bool)> {
    match (&inst.op, inst.how) {
        (Op::Generic(Kind::LoadAttr(name), args), How::Field(kind)) => {
            Some(((args[0], kind), *name, false))
        }
        (Op::Generic(Kind::StoreAttr(name), args), How::Field(kind)) => {
            Some(((args[1], kind), *name, true))
        }
        _ => None,
    }
}

/// The objects of which more than one attribute is accessed.
pub(super) fn find(f: &hir::Function) -> BTreeMap<GroupKey, Group> {
    let mut groups: BTreeMap<GroupKey, (Group, usize)> = BTreeMap::new();
    for inst in f.blocks.iter().flat_map(|b| &b.insts) {
        let Some((key, name, stored)) = access(inst) else {
            continue;
        };
        let site = groups.len() as u16;
        let (group, uses) = groups.entry(key).or_insert_with(|| {
            let names = Vec::new();
            let stored = false;
            (
                Group {
                    site,
                    names,
                    stored,
                },
                0,
            )
        });
        *uses += 1;
        group.stored |= stored;
        if !group.names.contains(&name) {
            group.names.push(name);
        }
    }
    groups.retain(|_, (group, uses)| *uses > 1 && group.names.len() <= GROUP);
    groups
        .into_iter()
        .map(|(key, (group, _))| (key, group))
        .collect()
}

impl Gen<'_, '_> {
    /// Address of a group's site: its first entry.
    fn group_address(&mut self, group: &Group) -> Value {
        let entry = group.entry_words();
        // All words lie in a row.
        let words = 0..entry * ENTRIES;
        let offsets = words.map(|word| {
            let slot = Slot::Group(group.site, word, word.is_multiple_of(entry));
            self.slots.offset(slot)
        });
        let first = offsets.min().unwrap_or_default();
        let base = self.b.ins().symbol_value(I64, self.table);
        self.b.ins().iadd_imm_s(base, i64::from(first))
    }

    /// Version tag of the object's type.
    pub(super) fn type_version(&mut self, object: Value) -> Value {
        let ty = self.b.ins().load(I64, trusted(), object, 8);
        self.b.ins().uload32(trusted(), ty, at::TYPE_VERSION as i32)
    }

    /// Goes on where the object's values are in line, as the entry of its type says; else to `other`.
    fn check_in_line(&mut self, entry: Value, object: Value, kind: u8, other: Block) {
        if kind == 0 && PY_3_13 {
            let flag = self.entry_word(entry, GROUP_FLAG);
            let place = self.b.ins().iadd(object, flag);
            let valid = self.b.ins().load(I8, trusted(), place, 0);
            self.words().guard(valid, other);
        } else if kind == 0 {
            // A tagged pointer to the values, or a dict.
            let word = self.b.ins().load(I64, trusted(), object, -24);
            let tag = self.b.ins().band_imm_u(word, 1);
            self.words().guard(tag, other);
        }
    }

    /// Where the attribute's value is, if the object belongs to a group, and the entry of its type: compares the version
    /// unless that is known. The unit leaves where this is no such attribute.
    pub(super) fn group_place(
        &mut self,
        key: GroupKey,
        name: u32,
        object: Value,
    ) -> Option<(Value, Value)> {
        let group = self.groups.get(&key)?.clone();
        let index = group.names.iter().position(|&n| n == name)?;
        let miss = self.exit(ExitReason::Type);
        if !self.memory.shapes.contains_key(&key) {
            let [found, fill] = [(); 2].map(|()| self.b.create_block());
            self.b.set_cold_block(fill);
            let version = self.type_version(object);
            let first = self.group_address(&group);
            let entry = self.entry_with(version, first, found, fill);
            // An entry says nothing but what its type's version does.
            self.check_in_line(entry, object, key.1, miss);
            let here = self.b.current_block()?;
            self.b.switch_to_block(fill);
            self.other_entries(version, first, group.entry_words(), found);
            let names: Vec<Value> = group
                .names
                .iter()
                .map(|&name| self.words().load(Slot::Name(name as u16)))
                .collect();
            let (names, _) = self.array(&names);
            let how = group.names.len() as i64
                + if group.stored { GROUP_STORED } else { 0 }
                + if key.1 == 1 { GROUP_SLOTS } else { 0 };
            let how = self.b.ins().iconst(I64, how);
            let filled = self
                .words()
                .call(Id::fill_group, &[first, object, names, how])?;
            self.b
                .ins()
                .brif(filled, found, &[filled.into()], miss, &[]);
            self.b.switch_to_block(here);
            self.memory.shapes.insert(key, entry);
        }
        let entry = *self.memory.shapes.get(&key)?;
        let offset = self.entry_word(entry, GROUP_HEAD + index as u8);
        // What instances share may get the attribute later: the entry is not to last.
        let [known, unknown] = [(); 2].map(|()| self.b.create_block());
        self.b.set_cold_block(unknown);
        self.b.ins().brif(offset, known, &[], unknown, &[]);
        self.b.switch_to_block(unknown);
        self.forget_entry(entry);
        self.b.ins().jump(miss, &[]);
        self.b.switch_to_block(known);
        let base = if key.1 == 0 && !PY_3_13 {
            // The offsets are those from the tagged pointer.
            self.b.ins().load(I64, trusted(), object, -24)
        } else {
            object
        };
        Some((self.b.ins().iadd(base, offset), entry))
    }

    /// Python code ran: goes to `exit` unless what was compared still holds. `alive` says which objects are there.
    pub(super) fn verify_shapes(&mut self, alive: impl Fn(hir::Value) -> bool, exit: Block) {
        let mut shapes = std::mem::take(&mut self.memory.shapes);
        shapes.retain(|&(v, _), _| alive(v));
        for (&(v, kind), &entry) in &shapes {
            let object = self.raw(v);
            let version = self.type_version(object);
            let wanted = self.entry_word(entry, 0);
            let same = self.b.ins().icmp(IntCC::Equal, version, wanted);
            self.words().guard(same, exit);
            self.check_in_line(entry, object, kind, exit);
        }
        self.memory.shapes = shapes;
    }
}
