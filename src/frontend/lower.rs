//! Bytecode -> generic HIR, by abstract interpretation of CPython's value stack.
//!
//! Each bytecode instruction gets a `FrameState`, so that every guard knows where the interpreter goes on. A block
//! with several predecessors gets a parameter for each slot in which they differ; a loop header for each slot that the
//! loop assigns. What is not lowered becomes `Term::Exit`: the interpreter does it and whatever follows.

use super::cfg::{self, Cfg};
use super::{Refusal, handlers};
use crate::hir::*;
use pyaot_runtime::code::{CodeInfo, Handler, Instr};
use pyaot_runtime::unit::ExitReason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where a unit is entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// The function's first instruction.
    Call,
    /// A loop header (code unit) of a running frame, with this depth of the value stack. `bound` says which slots of
    /// localsplus held something; `names` are the names (index into `co_names`) kept in registers.
    Loop {
        header: u32,
        depth: u32,
        bound: Vec<bool>,
        names: Vec<u32>,
    },
}

impl Entry {
    /// The same loop with no names in registers; none for a call.
    pub fn without_names(&self) -> Option<Entry> {
        let mut entry = self.clone();
        match &mut entry {
            Entry::Call => return None,
            Entry::Loop { names, .. } => names.clear(),
        }
        Some(entry)
    }
}

/// Larger units are refused: compile time grows faster than size.
const MAX_INSTRUCTIONS: usize = 3000;

struct Lowerer<'a> {
    code: &'a CodeInfo,
    cfg: &'a Cfg,
    f: Function,
    /// Frame slots at the end of each block that was lowered, and the edges that wait for parameters.
    ends: Vec<Option<Slots>>,
    /// Code that has not run is left to the interpreter.
    prune: bool,
    only: Option<BTreeSet<usize>>,
}

#[derive(Clone, Debug)]
struct Slots {
    locals: Vec<Value>,
    stack: Vec<Value>,
    names: Vec<Value>,
}

/// Lowers the unit entered at `entry`. With `prune`, instructions that never ran become exits.
pub fn lower(code: &CodeInfo, entry: &Entry, prune: bool) -> Result<Function, Refusal> {
    if code.flags & (0x20 | 0x80 | 0x200) != 0 && matches!(entry, Entry::Call) {
        return Err(Refusal::Generator);
    }
    let start = match entry {
        Entry::Call => 0,
        Entry::Loop { header, .. } => *cfg::index_of(code).get(header).ok_or(Refusal::BadJump)?,
    };
    let cfg = handlers::build(code, entry, start, prune)?;
    if cfg.blocks.iter().map(|b| b.end - b.first).sum::<usize>() > MAX_INSTRUCTIONS {
        return Err(Refusal::TooLarge);
    }
    let only = match entry {
        Entry::Call => None,
        Entry::Loop { .. } => {
            if !cfg.blocks[0].header {
                return Err(Refusal::Irreducible);
            }
            Some(cfg.blocks[0].body.clone())
        }
    };
    let names = match entry {
        Entry::Call => Vec::new(),
        Entry::Loop { names, .. } => names.clone(),
    };
    let mut lowerer = Lowerer {
        code,
        cfg: &cfg,
        f: Function {
            qualname: code.qualname.clone(),
            blocks: Vec::new(),
            types: Vec::new(),
            states: Vec::new(),
            names,
            nlocalsplus: code.nlocalsplus,
        },
        ends: vec![None; cfg.blocks.len()],
        prune,
        only,
    };
    lowerer.run(entry, start)?;
    Ok(lowerer.f)
}

