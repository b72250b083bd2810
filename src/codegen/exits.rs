//! Side exits: what they store for the runtime, and their code.
//!
//! An exit writes its number and the values of its frame state into the exit buffer, in which each slot of the frame has
//! words of its own. So what many exits write is the same, and they share it: their code is a tree, with the call into the
//! runtime at its root, the values that most exits write next to it, and those of one exit alone in its own block. Each
//! value is defined at all exits below a block that writes it, so it is defined there. Exits are most of a unit's code:
//! written out one by one they take twice the time to compile, and twice the room.

use super::ranges::RangeIter;
use super::unit::{EdgeState, Gen, clif_type, trusted};
use crate::hir::{self, Ty};
use cranelift_codegen::ir::types::{F64, I8, I64};
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value};
use pyaot_runtime::helpers::Id;
use pyaot_runtime::unit::{ExitDesc, ExitKind, ExitReason, Slot, Source, status};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// What an exit stores for the runtime.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stored {
    /// Whether the local slot is bound.
    Bound(u32),
    /// A watched global: loaded by the exit, so that no register keeps it.
    Global(u32),
    Value(Value),
}

/// What a word of the exit buffer is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    Local(usize),
    Bound(usize),
    Stack(usize),
    /// Of a range's iterator on the stack: the next number, the end, the step.
    Iterator(usize, usize),
    Name(usize),
    /// The function whose call left.
    Called,
    /// A reference to drop first.
    Dead(usize),
}

/// A function that is called directly.
#[derive(Clone, Copy)]
pub(super) enum Called {
    Global(u32),
    Object(Value),
}

/// A side exit whose code is emitted at the end.
struct Deferred {
    block: Block,
    stores: Stores,
}

/// Words that an exit writes, each once.
type Stores = Vec<(Stored, u16)>;

/// The side exits of a unit.
#[derive(Default)]
pub(super) struct Exits {
    all: Vec<ExitDesc>,
    deferred: Vec<Deferred>,
    /// Those of the current instruction.
    pub cached: HashMap<(ExitReason, ExitKind), Block>,
    /// Where each word lies in the buffer, after the exit's number.
    words: BTreeMap<Word, u16>,
}

impl Exits {
    /// Index of what the exit stores for `word`, or has stored already.
    fn put(&mut self, stores: &mut Stores, word: Word, what: Stored) -> u16 {
        if let Some(&(_, index)) = stores.iter().find(|(stored, _)| *stored == what) {
            return index;
        }
        let index = self.place(word);
        stores.push((what, index));
        index
    }

    /// Where a word lies in the buffer.
    fn place(&mut self, word: Word) -> u16 {
        let next = self.words.len() as u16 + 1;
        *self.words.entry(word).or_insert(next)
    }

    /// Another word of the newest exit.
    fn put_last(&mut self, word: Word, what: Stored) -> Option<(&mut ExitDesc, u16)> {
        let index = self.place(word);
        self.deferred.last_mut()?.stores.push((what, index));
        Some((self.all.last_mut()?, index))
    }
}

/// An exit on its way to the root: what it writes, the commonest first.
struct Path {
    stores: Stores,
    block: Block,
    id: usize,
}

/// Common words are worth a block of their own from so many stores saved.
const WORTH: usize = 3;

impl Gen<'_, '_> {
    /// Exit at the current instruction, before it has done anything.
    pub fn exit(&mut self, reason: ExitReason) -> Block {
        if let Some(&block) = self.exits.cached.get(&(reason, ExitKind::Resume)) {
            return block;
        }
        let state = self.here();
        let block = self.exit_at(&state, reason, ExitKind::Resume, Vec::new());
        self.exits.cached.insert((reason, ExitKind::Resume), block);
        block
    }

