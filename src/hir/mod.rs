//! HIR: the one representation between the front end and code generation.
//!
//! An SSA control-flow graph with block parameters. The front end builds *generic* HIR: each instruction means exactly
//! what CPython's instruction does, on objects. `passes` infers types and chooses how each instruction is done
//! (`How`); `codegen` lowers that. What always holds:
//!
//! * A `FrameState` describes CPython's frame before one bytecode instruction: where it is, the value of each local
//!   slot and the value stack. Every instruction names the state it was built in; the terminator names the last one.
//! * A frame slot's value is an SSA value. `SetLocal` says that a slot changes owner; it is the only such instruction.
//! * Exceptions go along exception edges to the handlers that the unit contains (`handlers`); else an operation that
//!   raises hands the frame to CPython.

pub mod dominators;
mod handlers;
mod parse;
mod print;
mod running;
#[cfg(test)]
mod tests;
pub mod types;
mod verify;

pub use handlers::Catch;
pub use parse::parse;
pub use print::Detail;
pub use running::Running;
pub use types::{How, Ty};
pub use verify::verify;

use pyaot_runtime::unit::{GlobalKey, attribute_key};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An SSA value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);
/// A basic block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);
/// A frame state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StateId(pub u32);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}
impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bb{}", self.0)
    }
}

/// CPython's frame before an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameState {
    /// Code unit where the interpreter can resume (prefixes included).
    pub resume: u32,
    /// Code unit of the instruction itself.
    pub at: u32,
    /// Value of each slot of localsplus.
    pub locals: Vec<Value>,
    /// The value stack, bottom first.
    pub stack: Vec<Value>,
    /// Value of each name of a module or class body that the unit keeps in a register, by virtual slot.
    pub names: Vec<Value>,
}

/// Binary arithmetic, by CPython's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Bin {
    Add,
    And,
    FloorDiv,
    Shl,
    MatMul,
    Mul,
    Mod,
    Or,
    Pow,
    Shr,
    Sub,
    TrueDiv,
    Xor,
}

/// Rich comparisons, in CPython's order (`Py_LT` is 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Cmp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Un {
    Neg,
    Invert,
}

/// Operations that are always done by a helper, with the operands in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Gen {
    LoadAttr(u32),
    /// Value, object.
    StoreAttr(u32),
    DeleteAttr(u32),
    /// The global `super`, class, self; name and the instruction's flags. With flag 1: two results, as `LoadMethod`.
    LoadSuper(u32, u32),
    BinarySlice,
    /// Value, container, start, stop.
    StoreSlice,
    DeleteSubscr,
    BuildSlice,
    BuildMap,
    /// Values, then the tuple of keys.
    BuildConstMap,
    BuildSet,
    BuildString,
    /// The container that takes the others is the last operand and stays on the stack.
    ListExtend,
    SetUpdate,
    SetAdd,
    MapAdd,
    DictUpdate,
    /// Keyword arguments of a call: no name twice.
    DictMerge,
    /// What `assert` raises.
    AssertionError,
    FormatSimple,
    FormatWithSpec,
    Convert(u32),
    /// Conversion and formatting in one (3.12).
    FormatValue(u32),
    ListToTuple,
    UnaryPositive,
    /// Callable words, positional arguments, perhaps keywords.
    CallEx(bool),
    StoreGlobal(u32),
    StoreName(u32),
    /// Two results: `__exit__` and what `__enter__` returned.
    BeforeWith,
    /// Flags, which name the parts below the code (3.12).
    MakeFunction(u32),
    SetFunctionAttribute(u32),
    /// Starred unpacking: counts before and after.
    UnpackEx(u32),
    /// An exception, perhaps its cause. Nothing comes after it.
    Raise,
    /// An exception is raised again as it is, without an entry of this frame in its traceback; perhaps the number of the
    /// instruction that raised it. Nothing comes after it.
    Reraise,
}