impl Lowerer<'_> {
    fn state(&mut self, instr: Option<&Instr>, slots: &Slots) -> StateId {
        let (resume, at) = instr.map_or((0, 0), |i| (i.start, i.at));
        self.f.states.push(FrameState {
            resume,
            at,
            locals: slots.locals.clone(),
            stack: slots.stack.clone(),
            names: slots.names.clone(),
        });
        StateId(self.f.states.len() as u32 - 1)
    }

    fn run(&mut self, entry: &Entry, start: usize) -> Result<(), Refusal> {
        // HIR block 0 reads the entry's slots and jumps to the first bytecode block, which is HIR block 1.
        for _ in 0..=self.cfg.blocks.len() {
            self.f.blocks.push(Block {
                params: Vec::new(),
                insts: Vec::new(),
                term: Term::None,
                term_state: StateId(0),
                entry_state: StateId(0),
                term_origin: start as u32,
                loop_header: false,
                catch: None,
            });
        }
        let first = &self.code.instrs[start];
        let mut slots = Slots {
            locals: Vec::new(),
            stack: Vec::new(),
            names: Vec::new(),
        };
        // The states of the entry block are those of the unit's first instruction; nothing in it can exit.
        let mut entry_ops = Vec::new();
        for slot in 0..self.code.nlocalsplus {
            let v = self.f.value();
            let bound = match entry {
                Entry::Call => slot < self.code.parameters(),
                Entry::Loop { bound, .. } => bound.get(slot as usize).copied().unwrap_or(false),
            };
            entry_ops.push((
                if bound {
                    Op::EntryLocal(slot)
                } else {
                    Op::Null
                },
                v,
            ));
            slots.locals.push(v);
        }
        if let Entry::Loop { depth, .. } = entry {
            for slot in 0..*depth {
                let v = self.f.value();
                entry_ops.push((Op::EntryStack(slot), v));
                slots.stack.push(v);
            }
            for slot in 0..self.f.names.len() as u32 {
                let v = self.f.value();
                entry_ops.push((Op::EntryName(slot), v));
                slots.names.push(v);
            }
        }
        let state = self.state(Some(first), &slots);
        for (op, v) in entry_ops {
            self.f.blocks[0].insts.push(Inst {
                op,
                outs: vec![v],
                state,
                origin: start as u32,
                how: How::Generic,
            });
        }
        self.f.blocks[0].entry_state = state;
        self.f.blocks[0].term_state = state;
        self.f.blocks[0].term = Term::Jump(Edge {
            to: BlockId(1),
            args: Vec::new(),
        });
        for b in 0..self.cfg.blocks.len() {
            if let Some(only) = &self.only
                && !only.contains(&b)
            {
                self.outside(b, if b == 0 { Some(&slots) } else { None });
                continue;
            }
            self.block(b, if b == 0 { Some(&slots) } else { None })?;
        }
        for b in 0..self.f.blocks.len() {
            if self.f.raising_states(b).is_empty() {
                self.f.blocks[b].catch = None;
            }
        }
        // Back-edges: the headers' parameters are known now.
        for b in 0..self.cfg.blocks.len() {
            let Some(end) = self.ends[b].clone() else {
                continue;
            };
            let mut term = std::mem::replace(&mut self.f.blocks[b + 1].term, Term::None);
            for edge in term.edges_mut() {
                if edge.to.0 as usize <= b + 1 && edge.args.is_empty() {
                    let params: Vec<Place> = self
                        .f
                        .block(edge.to)
                        .params
                        .iter()
                        .map(|p| p.place)
                        .collect();
                    edge.args = params.iter().map(|&p| at(&end, p)).collect();
                }
            }
            self.f.blocks[b + 1].term = term;
        }
        Ok(())
    }

    /// Merges what the exceptions of a handler's predecessors leave. As [`Lowerer::merge`]; what a predecessor defines
    /// comes in a parameter.
    fn merge_caught(&mut self, b: usize, handler: Handler) -> Result<Option<Slots>, Refusal> {
        let depth = handler.depth as usize;
        let mut incoming: Vec<Slots> = Vec::new();
        let mut defined = BTreeSet::new();
        for &p in &self.cfg.blocks[b].predecessors {
            let insts = self.f.blocks[p + 1].insts.iter();
            defined.extend(insts.flat_map(|i| i.outs.iter().copied()));
            for id in self.f.raising_states(p + 1) {
                let state = self.f.state(id);
                if state.stack.len() < depth {
                    return Err(Refusal::Stack);
                }
                incoming.push(Slots {
                    locals: state.locals.clone(),
                    stack: state.stack[..depth].to_vec(),
                    names: state.names.clone(),
                });
            }
        }
        let Some(first) = incoming.first().cloned() else {
            return Ok(None);
        };
        let mut slots = first.clone();
        let mut params = Vec::new();
        for place in places(&first) {
            let one = at(&first, place);
            if defined.contains(&one) || incoming.iter().any(|s| at(s, place) != one) {
                let value = self.f.value();
                params.push(Param { value, place });
                put(&mut slots, place, value);
            }
        }
        for _ in 0..=u32::from(handler.lasti) {
            let value = self.f.value();
            let place = Place::Stack(slots.stack.len() as u32);
            params.push(Param { value, place });
            slots.stack.push(value);
        }
        self.f.blocks[b + 1].params = params;
        Ok(Some(slots))
    }

    /// Merges what the predecessors leave: parameters where they differ. None: no predecessor reaches the block.
    fn merge(&mut self, b: usize, entry: Option<&Slots>) -> Result<Option<Slots>, Refusal> {
        let catches = self.cfg.blocks.iter().filter_map(|block| block.catch);
        if let Some((_, handler)) = catches.into_iter().find(|(to, _)| *to == b) {
            return self.merge_caught(b, handler);
        }
        let block = &self.cfg.blocks[b];
        let id = BlockId(b as u32 + 1);
        let mut incoming: Vec<(usize, Slots)> = Vec::new();
        if let Some(slots) = entry {
            incoming.push((0, slots.clone()));
        }
        for &p in &block.predecessors {
            if p >= b {
                continue;
            }
            // A predecessor may have ended in an exit before its jump.
            if let Some(end) = &self.ends[p]
                && let Some(edge) = self.f.blocks[p + 1]
                    .term
                    .edges()
                    .into_iter()
                    .find(|e| e.to == id)
            {
                let mut slots = end.clone();
                if let Term::ForIter {
                    item, body, done, ..
                } = &self.f.blocks[p + 1].term
                {
                    if body.to == id && std::ptr::eq(body, edge) {
                        slots.stack.push(*item);
                    } else if done.to == id {
                        slots.stack.pop();
                    }
                }
                incoming.push((p + 1, slots));
            }
        }
        let Some((_, first)) = incoming.first().cloned() else {
            return Ok(None);
        };
        if incoming
            .iter()
            .any(|(_, s)| s.stack.len() != first.stack.len())
        {
            return Err(Refusal::Stack);
        }
        let mut assigned_locals = BTreeSet::new();
        let mut assigned_names = BTreeSet::new();
        if block.header {
            for &member in &block.body {
                let m = &self.cfg.blocks[member];
                for instr in &self.code.instrs[m.first..m.end] {
                    assigned(instr, &mut assigned_locals);
                    if matches!(instr.op, "STORE_NAME" | "DELETE_NAME")
                        && let Some(slot) = self.f.names.iter().position(|&n| n == instr.arg)
                    {
                        assigned_names.insert(slot as u32);
                    }
                }
            }
        }
        // A unit entered in an inner loop sees the loops around it rotated: they make new iterators on the way round.
        let rotated = block.header
            && block
                .body
                .iter()
                .any(|&m| self.cfg.blocks[m].first < block.first);
        let handled = self.handled_before(b);
        let mut slots = first.clone();
        let mut params = Vec::new();
        for place in places(&first) {
            let differs = incoming
                .iter()
                .any(|(_, s)| at(s, place) != at(&first, place));
            let in_loop = match place {
                Place::Local(i) => assigned_locals.contains(&i),
                Place::Name(i) => assigned_names.contains(&i),
                Place::Stack(_) => rotated,
            };
            let of_handler = matches!(place, Place::Local(_))
                && handled.is_some_and(|handler| at(&first, place) >= handler);
            if differs || in_loop || of_handler {
                let value = self.f.value();
                params.push(Param { value, place });
                put(&mut slots, place, value);
            }
        }
        for (p, s) in &incoming {
            let args: Vec<Value> = params.iter().map(|param| at(s, param.place)).collect();
            for edge in self.f.blocks[*p].term.edges_mut() {
                if edge.to == id {
                    edge.args = args.clone();
                }
            }
        }
        self.f.blocks[b + 1].params = params;
        self.f.blocks[b + 1].loop_header = block.header;
        Ok(Some(slots))
    }

    /// The block comes right after a handler that has let go of its exception: the first value that the handler defines.
    /// Such values pass as parameters, so that there can be another way to the block (`codegen::light`).
    fn handled_before(&self, b: usize) -> Option<Value> {
        let only = |b: usize| match self.cfg.blocks[b].predecessors[..] {
            [p] if p < b => Some(p),
            _ => None,
        };
        let mut block = only(b)?;
        if self.code.instrs[self.cfg.blocks[block].end - 1].op != "POP_EXCEPT" {
            return None;
        }
        loop {
            let mut catches = self.cfg.blocks.iter().filter_map(|block| block.catch);
            if catches.any(|(to, _)| to == block) {
                let params = self.f.blocks[block + 1].params.iter();
                return params.map(|p| p.value).min();
            }
            block = only(block)?;
        }
    }

    /// A block beyond the loop that the unit is about: the interpreter goes on there.
    fn outside(&mut self, b: usize, entry: Option<&Slots>) {
        let instr = self.code.instrs[self.cfg.blocks[b].first].clone();
        if let Ok(Some(slots)) = self.merge(b, entry) {
            let state = self.state(Some(&instr), &slots);
            let block = &mut self.f.blocks[b + 1];
            block.entry_state = state;
            block.term_state = state;
            block.term_origin = self.cfg.blocks[b].first as u32;
            block.term = Term::Exit(ExitReason::LoopDone);
        } else {
            self.f.blocks[b + 1].term = Term::Exit(ExitReason::LoopDone);
        }
    }

    fn block(&mut self, b: usize, entry: Option<&Slots>) -> Result<(), Refusal> {
        let Some(mut slots) = self.merge(b, entry)? else {
            self.f.blocks[b + 1].term = Term::Exit(ExitReason::Unreached);
            return Ok(());
        };
        let (first, end) = (self.cfg.blocks[b].first, self.cfg.blocks[b].end);
        let catch = self.cfg.blocks[b].catch;
        self.f.blocks[b + 1].catch = catch.map(|(handler, h)| Catch {
            to: BlockId(handler as u32 + 1),
            depth: h.depth,
            lasti: h.lasti,
        });
        let entry_instr = self.code.instrs[first].clone();
        let state = self.state(Some(&entry_instr), &slots);
        self.f.blocks[b + 1].entry_state = state;
        let mut kw: Option<u32> = None;
        for i in first..end {
            let instr = self.code.instrs[i].clone();
            let state = self.state(Some(&instr), &slots);
            let mut cx = Cx {
                f: &mut self.f,
                block: b + 1,
                state,
                origin: i as u32,
                caught: catch.is_some(),
                s: &mut slots,
                bad: false,
            };
            if instr.op == "KW_NAMES" {
                kw = Some(instr.arg);
                continue;
            }
            let outcome = if self.prune && instr.unreached {
                Step::Exit(ExitReason::Unreached)
            } else {
                step(&mut cx, self.code, &instr, kw.take())
            };
            let bad = cx.bad;
            if bad {
                return Err(Refusal::Stack);
            }
            let successors = self.cfg.blocks[b].successors.clone();
            let edge = |to: usize| Edge {
                to: BlockId(to as u32 + 1),
                args: Vec::new(),
            };
            let term = match outcome {
                Step::Next => {
                    if i + 1 < end {
                        continue;
                    }
                    Term::Jump(edge(successors[0]))
                }
                Step::Exit(reason) => {
                    self.f.blocks[b + 1].term = Term::Exit(reason);
                    self.f.blocks[b + 1].term_state = state;
                    self.f.blocks[b + 1].term_origin = i as u32;
                    return Ok(());
                }
                Step::Return(v) => Term::Return(v),
                Step::Jump => Term::Jump(edge(*successors.last().ok_or(Refusal::BadJump)?)),
                Step::Branch { cond, jump_if } => {
                    // Fall-through first; both may be the same block.
                    let next = successors[0];
                    let to = *successors.last().ok_or(Refusal::BadJump)?;
                    let (then, other) = if jump_if { (to, next) } else { (next, to) };
                    Term::Branch {
                        cond,
                        then: edge(then),
                        other: edge(other),
                    }
                }
                Step::ForIter { iter, item } => {
                    let next = successors[0];
                    let to = *successors.last().ok_or(Refusal::BadJump)?;
                    Term::ForIter {
                        iter,
                        item,
                        body: edge(next),
                        done: edge(to),
                        how: How::Generic,
                    }
                }
            };
            self.ends[b] = Some(slots.clone());
            self.f.blocks[b + 1].term = term;
            self.f.blocks[b + 1].term_state = state;
            self.f.blocks[b + 1].term_origin = i as u32;
            return Ok(());
        }
        Err(Refusal::BadJump)
    }
}