    /// Exit with this frame state. References in `extra` are dropped first.
    pub fn exit_at(
        &mut self,
        s: &EdgeState,
        reason: ExitReason,
        kind: ExitKind,
        mut extra: Vec<Value>,
    ) -> Block {
        let mut stores = Stores::new();
        let mut desc = ExitDesc {
            kind,
            reason,
            resume: s.resume,
            at: s.at,
            done: self.done,
            locals: Vec::new(),
            stack: Vec::new(),
            names: Vec::new(),
            called: None,
            dead: Vec::new(),
        };
        for (slot, &v) in s.locals.iter().enumerate() {
            if self.frame.is_some() && self.is_home(slot as u32, v) {
                continue;
            }
            let source = match self.ty(v) {
                Ty::Perhaps(repr) => {
                    let value = Stored::Value(self.raw(v));
                    let bound = Stored::Bound(slot as u32);
                    Source::Perhaps {
                        value: self.exits.put(&mut stores, Word::Local(slot), value),
                        bound: self.exits.put(&mut stores, Word::Bound(slot), bound),
                        repr,
                    }
                }
                _ => self.source(v, true, Word::Local(slot), &mut stores),
            };
            desc.locals
                .push((slot as u16, source, self.frame.is_some()));
        }
        let mut left = self.owned.clone();
        for (depth, &v) in s.stack.iter().enumerate() {
            if let Some(&iter) = self.iterators.get(&v) {
                let source = self.iterator_source(iter, depth, &mut stores);
                desc.stack.push(source);
                continue;
            }
            let home = self.is_loop() && self.entry_stack.get(depth) == Some(&v);
            let owns = left.remove(&v);
            desc.stack.push(if home {
                Source::Home
            } else {
                self.source(v, owns, Word::Stack(depth), &mut stores)
            });
        }
        let others = left.iter().chain(&self.pending);
        extra.extend(others.filter_map(|v| self.vals.get(v).copied()));
        for (i, &object) in extra.iter().enumerate() {
            let index = self.exits.place(Word::Dead(i));
            stores.push((Stored::Value(object), index));
            desc.dead.push(index);
        }
        for (slot, &v) in s.names.iter().enumerate() {
            if self.entry_names.get(slot) != Some(&v) {
                let source = self.source(v, false, Word::Name(slot), &mut stores);
                desc.names.push((self.f.names[slot] as u16, source));
            }
        }
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        self.exits.all.push(desc);
        self.exits.deferred.push(Deferred { block, stores });
        block
    }

    /// The newest exit is taken because the call of this function left.
    pub fn called(&mut self, called: Called) {
        let stored = match called {
            Called::Global(key) => Stored::Global(key),
            Called::Object(function) => Stored::Value(function),
        };
        if let Some((desc, index)) = self.exits.put_last(Word::Called, stored) {
            desc.called = Some(index);
        }
    }

    /// Exit with an owned object on top of the stack, as the result of the instruction that was done last.
    pub fn exit_with(
        &mut self,
        s: &EdgeState,
        reason: ExitReason,
        kind: ExitKind,
        object: Value,
        extra: Vec<Value>,
    ) -> Block {
        let block = self.exit_at(s, reason, kind, extra);
        let top = Word::Stack(s.stack.len());
        if let Some((desc, index)) = self.exits.put_last(top, Stored::Value(object)) {
            desc.done = Some(s.at);
            desc.stack.push(Source::Owned(index));
        }
        block
    }

    fn source(&mut self, v: hir::Value, owns: bool, word: Word, stores: &mut Stores) -> Source {
        let ty = self.ty(v);
        match ty {
            Ty::Null | Ty::Bottom => return Source::Null,
            Ty::None => return Source::None,
            _ => {}
        }
        // A constant held by a local slot owns its reference there like any object.
        if let Some(&i) = self.constants.get(&v)
            && (ty.is_raw() || !owns)
        {
            return Source::Const(i as u16);
        }
        let stored = match (ty, self.vals.get(&v)) {
            (Ty::Global(name), _) => Stored::Global(name),
            (_, Some(&value)) => Stored::Value(value),
            (_, None) => return Source::Null,
        };
        let index = self.exits.put(stores, word, stored);
        match ty {
            Ty::Int => Source::Int(index),
            Ty::Float => Source::Float(index),
            Ty::Bool => Source::Bool(index),
            _ if owns => Source::Owned(index),
            _ => Source::Borrowed(index),
        }
    }

    /// How an exit makes a virtual iterator's object.
    fn iterator_source(&mut self, iter: RangeIter, depth: usize, stores: &mut Stores) -> Source {
        let mut index = [0; 3];
        for (i, part) in self.iterator_parts(iter).into_iter().enumerate() {
            let word = Word::Iterator(depth, i);
            index[i] = self.exits.put(stores, word, Stored::Value(part));
        }
        Source::RangeIter(index)
    }

    /// Emits the code of all exits; their descriptions.
    pub fn emit_exits(&mut self) -> Vec<ExitDesc> {
        let Exits {
            all,
            deferred,
            words,
            ..
        } = std::mem::take(&mut self.exits);
        if all.is_empty() {
            return all;
        }
        self.reserve_buffer(words.len() + 1);
        let mut paths: Vec<Path> = Vec::new();
        let mut frequency: HashMap<(Stored, u16), usize> = HashMap::new();
        for (id, Deferred { block, mut stores }) in deferred.into_iter().enumerate() {
            for (stored, _) in &mut stores {
                if let Stored::Value(v) = stored {
                    *v = self.b.func.dfg.resolve_aliases(*v);
                }
            }
            for &store in &stores {
                *frequency.entry(store).or_default() += 1;
            }
            paths.push(Path { stores, block, id });
        }
        for path in &mut paths {
            path.stores
                .sort_unstable_by_key(|store| (Reverse(frequency[store]), *store));
        }
        paths.sort_by(|a, b| {
            let key = |&store: &(Stored, u16)| (Reverse(frequency[&store]), store);
            a.stores.iter().map(key).cmp(b.stores.iter().map(key))
        });
        let root = self.b.create_block();
        self.b.set_cold_block(root);
        self.b.switch_to_block(root);
        self.leave();
        self.write(&paths, root, 0, 0);
        all
    }