impl Gen {
    /// Number of results.
    pub fn results(self) -> usize {
        match self {
            Gen::StoreAttr(_)
            | Gen::DeleteAttr(_)
            | Gen::StoreSlice
            | Gen::DeleteSubscr
            | Gen::StoreGlobal(_)
            | Gen::StoreName(_)
            | Gen::Raise
            | Gen::Reraise => 0,
            Gen::BeforeWith => 2,
            Gen::LoadSuper(_, flags) => 1 + (flags & 1) as usize,
            Gen::UnpackEx(counts) => (counts & 0xff) as usize + 1 + (counts >> 8) as usize,
            _ => 1 - self.stays(),
        }
    }

    /// Operands that stay on the value stack: the container that takes the others.
    pub fn stays(self) -> usize {
        usize::from(matches!(
            self,
            Gen::ListExtend
                | Gen::SetUpdate
                | Gen::SetAdd
                | Gen::MapAdd
                | Gen::DictUpdate
                | Gen::DictMerge
        ))
    }
}

/// What an instruction does, on objects. Operands are borrowed; results are new values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub enum Op {
    /// `co_consts[i]`.
    Const(u32),
    /// The null that CPython keeps on the stack beside a callable, or an unbound slot.
    Null,
    None,
    /// A slot of the frame, or an argument, at the entry of the unit.
    EntryLocal(u32),
    /// An entry of the frame's value stack at the entry of the unit.
    EntryStack(u32),
    /// A name of the namespace at the entry of the unit, by virtual slot.
    EntryName(u32),
    /// Raises if the slot is unbound; the value else.
    CheckBound(Value),
    /// The local slot now holds the value (`Null` unbinds it).
    SetLocal {
        slot: u32,
        value: Value,
    },
    /// The virtual name slot now holds the value.
    SetName {
        slot: u32,
        value: Value,
    },
    LoadGlobal(u32),
    LoadName(u32),
    /// Contents of the cell.
    LoadCell(Value),
    StoreCell {
        cell: Value,
        value: Value,
    },
    /// A new cell with this content.
    NewCell(Value),
    /// Cell `i` of the function's closure.
    ClosureCell(u32),
    Unary(Un, Value),
    Not(Value),
    ToBool(Value),
    Binary {
        op: Bin,
        inplace: bool,
        a: Value,
        b: Value,
    },
    Compare {
        op: Cmp,
        a: Value,
        b: Value,
    },
    Is {
        a: Value,
        b: Value,
        negate: bool,
    },
    Contains {
        item: Value,
        container: Value,
        negate: bool,
    },
    Subscr {
        container: Value,
        index: Value,
    },
    StoreSubscr {
        container: Value,
        index: Value,
        value: Value,
    },
    BuildList(Vec<Value>),
    BuildTuple(Vec<Value>),
    ListAppend {
        list: Value,
        value: Value,
    },
    /// `n` values of a sequence of exactly that length, first one first.
    Unpack {
        sequence: Value,
        n: u32,
    },
    GetIter(Value),
    /// Method of an object by name: callable and self, or null and attribute (3.12), attribute and null (3.13).
    LoadMethod {
        object: Value,
        name: u32,
    },
    /// Call; `first` is self or null.
    Call {
        callee: Value,
        first: Value,
        args: Vec<Value>,
        keywords: Option<Value>,
    },
    Generic(Gen, Vec<Value>),
    /// The exception at the top of the stack becomes the one that is being handled; gives the one that was.
    PushExcInfo(Value),
    /// The value becomes the exception that is being handled (`None`: there is none); gives the one that was.
    PopExcept(Value),
    /// Whether the exception is of the class, or one of the classes; raises if that is none.
    ExcMatch {
        exception: Value,
        class: Value,
    },
    /// Calls the `__exit__` of a `with` statement for the exception; both stay on the stack.
    WithExcept {
        exit: Value,
        exception: Value,
    },
    /// Polls for signals and other threads: CPython does so at back-edges.
    Poll,
}

/// One instruction.
#[derive(Clone, Debug)]
pub struct Inst {
    pub op: Op,
    pub outs: Vec<Value>,
    pub state: StateId,
    /// Index of the bytecode instruction in `CodeInfo::instrs`.
    pub origin: u32,
    /// How it is done, chosen by `passes::specialize`.
    pub how: How,
}

/// A jump with arguments for the target's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub to: BlockId,
    pub args: Vec<Value>,
}