/// All places of a frame.
fn places(slots: &Slots) -> impl Iterator<Item = Place> + use<> {
    (0..slots.locals.len() as u32)
        .map(Place::Local)
        .chain((0..slots.stack.len() as u32).map(Place::Stack))
        .chain((0..slots.names.len() as u32).map(Place::Name))
}

fn put(slots: &mut Slots, place: Place, value: Value) {
    match place {
        Place::Local(i) => slots.locals[i as usize] = value,
        Place::Stack(i) => slots.stack[i as usize] = value,
        Place::Name(i) => slots.names[i as usize] = value,
    }
}

fn at(slots: &Slots, place: Place) -> Value {
    match place {
        Place::Local(i) => slots.locals[i as usize],
        Place::Stack(i) => slots.stack[i as usize],
        Place::Name(i) => slots.names[i as usize],
    }
}

/// Local slots that an instruction assigns.
fn assigned(instr: &Instr, out: &mut BTreeSet<u32>) {
    match instr.op {
        "STORE_FAST" | "DELETE_FAST" | "LOAD_FAST_AND_CLEAR" | "MAKE_CELL" => {
            out.insert(instr.arg);
        }
        "STORE_FAST_LOAD_FAST" => {
            out.insert(instr.arg >> 4);
        }
        "STORE_FAST_STORE_FAST" => {
            out.insert(instr.arg >> 4);
            out.insert(instr.arg & 15);
        }
        _ => {}
    }
}