    /// Emits the blocks of these exits, which have their first `common` stores in common, up to the block `to`, which does
    /// the first `done` ones.
    fn write(&mut self, paths: &[Path], mut to: Block, mut done: usize, common: usize) {
        let [first, .., last] = paths else {
            // A single one has nothing to share.
            for path in paths {
                self.write_exit(path, to, done);
            }
            return;
        };
        // They are in order, so what the first and the last have in common all have.
        let same = first.stores.iter().zip(&last.stores).skip(common);
        let common = common + same.take_while(|(a, b)| a == b).count();
        if (common - done) * (paths.len() - 1) >= WORTH {
            let block = self.b.create_block();
            self.b.set_cold_block(block);
            self.b.switch_to_block(block);
            self.store_words(&first.stores[done..common]);
            self.b.ins().jump(to, &[]);
            (to, done) = (block, common);
        }
        for group in paths.chunk_by(|a, b| a.stores.get(common) == b.stores.get(common)) {
            match group {
                [path, ..] if path.stores.len() == common => {
                    for path in group {
                        self.write_exit(path, to, done);
                    }
                }
                _ => self.write(group, to, done, common),
            }
        }
    }

    fn write_exit(&mut self, path: &Path, to: Block, done: usize) {
        self.b.switch_to_block(path.block);
        self.store_words(&path.stores[done..]);
        let id = self.b.ins().iconst(I64, path.id as i64);
        self.b.ins().stack_store(I64, id, self.buffer, 0);
        self.b.ins().jump(to, &[]);
    }

    fn store_words(&mut self, stores: &[(Stored, u16)]) {
        // The hot code need not keep a base for the exits.
        self.table = self.other_base();
        let buffer = self.b.ins().stack_addr(I64, self.buffer, 0);
        for &(stored, index) in stores {
            let value = match stored {
                Stored::Value(value) => value,
                Stored::Global(name) => self.words().load(Slot::Global(name)),
                Stored::Bound(slot) => {
                    let byte = self.b.ins().stack_load(I64, I8, self.bound, slot as i32);
                    self.b.ins().uextend(I64, byte)
                }
            };
            let place = i32::from(index) * 8;
            self.b.ins().store(trusted(), value, buffer, place);
        }
    }

    /// Leaves by the exit whose number and words are in the buffer.
    fn leave(&mut self) {
        self.table = self.other_base();
        let buffer = self.b.ins().stack_addr(I64, self.buffer, 0);
        let unit = self.words().load(Slot::Unit);
        match (self.frame, self.abi) {
            (Some(frame), Some(_)) => {
                self.restore_depth();
                let thread = self.thread;
                let result = self
                    .words()
                    .call(Id::leave_call, &[unit, buffer, frame, thread]);
                let tail = self.tail_block();
                let result: Vec<BlockArg> = result.into_iter().map(BlockArg::Value).collect();
                self.b.ins().jump(tail, &result);
            }
            (Some(frame), None) => {
                let thread = self.thread;
                let outcome = self
                    .words()
                    .call(Id::leave_framed, &[unit, buffer, frame, thread]);
                self.b
                    .ins()
                    .return_(&outcome.into_iter().collect::<Vec<_>>());
            }
            (None, Some(abi)) => {
                let outcome = self.words().call(Id::leave_frameless, &[unit, buffer]);
                let outcome = outcome.unwrap_or(unit);
                // Any value is a result that nobody looks at.
                let none = match clif_type(abi.result) {
                    F64 => self.b.ins().f64const(0.0),
                    _ => outcome,
                };
                self.b.ins().return_(&[none, outcome]);
            }
            (None, None) => {
                let left = self.b.ins().iconst(I64, status::LEFT as i64);
                self.b.ins().return_(&[left]);
            }
        }
    }

    /// The buffer has at least so many words.
    pub fn reserve_buffer(&mut self, words: usize) {
        let size = &mut self.b.func.sized_stack_slots[self.buffer].size;
        *size = (*size).max(words as u32 * 8);
    }
}