/// End of a block.
#[derive(Clone, Debug)]
pub enum Term {
    Jump(Edge),
    /// The condition is a bool.
    Branch {
        cond: Value,
        then: Edge,
        other: Edge,
    },
    /// Next item of the iterator: defines `item` in `body`; `done` has the iterator popped.
    ForIter {
        iter: Value,
        item: Value,
        body: Edge,
        done: Edge,
        how: How,
    },
    Return(Value),
    /// The interpreter goes on here.
    Exit(pyaot_runtime::unit::ExitReason),
    /// Not set yet.
    None,
}

impl Term {
    /// Outgoing edges.
    pub fn edges(&self) -> Vec<&Edge> {
        match self {
            Term::Jump(e) => vec![e],
            Term::Branch { then, other, .. } => vec![then, other],
            Term::ForIter { body, done, .. } => vec![body, done],
            Term::Return(_) | Term::Exit(_) | Term::None => vec![],
        }
    }
    /// Outgoing edges, to change.
    pub fn edges_mut(&mut self) -> Vec<&mut Edge> {
        match self {
            Term::Jump(e) => vec![e],
            Term::Branch { then, other, .. } => vec![then, other],
            Term::ForIter { body, done, .. } => vec![body, done],
            Term::Return(_) | Term::Exit(_) | Term::None => vec![],
        }
    }
}

/// Which frame slot a block parameter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Place {
    Local(u32),
    Stack(u32),
    Name(u32),
}

/// A block parameter.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub value: Value,
    pub place: Place,
}

/// A basic block.
#[derive(Clone, Debug)]
pub struct Block {
    pub params: Vec<Param>,
    pub insts: Vec<Inst>,
    pub term: Term,
    /// State before the terminator's instruction.
    pub term_state: StateId,
    /// State at the start of the block.
    pub entry_state: StateId,
    pub term_origin: u32,
    pub loop_header: bool,
    /// Where exceptions of its instructions go; none: to the interpreter.
    pub catch: Option<Catch>,
}

/// A unit in HIR.
#[derive(Clone, Debug)]
pub struct Function {
    pub qualname: String,
    pub blocks: Vec<Block>,
    /// Type of each value; filled by inference.
    pub types: Vec<Ty>,
    pub states: Vec<FrameState>,
    /// Names kept in registers: index into `co_names` of each virtual slot.
    pub names: Vec<u32>,
    pub nlocalsplus: u32,
}

impl Function {
    /// A fresh value.
    pub fn value(&mut self) -> Value {
        self.types.push(Ty::Bottom);
        Value(self.types.len() as u32 - 1)
    }
    /// Type of a value.
    pub fn ty(&self, v: Value) -> Ty {
        self.types[v.0 as usize]
    }
    pub fn state(&self, id: StateId) -> &FrameState {
        &self.states[id.0 as usize]
    }
    /// How many edges lead to each block.
    pub fn entries(&self) -> Vec<usize> {
        let mut entries = vec![0; self.blocks.len()];
        for edge in self.blocks.iter().flat_map(|b| b.term.edges()) {
            entries[edge.to.0 as usize] += 1;
        }
        entries
    }
    /// Blocks by number.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }
    /// Globals (and names of a module's body) that the unit itself stores.
    pub fn stored_globals(&self) -> BTreeSet<u32> {
        let stored = |inst: &Inst| match inst.op {
            Op::Generic(Gen::StoreGlobal(name) | Gen::StoreName(name), _) => Some(name),
            _ => None,
        };
        self.blocks
            .iter()
            .flat_map(|b| &b.insts)
            .filter_map(stored)
            .collect()
    }
    /// What values would be if all modules were watched: globals, and attributes of globals.
    pub fn global_keys(&self) -> BTreeMap<Value, GlobalKey> {
        let mut keys = BTreeMap::new();
        for inst in self.blocks.iter().flat_map(|b| &b.insts) {
            let key = match &inst.op {
                Op::LoadGlobal(name) | Op::LoadName(name) => Some(*name),
                Op::Generic(Gen::LoadAttr(name), operands) => operands
                    .first()
                    .and_then(|object| attribute_key(*keys.get(object)?, *name)),
                Op::LoadMethod { object, name } => {
                    keys.get(object).and_then(|&key| attribute_key(key, *name))
                }
                _ => None,
            };
            // `LoadMethod` of a module gives the attribute and a null, in the order of the version.
            keys.extend(
                key.iter()
                    .flat_map(|&key| inst.outs.iter().map(move |&v| (v, key))),
            );
        }
        keys
    }
    /// The loops: the header of each, and all blocks from which control comes back to it (its natural loop).
    pub fn loops(&self) -> Vec<(usize, BTreeSet<usize>)> {
        let mut into = vec![Vec::new(); self.blocks.len()];
        for (b, block) in self.blocks.iter().enumerate() {
            let edges = block.term.edges().into_iter().map(|edge| edge.to);
            for to in edges.chain(block.catch.map(|catch| catch.to)) {
                into[to.0 as usize].push(b);
            }
        }
        let mut loops = Vec::new();
        for (header, from) in into.iter().enumerate() {
            // Blocks stand in reverse postorder.
            let mut open: Vec<usize> = from.iter().copied().filter(|&b| b >= header).collect();
            if open.is_empty() {
                continue;
            }
            let mut blocks = BTreeSet::from([header]);
            while let Some(b) = open.pop() {
                if blocks.insert(b) {
                    open.extend(&into[b]);
                }
            }
            loops.push((header, blocks));
        }
        loops
    }
}