/// The function assigns or deletes one of its parameters.
pub fn rebinds(code: &CodeInfo) -> bool {
    let mut slots = BTreeSet::new();
    for instr in code.instrs.iter().filter(|i| i.op != "MAKE_CELL") {
        assigned(instr, &mut slots);
    }
    slots.first().is_some_and(|&slot| slot < code.parameters())
}

enum Step {
    Next,
    Jump,
    Branch { cond: Value, jump_if: bool },
    ForIter { iter: Value, item: Value },
    Return(Value),
    Exit(ExitReason),
}

/// One bytecode instruction being lowered.
struct Cx<'a> {
    f: &'a mut Function,
    block: usize,
    state: StateId,
    origin: u32,
    /// Its exceptions go to a handler of the unit.
    caught: bool,
    s: &'a mut Slots,
    bad: bool,
}

impl Cx<'_> {
    fn push(&mut self, v: Value) {
        self.s.stack.push(v);
    }
    fn pop(&mut self) -> Value {
        self.s.stack.pop().unwrap_or_else(|| {
            self.bad = true;
            Value(0)
        })
    }
    fn pop_n(&mut self, n: u32) -> Vec<Value> {
        let mut all: Vec<Value> = (0..n).map(|_| self.pop()).collect();
        all.reverse();
        all
    }
    fn peek(&mut self, depth: u32) -> Value {
        let n = self.s.stack.len();
        match n.checked_sub(depth as usize) {
            Some(i) if i < n => self.s.stack[i],
            _ => {
                self.bad = true;
                Value(0)
            }
        }
    }
    fn emit_n(&mut self, op: Op, n: usize) -> Vec<Value> {
        let outs: Vec<Value> = (0..n).map(|_| self.f.value()).collect();
        self.f.blocks[self.block].insts.push(Inst {
            op,
            outs: outs.clone(),
            state: self.state,
            origin: self.origin,
            how: How::Generic,
        });
        outs
    }
    fn emit(&mut self, op: Op) -> Value {
        self.emit_n(op, 1)[0]
    }
    fn effect(&mut self, op: Op) {
        self.emit_n(op, 0);
    }
    /// The value is the null beside a callable.
    fn is_null(&self, v: Value) -> bool {
        let mut insts = self.f.blocks.iter().flat_map(|b| &b.insts);
        insts.any(|i| i.op == Op::Null && i.outs[0] == v)
    }
    fn store(&mut self, slot: u32) {
        let value = self.pop();
        self.effect(Op::SetLocal { slot, value });
        self.s.locals[slot as usize] = value;
    }
    fn load(&mut self, slot: u32) {
        let v = self.s.locals[slot as usize];
        self.push(v);
    }
    fn clear(&mut self, slot: u32) {
        let null = self.emit(Op::Null);
        self.effect(Op::SetLocal { slot, value: null });
        self.s.locals[slot as usize] = null;
    }
    fn generic(&mut self, kind: Gen, n: u32) {
        let args = self.pop_n(n);
        let v = self.emit(Op::Generic(kind, args));
        self.push(v);
    }
}

