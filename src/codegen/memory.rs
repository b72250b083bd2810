//! What is known of lists and tuples between two places of a unit: how long they are, where their items lie, and what
//! some of the items are.
//!
//! A fact holds from where it was found out to the end of its block and on into a block that only this one leads to, as
//! long as nothing that may change a list comes between. Where the end of an object runs Python code, the facts are
//! tested again, and the unit leaves if one is no longer true.
//!
//! References that one store to an item takes and the next one drops cancel each other: they are counted here until an
//! instruction comes that could see them.

use super::groups::GroupKey;
use super::unit::{Gen, trusted};
use crate::hir::{self, How, Inst, Op, Ty};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I8, I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use pyaot_runtime::layout::offsets as at;
use pyaot_runtime::unit::{ExitReason, Slot, TypeTag};
use std::collections::{BTreeMap, BTreeSet};

/// A container, however often it is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Subject {
    Value(hir::Value),
    Global(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Index {
    Constant(i64),
    Value(hir::Value),
}

/// An item whose index is in range.
#[derive(Clone, Debug)]
struct Item {
    index: Index,
    place: Value,
    /// What the item is: its object, or the number that it is equal to.
    holds: Option<hir::Value>,
}

#[derive(Clone, Debug)]
struct Sequence {
    subject: Subject,
    tag: TypeTag,
    size: Value,
    /// Address of the items.
    items: Value,
    known: Vec<Item>,
}

/// The facts.
#[derive(Clone, Default, Debug)]
pub(super) struct Memory {
    sequences: Vec<Sequence>,
    /// Objects whose type's version is that of an entry of their site: see `groups`.
    pub shapes: BTreeMap<GroupKey, Value>,
}

impl Memory {
    fn find(&self, subject: Subject, tag: TypeTag) -> Option<usize> {
        self.sequences
            .iter()
            .position(|s| (s.subject, s.tag) == (subject, tag))
    }

    /// Lists may have changed.
    pub fn forget(&mut self) {
        self.sequences.clear();
    }

    /// Python code may have run, or another unit.
    pub fn forget_all(&mut self) {
        self.sequences.clear();
        self.shapes.clear();
    }
}

/// Place of an item, and what is known of it.
pub(super) struct Place {
    /// Its sequence and its number in [`Memory`].
    fact: (usize, usize),
    address: Value,
    /// What the item is.
    holds: Option<hir::Value>,
}

/// Changes no list but by an item store that says so here.
fn keeps(inst: &Inst) -> bool {
    match inst.op {
        Op::StoreSubscr { .. } => matches!(inst.how, How::Item(_)),
        _ => crate::passes::keeps_containers(inst),
    }
}

impl Gen<'_, '_> {
    fn subject(&self, container: hir::Value) -> Subject {
        match self.ty(container) {
            Ty::Global(key) => Subject::Global(key),
            _ => Subject::Value(container),
        }
    }

    fn index(&self, index: hir::Value) -> Index {
        match self.const_int(index) {
            Some(c) => Index::Constant(c),
            None => Index::Value(index),
        }
    }

    /// Before an instruction: what it may change is forgotten.
    pub(super) fn before_memory(&mut self, inst: &Inst) {
        if !self.counts.is_empty() && !self.is_exchange(inst) && !is_silent(inst) {
            self.settle_counts();
        }
        if !keeps(inst) {
            self.memory.forget();
        }
        if inst.how.calls() {
            self.memory.forget_all();
        }
    }

    fn known_item(&self, container: hir::Value, index: hir::Value, tag: TypeTag) -> Option<Place> {
        let sequence = self.memory.find(self.subject(container), tag)?;
        let index = self.index(index);
        let known = &self.memory.sequences[sequence].known;
        let item = known.iter().position(|item| item.index == index)?;
        Some(Place {
            fact: (sequence, item),
            address: known[item].place,
            holds: known[item].holds,
        })
    }

    /// Where an item of a list or tuple is; leaves if the index is out of range.
    pub(super) fn item_place(
        &mut self,
        container: hir::Value,
        index: hir::Value,
        tag: TypeTag,
    ) -> Place {
        if let Some(place) = self.known_item(container, index, tag) {
            return place;
        }
        let miss = self.exit(ExitReason::Type);
        let object = self.exact_object(container, tag, miss);
        let i = self.int(index, miss);
        let subject = self.subject(container);
        let found = self.memory.find(subject, tag);
        let size = match found {
            Some(sequence) => self.memory.sequences[sequence].size,
            None => {
                let offset = at::VAR_SIZE as i32;
                self.b.ins().load(I64, trusted(), object, offset)
            }
        };
        let i = match self.const_int(index) {
            Some(c) if c >= 0 => i,
            Some(_) => self.b.ins().iadd(i, size),
            None if self.not_negative(index) => i,
            None => {
                let below = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, i, 0);
                let zero = self.b.ins().iconst(I64, 0);
                let add = self.b.ins().select(below, size, zero);
                self.b.ins().iadd(i, add)
            }
        };
        let good = self.b.ins().icmp(IntCC::UnsignedLessThan, i, size);
        self.check(good, ExitReason::Bounds);
        let sequence = match found {
            Some(sequence) => sequence,
            None => {
                let items = if tag == TypeTag::List {
                    let offset = at::LIST_ITEMS as i32;
                    self.b.ins().load(I64, trusted(), object, offset)
                } else {
                    self.b.ins().iadd_imm_s(object, at::TUPLE_ITEMS as i64)
                };
                self.memory.sequences.push(Sequence {
                    subject,
                    tag,
                    size,
                    items,
                    known: Vec::new(),
                });
                self.memory.sequences.len() - 1
            }
        };
        let offset = self.b.ins().ishl_imm_u(i, 3);
        let items = self.memory.sequences[sequence].items;
        let address = self.b.ins().iadd(items, offset);
        let index = self.index(index);
        let known = &mut self.memory.sequences[sequence].known;
        known.push(Item {
            index,
            place: address,
            holds: None,
        });
        Place {
            fact: (sequence, known.len() - 1),
            address,
            holds: None,
        }
    }

    /// The item becomes the value `out`.
    pub(super) fn load_item(&mut self, out: hir::Value, place: &Place) {
        let held = place.holds.filter(|v| self.vals.contains_key(v));
        let same = held.filter(|&v| self.ty(v) == self.ty(out) && self.ty(out).is_raw());
        if let Some(v) = same {
            let value = self.raw(v);
            self.vals.insert(out, value);
            return;
        }
        let item = match held.filter(|&v| !self.ty(v).is_raw()) {
            Some(v) => {
                if let Some(&tag) = self.seen.types.get(&v) {
                    self.seen.types.insert(out, tag);
                }
                self.raw(v)
            }
            None => self.b.ins().load(I64, trusted(), place.address, 0),
        };
        let miss = self.exit(ExitReason::Type);
        self.define_loaded(out, item, false, miss);
        self.note_item(place, out);
    }

    /// The item is this value from here on.
    fn note_item(&mut self, place: &Place, v: hir::Value) {
        let (sequence, item) = place.fact;
        let plain = self.ty(v).is_raw() || matches!(self.ty(v), Ty::Object | Ty::Exact(_));
        let holds = (plain && self.vals.contains_key(&v)).then_some(v);
        if let Some(s) = self.memory.sequences.get_mut(sequence)
            && let Some(item) = s.known.get_mut(item)
        {
            item.holds = holds;
        }
    }

    /// Stores to an item of a list.
    pub(super) fn store_at(&mut self, place: &Place, value: hir::Value) {
        match place.holds {
            Some(old) if self.exchanges(old, value) => self.exchange(place.address, old, value),
            _ => {
                self.settle_counts();
                let old = self.b.ins().load(I64, trusted(), place.address, 0);
                self.store_item(place.address, old, value);
            }
        }
        self.stored_at(place, value);
    }

    /// What the store to an item says of the others: any of them may be the same, if its list may be.
    fn stored_at(&mut self, place: &Place, value: hir::Value) {
        let (sequence, item) = place.fact;
        let Some(index) = self
            .memory
            .sequences
            .get(sequence)
            .map(|s| s.known[item].index)
        else {
            return;
        };
        for (s, other) in self.memory.sequences.iter_mut().enumerate() {
            if other.tag == TypeTag::Tuple {
                continue;
            }
            for item in &mut other.known {
                let apart = s == sequence
                    && match (item.index, index) {
                        // Not both from the same end: 0 may be -3.
                        (Index::Constant(a), Index::Constant(b)) => a != b && (a < 0) == (b < 0),
                        _ => false,
                    };
                if !apart && item.holds != Some(value) {
                    item.holds = None;
                }
            }
        }
        self.note_item(place, value);
    }

    /// An item that is `old` can become `value` without a question: both are objects, and `old` stays alive.
    fn exchanges(&self, old: hir::Value, value: hir::Value) -> bool {
        let object = |v| {
            matches!(self.ty(v), Ty::Object | Ty::Exact(_))
                && !self.is_constant(v)
                && self.vals.contains_key(&v)
        };
        object(old) && object(value) && (self.is_alive(old) || self.count_of(old) > 0)
    }

    /// The frame, or this unit, has a reference of its own.
    fn is_alive(&self, v: hir::Value) -> bool {
        self.owned.contains(&v)
            || (self.written.is_empty() && self.f.state(self.state).locals.contains(&v))
    }

    /// The instruction stores an item in the place of another as [`Gen::exchange`] does.
    fn is_exchange(&self, inst: &Inst) -> bool {
        let Op::StoreSubscr {
            container,
            index,
            value,
        } = inst.op
        else {
            return false;
        };
        matches!(inst.how, How::Item(_))
            && self
                .known_item(container, index, TypeTag::List)
                .and_then(|place| place.holds)
                .is_some_and(|old| self.exchanges(old, value))
    }

    fn exchange(&mut self, address: Value, old: hir::Value, value: hir::Value) {
        let object = self.raw(value);
        self.b.ins().store(trusted(), object, address, 0);
        self.count(value, 1);
        self.count(old, -1);
    }

    // ---- references ----

    fn count_of(&self, v: hir::Value) -> i32 {
        let counted = self.counts.iter().find(|(counted, _)| *counted == v);
        counted.map_or(0, |&(_, n)| n)
    }

    /// References to be taken, or dropped where the object surely lives on.
    pub(super) fn count(&mut self, v: hir::Value, n: i32) {
        match self.counts.iter_mut().find(|(counted, _)| *counted == v) {
            Some((_, counted)) => *counted += n,
            None => self.counts.push((v, n)),
        }
    }

    /// Takes and drops the references that were counted. Nothing ends here: what is dropped was alive beside.
    pub(super) fn settle_counts(&mut self) {
        let mut counts = std::mem::take(&mut self.counts);
        counts.sort_by_key(|&(_, n)| -n);
        for (v, n) in counts {
            if n == 0 {
                continue;
            }
            let object = self.raw(v);
            let count = self.b.ins().load(I32, trusted(), object, 0);
            let more = self.b.ins().iadd_imm_s(count, i64::from(n));
            let mortal = self
                .b
                .ins()
                .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, count, 0);
            let (store, done) = (self.b.create_block(), self.b.create_block());
            self.b.ins().brif(mortal, store, &[], done, &[]);
            self.b.switch_to_block(store);
            self.b.ins().store(trusted(), more, object, 0);
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(done);
        }
    }

    // ---- Python code ran ----

    /// Goes to `exit` unless the facts still hold; those whose container may be gone are forgotten.
    pub(super) fn verify_memory(&mut self, locals: &[hir::Value], exit: Block) {
        let kept: BTreeSet<hir::Value> = self.owned.union(&self.statics).copied().collect();
        let alive = |v| locals.contains(&v) || kept.contains(&v);
        self.verify_shapes(alive, exit);
        let mut sequences = std::mem::take(&mut self.memory.sequences);
        sequences.retain(|s| match s.subject {
            Subject::Global(_) => true,
            Subject::Value(v) => alive(v),
        });
        // Another object may lie where one that is gone was.
        for item in sequences.iter_mut().flat_map(|s| &mut s.known) {
            item.holds = item.holds.filter(|&v| self.ty(v).is_raw() || alive(v));
        }
        for s in sequences.iter().filter(|s| s.tag == TypeTag::List) {
            let container = match s.subject {
                Subject::Value(v) => self.raw(v),
                Subject::Global(key) => {
                    let slot = Slot::Global(key);
                    self.words().load(slot)
                }
            };
            for (offset, known) in [(at::VAR_SIZE, s.size), (at::LIST_ITEMS, s.items)] {
                let found = self.b.ins().load(I64, trusted(), container, offset as i32);
                let same = self.b.ins().icmp(IntCC::Equal, found, known);
                self.words().guard(same, exit);
            }
            for item in &s.known {
                let Some(v) = item.holds else {
                    continue;
                };
                // The number of an item may have changed in place.
                let same = if self.ty(v).is_raw() {
                    self.b.ins().iconst(I8, 0)
                } else {
                    let (found, known) = (
                        self.b.ins().load(I64, trusted(), item.place, 0),
                        self.raw(v),
                    );
                    self.b.ins().icmp(IntCC::Equal, found, known)
                };
                self.words().guard(same, exit);
            }
        }
        self.memory.sequences = sequences;
    }
}

/// Generates nothing that could see a reference count.
fn is_silent(inst: &Inst) -> bool {
    inst.how == How::Nothing && matches!(inst.op, Op::Const(_) | Op::Null | Op::None)
}