impl Op {
    /// Number of values it defines, where that is fixed.
    pub fn results(&self) -> Option<usize> {
        Some(match self {
            Op::SetLocal { .. }
            | Op::SetName { .. }
            | Op::StoreCell { .. }
            | Op::StoreSubscr { .. }
            | Op::ListAppend { .. }
            | Op::Poll => 0,
            Op::Unpack { n, .. } => *n as usize,
            Op::LoadMethod { .. } => 2,
            Op::Generic(kind, _) => kind.results(),
            // New operations say so here only if they differ from most.
            _ => 1,
        })
    }
    /// Calls `visit` on each operand.
    pub fn operands(&self, mut visit: impl FnMut(Value)) {
        match self {
            Op::Const(_)
            | Op::Null
            | Op::None
            | Op::EntryLocal(_)
            | Op::EntryStack(_)
            | Op::EntryName(_)
            | Op::LoadGlobal(_)
            | Op::LoadName(_)
            | Op::ClosureCell(_)
            | Op::Poll => {}
            Op::CheckBound(a)
            | Op::LoadCell(a)
            | Op::NewCell(a)
            | Op::Unary(_, a)
            | Op::Not(a)
            | Op::ToBool(a)
            | Op::GetIter(a)
            | Op::PushExcInfo(a)
            | Op::PopExcept(a) => visit(*a),
            Op::ExcMatch { exception, class } => {
                visit(*exception);
                visit(*class);
            }
            Op::WithExcept { exit, exception } => {
                visit(*exit);
                visit(*exception);
            }
            Op::SetLocal { value, .. } | Op::SetName { value, .. } => visit(*value),
            Op::StoreCell { cell, value } => {
                visit(*cell);
                visit(*value);
            }
            Op::Binary { a, b, .. } | Op::Compare { a, b, .. } | Op::Is { a, b, .. } => {
                visit(*a);
                visit(*b);
            }
            Op::Contains {
                item, container, ..
            } => {
                visit(*item);
                visit(*container);
            }
            Op::Subscr { container, index } => {
                visit(*container);
                visit(*index);
            }
            Op::StoreSubscr {
                container,
                index,
                value,
            } => {
                visit(*container);
                visit(*index);
                visit(*value);
            }
            Op::ListAppend { list, value } => {
                visit(*list);
                visit(*value);
            }
            Op::Unpack { sequence, .. } => visit(*sequence),
            Op::LoadMethod { object, .. } => visit(*object),
            Op::BuildList(items) | Op::BuildTuple(items) | Op::Generic(_, items) => {
                items.iter().copied().for_each(visit)
            }
            Op::Call {
                callee,
                first,
                args,
                keywords,
            } => {
                visit(*callee);
                visit(*first);
                args.iter().copied().for_each(&mut visit);
                keywords.iter().copied().for_each(visit);
            }
        }
    }
}