/// `BINARY_OP` arguments in CPython's order (Include/opcode.h, `NB_*`); 13 and above are in place.
const BINARY: [Bin; 13] = [
    Bin::Add,
    Bin::And,
    Bin::FloorDiv,
    Bin::Shl,
    Bin::MatMul,
    Bin::Mul,
    Bin::Mod,
    Bin::Or,
    Bin::Pow,
    Bin::Shr,
    Bin::Sub,
    Bin::TrueDiv,
    Bin::Xor,
];
const COMPARE: [Cmp; 6] = [Cmp::Lt, Cmp::Le, Cmp::Eq, Cmp::Ne, Cmp::Gt, Cmp::Ge];

const NEW: bool = pyaot_runtime::layout::PY_3_13;

fn step(cx: &mut Cx<'_>, code: &CodeInfo, instr: &Instr, kw: Option<u32>) -> Step {
    let arg = instr.arg;
    match instr.op {
        "NOP" | "RESUME" | "CACHE" | "PRECALL" => {}
        "POP_TOP" => {
            cx.pop();
        }
        // Popped by the terminator's `done` edge on the way here; 3.12 pops both, 3.13 pops one more (POP_TOP).
        "END_FOR" => {}
        "PUSH_NULL" => {
            let v = cx.emit(Op::Null);
            cx.push(v);
        }
        "COPY" => {
            let v = cx.peek(arg);
            cx.push(v);
        }
        "SWAP" => {
            let n = cx.s.stack.len();
            if (arg as usize) <= n && arg > 0 {
                cx.s.stack.swap(n - 1, n - arg as usize);
            } else {
                cx.bad = true;
            }
        }
        "LOAD_CONST" => {
            let v = cx.emit(Op::Const(arg));
            cx.push(v);
        }
        "LOAD_FAST" | "LOAD_CLOSURE" => cx.load(arg),
        "LOAD_FAST_LOAD_FAST" => {
            cx.load(arg >> 4);
            cx.load(arg & 15);
        }
        "LOAD_FAST_CHECK" => {
            let v = cx.s.locals[arg as usize];
            let v = cx.emit(Op::CheckBound(v));
            cx.push(v);
        }
        "LOAD_FAST_AND_CLEAR" => {
            cx.load(arg);
            cx.clear(arg);
        }
        "STORE_FAST" => cx.store(arg),
        "DELETE_FAST" => {
            let v = cx.s.locals[arg as usize];
            cx.emit(Op::CheckBound(v));
            cx.clear(arg);
        }
        "STORE_FAST_STORE_FAST" => {
            cx.store(arg >> 4);
            cx.store(arg & 15);
        }
        "STORE_FAST_LOAD_FAST" => {
            cx.store(arg >> 4);
            cx.load(arg & 15);
        }
        "LOAD_GLOBAL" => {
            let v = cx.emit(Op::LoadGlobal(arg >> 1));
            if arg & 1 != 0 {
                let null = cx.emit(Op::Null);
                if NEW {
                    cx.push(v);
                    cx.push(null);
                } else {
                    cx.push(null);
                    cx.push(v);
                }
            } else {
                cx.push(v);
            }
        }
        "LOAD_NAME" => {
            if let Some(slot) = cx.f.names.iter().position(|&n| n == arg) {
                let v = cx.s.names[slot];
                cx.push(v);
            } else {
                let v = cx.emit(Op::LoadName(arg));
                cx.push(v);
            }
        }
        "STORE_GLOBAL" => {
            let value = cx.pop();
            cx.effect(Op::Generic(Gen::StoreGlobal(arg), vec![value]));
        }
        "STORE_NAME" => {
            let Some(slot) = cx.f.names.iter().position(|&n| n == arg) else {
                let value = cx.pop();
                cx.effect(Op::Generic(Gen::StoreName(arg), vec![value]));
                return Step::Next;
            };
            let value = cx.pop();
            cx.effect(Op::SetName {
                slot: slot as u32,
                value,
            });
            cx.s.names[slot] = value;
        }
        "COPY_FREE_VARS" => {
            let first = code.nlocalsplus - arg;
            for i in 0..arg {
                let v = cx.emit(Op::ClosureCell(i));
                cx.effect(Op::SetLocal {
                    slot: first + i,
                    value: v,
                });
                cx.s.locals[(first + i) as usize] = v;
            }
        }
        "MAKE_CELL" => {
            let v = cx.s.locals[arg as usize];
            let v = cx.emit(Op::NewCell(v));
            cx.effect(Op::SetLocal {
                slot: arg,
                value: v,
            });
            cx.s.locals[arg as usize] = v;
        }
        "LOAD_DEREF" => {
            let cell = cx.s.locals[arg as usize];
            let v = cx.emit(Op::LoadCell(cell));
            cx.push(v);
        }
        "STORE_DEREF" => {
            let cell = cx.s.locals[arg as usize];
            let value = cx.pop();
            cx.effect(Op::StoreCell { cell, value });
        }
        "UNARY_NEGATIVE" | "UNARY_INVERT" => {
            let a = cx.pop();
            let v = cx.emit(Op::Unary(
                if instr.op == "UNARY_NEGATIVE" {
                    Un::Neg
                } else {
                    Un::Invert
                },
                a,
            ));
            cx.push(v);
        }
        "UNARY_NOT" => {
            let a = cx.pop();
            let b = if NEW { a } else { cx.emit(Op::ToBool(a)) };
            let v = cx.emit(Op::Not(b));
            cx.push(v);
        }
        "TO_BOOL" => {
            let a = cx.pop();
            let v = cx.emit(Op::ToBool(a));
            cx.push(v);
        }
        "BINARY_OP" => {
            let b = cx.pop();
            let a = cx.pop();
            let op = BINARY[(arg % 13) as usize];
            let v = cx.emit(Op::Binary {
                op,
                inplace: arg >= 13,
                a,
                b,
            });
            cx.push(v);
        }
        "COMPARE_OP" => {
            let b = cx.pop();
            let a = cx.pop();
            let index = if NEW { arg >> 5 } else { arg >> 4 };
            let mut v = cx.emit(Op::Compare {
                op: COMPARE[(index as usize).min(5)],
                a,
                b,
            });
            if NEW && arg & 16 != 0 {
                v = cx.emit(Op::ToBool(v));
            }
            cx.push(v);
        }
        "IS_OP" => {
            let b = cx.pop();
            let a = cx.pop();
            let v = cx.emit(Op::Is {
                a,
                b,
                negate: arg == 1,
            });
            cx.push(v);
        }
        "CONTAINS_OP" => {
            let container = cx.pop();
            let item = cx.pop();
            let v = cx.emit(Op::Contains {
                item,
                container,
                negate: arg == 1,
            });
            cx.push(v);
        }
        "BINARY_SUBSCR" => {
            let index = cx.pop();
            let container = cx.pop();
            let v = cx.emit(Op::Subscr { container, index });
            cx.push(v);
        }
        "STORE_SUBSCR" => {
            let index = cx.pop();
            let container = cx.pop();
            let value = cx.pop();
            cx.effect(Op::StoreSubscr {
                container,
                index,
                value,
            });
        }
        "DELETE_SUBSCR" => {
            let args = cx.pop_n(2);
            cx.effect(Op::Generic(Gen::DeleteSubscr, args));
        }
        "BINARY_SLICE" => cx.generic(Gen::BinarySlice, 3),
        "STORE_SLICE" => {
            let args = cx.pop_n(4);
            cx.effect(Op::Generic(Gen::StoreSlice, args));
        }
        "BUILD_SLICE" => cx.generic(Gen::BuildSlice, arg),
        "BUILD_STRING" => cx.generic(Gen::BuildString, arg),
        "FORMAT_SIMPLE" => cx.generic(Gen::FormatSimple, 1),
        "FORMAT_WITH_SPEC" => cx.generic(Gen::FormatWithSpec, 2),
        "CONVERT_VALUE" => cx.generic(Gen::Convert(arg), 1),
        // 3.12: conversion in the low bits, then perhaps a format specification.
        "FORMAT_VALUE" => cx.generic(Gen::FormatValue(arg), 1 + (arg >> 2 & 1)),
        "BUILD_LIST" => {
            let items = cx.pop_n(arg);
            let v = cx.emit(Op::BuildList(items));
            cx.push(v);
        }
        "BUILD_TUPLE" => {
            let items = cx.pop_n(arg);
            let v = cx.emit(Op::BuildTuple(items));
            cx.push(v);
        }
        "BUILD_MAP" => cx.generic(Gen::BuildMap, arg * 2),
        "BUILD_CONST_KEY_MAP" => cx.generic(Gen::BuildConstMap, arg + 1),
        "BUILD_SET" => cx.generic(Gen::BuildSet, arg),
        "SET_ADD" | "SET_UPDATE" | "DICT_UPDATE" | "DICT_MERGE" => {
            let value = cx.pop();
            let container = cx.peek(arg);
            let kind = match instr.op {
                "SET_ADD" => Gen::SetAdd,
                "SET_UPDATE" => Gen::SetUpdate,
                "DICT_MERGE" => Gen::DictMerge,
                _ => Gen::DictUpdate,
            };
            cx.effect(Op::Generic(kind, vec![value, container]));
        }
        "MAP_ADD" => {
            let mut args = cx.pop_n(2);
            args.push(cx.peek(arg));
            cx.effect(Op::Generic(Gen::MapAdd, args));
        }
        "LIST_APPEND" => {
            let value = cx.pop();
            let list = cx.peek(arg);
            cx.effect(Op::ListAppend { list, value });
        }
        "LIST_EXTEND" => {
            let value = cx.pop();
            let list = cx.peek(arg);
            cx.effect(Op::Generic(Gen::ListExtend, vec![value, list]));
        }
        "CALL_INTRINSIC_1" if arg == 6 => cx.generic(Gen::ListToTuple, 1),
        "CALL_INTRINSIC_1" if arg == 5 => cx.generic(Gen::UnaryPositive, 1),
        "UNPACK_SEQUENCE" => {
            let sequence = cx.pop();
            let outs = cx.emit_n(Op::Unpack { sequence, n: arg }, arg as usize);
            for v in outs.into_iter().rev() {
                cx.push(v);
            }
        }
        "UNPACK_EX" => {
            let sequence = cx.pop();
            let n = (arg & 0xff) + 1 + (arg >> 8);
            let outs = cx.emit_n(Op::Generic(Gen::UnpackEx(arg), vec![sequence]), n as usize);
            for v in outs.into_iter().rev() {
                cx.push(v);
            }
        }
        "BEFORE_WITH" => {
            let manager = cx.pop();
            let outs = cx.emit_n(Op::Generic(Gen::BeforeWith, vec![manager]), 2);
            cx.push(outs[0]);
            cx.push(outs[1]);
        }
        "MAKE_FUNCTION" => {
            // 3.13 sets the parts by instructions of their own.
            let flags = if NEW { 0 } else { arg };
            cx.generic(Gen::MakeFunction(flags), 1 + flags.count_ones());
        }
        "SET_FUNCTION_ATTRIBUTE" => cx.generic(Gen::SetFunctionAttribute(arg), 2),
        "STORE_ATTR" => {
            let args = cx.pop_n(2);
            cx.effect(Op::Generic(Gen::StoreAttr(arg), args));
        }
        "DELETE_ATTR" => {
            let args = cx.pop_n(1);
            cx.effect(Op::Generic(Gen::DeleteAttr(arg), args));
        }
        "LOAD_SUPER_ATTR" => {
            let args = cx.pop_n(3);
            let n = 1 + (arg & 1);
            let outs = cx.emit_n(
                Op::Generic(Gen::LoadSuper(arg >> 2, arg & 3), args),
                n as usize,
            );
            for v in outs {
                cx.push(v);
            }
        }
        "CALL_FUNCTION_EX" => cx.generic(Gen::CallEx(arg & 1 != 0), 3 + (arg & 1)),
        "GET_ITER" => {
            let a = cx.pop();
            let v = cx.emit(Op::GetIter(a));
            cx.push(v);
        }
        "LOAD_ATTR" => {
            let object = cx.pop();
            if arg & 1 != 0 {
                let outs = cx.emit_n(
                    Op::LoadMethod {
                        object,
                        name: arg >> 1,
                    },
                    2,
                );
                cx.push(outs[0]);
                cx.push(outs[1]);
            } else {
                let v = cx.emit(Op::Generic(Gen::LoadAttr(arg >> 1), vec![object]));
                cx.push(v);
            }
        }
        "CALL" => {
            let args = cx.pop_n(arg);
            // 3.12: [method or null, self or callable]; 3.13: [callable, self or null].
            let second = cx.pop();
            let lower = cx.pop();
            let keywords = kw.map(|k| cx.emit(Op::Const(k)));
            let (callee, first) = if !NEW && cx.is_null(lower) {
                (second, lower)
            } else {
                (lower, second)
            };
            let v = cx.emit(Op::Call {
                callee,
                first,
                args,
                keywords,
            });
            cx.push(v);
        }
        "CALL_KW" => {
            let keywords = Some(cx.pop());
            let args = cx.pop_n(arg);
            let first = cx.pop();
            let callee = cx.pop();
            let v = cx.emit(Op::Call {
                callee,
                first,
                args,
                keywords,
            });
            cx.push(v);
        }
        "RETURN_VALUE" => {
            let v = cx.pop();
            return Step::Return(v);
        }
        "RETURN_CONST" => {
            let v = cx.emit(Op::Const(arg));
            return Step::Return(v);
        }
        "LOAD_ASSERTION_ERROR" => cx.generic(Gen::AssertionError, 0),
        "RAISE_VARARGS" => {
            // What is being handled is raised again as it is, without an entry of this frame.
            if arg > 0 {
                let args = cx.pop_n(arg);
                cx.effect(Op::Generic(Gen::Raise, args));
            }
            return Step::Exit(ExitReason::Raised);
        }
        "RERAISE" if cx.caught => {
            // The number of the instruction that raised may lie below.
            let lasti = (arg > 0).then(|| cx.peek(arg + 1));
            let exception = cx.pop();
            let args = [exception].into_iter().chain(lasti).collect();
            cx.effect(Op::Generic(Gen::Reraise, args));
            return Step::Exit(ExitReason::Raised);
        }
        "RERAISE" => return Step::Exit(ExitReason::Raised),
        "PUSH_EXC_INFO" => {
            let exception = cx.pop();
            let before = cx.emit(Op::PushExcInfo(exception));
            cx.push(before);
            cx.push(exception);
        }
        "POP_EXCEPT" => {
            let before = cx.pop();
            cx.emit(Op::PopExcept(before));
        }
        "CHECK_EXC_MATCH" => {
            let class = cx.pop();
            let exception = cx.peek(1);
            let v = cx.emit(Op::ExcMatch { exception, class });
            cx.push(v);
        }
        "WITH_EXCEPT_START" => {
            let (exit, exception) = (cx.peek(4), cx.peek(1));
            let v = cx.emit(Op::WithExcept { exit, exception });
            cx.push(v);
        }
        "JUMP_FORWARD" => return Step::Jump,
        "JUMP_BACKWARD" => {
            cx.effect(Op::Poll);
            return Step::Jump;
        }
        "JUMP_BACKWARD_NO_INTERRUPT" => return Step::Jump,
        "POP_JUMP_IF_TRUE" | "POP_JUMP_IF_FALSE" => {
            let a = cx.pop();
            let cond = if NEW { a } else { cx.emit(Op::ToBool(a)) };
            return Step::Branch {
                cond,
                jump_if: instr.op == "POP_JUMP_IF_TRUE",
            };
        }
        "POP_JUMP_IF_NONE" | "POP_JUMP_IF_NOT_NONE" => {
            let a = cx.pop();
            let b = cx.emit(Op::None);
            let cond = cx.emit(Op::Is {
                a,
                b,
                negate: false,
            });
            return Step::Branch {
                cond,
                jump_if: instr.op == "POP_JUMP_IF_NONE",
            };
        }
        "FOR_ITER" => {
            let iter = cx.peek(1);
            let item = cx.f.value();
            return Step::ForIter { iter, item };
        }
        _ => return Step::Exit(ExitReason::Unsupported),
    }
    Step::Next
}
