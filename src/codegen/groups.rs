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
use pyaot_runtime::{GROUP, GROUP_ENTRIES, GROUP_HEAD, GROUP_SLOTS, GROUP_STORED};
use std::collections::BTreeMap;

/// Attributes of one object that the unit loads or stores in the same way.
#[derive(Clone, Debug)]
pub(super) struct Group {
    site: u16,
    /// Index into `co_names` of each.
    names: Vec<u32>,
    stored: bool,
}

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
    /// Offset in the slots of a word of a group's site.
    fn group_word(&mut self, group: &Group, word: u8) -> i32 {
        let entry = GROUP_HEAD + group.names.len() as u8;
        // All words lie in a row.
        for word in 0..entry * GROUP_ENTRIES {
            self.slots
                .offset(Slot::Group(group.site, word, word.is_multiple_of(entry)));
        }
        self.slots
            .offset(Slot::Group(group.site, word, word.is_multiple_of(entry)))
    }

    fn load_group_word(&mut self, group: &Group, word: u8) -> Value {
        let offset = self.group_word(group, word);
        let base = self.b.ins().symbol_value(I64, self.table);
        self.b.ins().load(I64, trusted(), base, offset)
    }

    /// Goes on where the object's type has the version of the site's current entry, and its values are in line; else to
    /// `other`.
    fn compare_group(&mut self, group: &Group, object: Value, kind: u8, other: Block) {
        let ty = self.b.ins().load(I64, trusted(), object, 8);
        let version = self.b.ins().uload32(trusted(), ty, at::TYPE_VERSION as i32);
        let wanted = self.load_group_word(group, 0);
        let same = self.b.ins().icmp(IntCC::Equal, version, wanted);
        self.words().guard(same, other);
        if kind == 0 && PY_3_13 {
            let flag = self.load_group_word(group, 1);
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

    /// Where the attribute's value is, if the object belongs to a group: compares the version unless that is known. The
    /// unit leaves where this is no such attribute.
    pub(super) fn group_place(&mut self, key: GroupKey, name: u32, object: Value) -> Option<Value> {
        let group = self.groups.get(&key)?.clone();
        let index = group.names.iter().position(|&n| n == name)?;
        let miss = self.exit(ExitReason::Type);
        if !self.memory.shapes.contains(&key) {
            let (again, fill) = (self.b.create_block(), self.b.create_block());
            self.b.set_cold_block(fill);
            self.b.ins().jump(again, &[]);
            self.b.switch_to_block(again);
            self.compare_group(&group, object, key.1, fill);
            let here = self.b.current_block()?;
            self.b.switch_to_block(fill);
            let offset = self.group_word(&group, 0);
            let base = self.b.ins().symbol_value(I64, self.table);
            let site = self.b.ins().iadd_imm_s(base, i64::from(offset));
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
                .call(Id::fill_group, &[site, object, names, how])?;
            self.b.ins().brif(filled, again, &[], miss, &[]);
            self.b.switch_to_block(here);
            self.memory.shapes.insert(key);
        }
        let offset = self.load_group_word(&group, GROUP_HEAD + index as u8);
        self.words().guard(offset, miss);
        let base = if key.1 == 0 && !PY_3_13 {
            // The offsets are those from the tagged pointer.
            self.b.ins().load(I64, trusted(), object, -24)
        } else {
            object
        };
        Some(self.b.ins().iadd(base, offset))
    }

    /// Offset from an object to the flag which says that its values are in line (3.13), for `group_place`'s object.
    pub(super) fn group_flag(&mut self, key: GroupKey) -> Option<Value> {
        let group = self.groups.get(&key)?.clone();
        Some(self.load_group_word(&group, 1))
    }

    /// Python code ran: goes to `exit` unless what was compared still holds. `alive` says which objects are there.
    pub(super) fn verify_shapes(&mut self, alive: impl Fn(hir::Value) -> bool, exit: Block) {
        let mut shapes = std::mem::take(&mut self.memory.shapes);
        shapes.retain(|&(v, _)| alive(v));
        for &key in &shapes {
            if let Some(group) = self.groups.get(&key).cloned() {
                let object = self.raw(key.0);
                self.compare_group(&group, object, key.1, exit);
            }
        }
        self.memory.shapes = shapes;
    }
}
