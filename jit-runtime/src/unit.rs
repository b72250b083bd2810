//! What the compiler hands to the runtime beside machine code: plain data, serialised into the image.
//!
//! A *unit* is one compiled entry: a call of a function, or a loop header of a running frame. `UnitMeta` says how to
//! enter it, which slots its code reads, and what each side exit means. Nothing here holds an address of a process.

use crate::code::CodeInfo;
use crate::methods::{BuiltinMethod, PlainFunction};
use serde::{Deserialize, Serialize};

/// Content hash of a code object: nested code included, file name and first line excluded.
pub type CodeHash = [u8; 32];

/// How a value travels in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Repr {
    /// A Python `int` that fits 64 bits, unboxed.
    Int,
    /// A Python `float`, as its bits.
    Float,
    /// A Python `bool`, 0 or 1.
    Bool,
    /// `PyObject *`.
    Boxed,
}

/// Exact types that guards and facts name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, PartialOrd, Ord)]
pub enum TypeTag {
    /// `int` whose value fits 64 bits.
    Int,
    /// `int` that does not.
    BigInt,
    Float,
    Bool,
    None,
    Str,
    List,
    Tuple,
    Dict,
    Range,
    RangeIter,
    ListIter,
    TupleIter,
    Function,
    Module,
    Other,
}

impl TypeTag {
    /// Its objects refer to no other.
    pub fn is_leaf(self) -> bool {
        matches!(
            self,
            TypeTag::Int
                | TypeTag::BigInt
                | TypeTag::Float
                | TypeTag::Bool
                | TypeTag::None
                | TypeTag::Str
        )
    }
}

/// How a frameless core takes one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ParamAbi {
    pub repr: Repr,
    /// Exact type that a boxed argument has; `Other`: any.
    pub tag: TypeTag,
}

/// Builtins that become instructions while their global still names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Known {
    Len,
    Range,
    Abs,
    Min,
    Max,
    IntType,
    FloatType,
    /// Function of the `math` module of one float argument, by position in [`crate::helpers::MATH`].
    Math(u8),
    /// A function in C that runs no Python code where its arguments are plain.
    Plain(PlainFunction),
}

/// What a global names when a unit is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GlobalFact {
    /// Not bound yet.
    Missing,
    /// One of the builtins that the compiler knows.
    Known(Known),
    /// A Python function with this code.
    Function { code: CodeHash },
    /// Any other object, of this type.
    Object(TypeTag),
}

/// A global by its index in `co_names`, or an attribute of the module that a global names.
pub type GlobalKey = u32;

const ATTRIBUTE: u32 = 1 << 31;

/// Key of an attribute (index in `co_names`) of the module that the global `name` names.
pub fn attribute_key(name: u32, attribute: u32) -> Option<GlobalKey> {
    (name < 1 << 16 && attribute < 1 << 15).then_some(ATTRIBUTE | attribute << 16 | name)
}

/// The global's name, and the attribute if the key is one's.
pub fn split_key(key: GlobalKey) -> (u32, Option<u32>) {
    if key & ATTRIBUTE == 0 {
        return (key, None);
    }
    (key & 0xffff, Some(key >> 16 & 0x7fff))
}

impl GlobalFact {
    /// The linked unit keeps the object alive: it refers to no other, so that nothing else outlives its time.
    pub fn is_held(&self) -> bool {
        match self {
            GlobalFact::Missing | GlobalFact::Function { .. } => false,
            GlobalFact::Known(_) => true,
            GlobalFact::Object(tag) => tag.is_leaf(),
        }
    }
}

/// Exceptions that operations raise, as far as the compiler knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Error {
    ZeroDivision,
    Index,
    Key,
    Value,
}

/// One word of a unit's table, filled when the unit is linked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Slot {
    /// The linked unit itself.
    Unit,
    /// First instruction of the code object.
    CodeBase,
    /// Address of a helper, by its index in the helper table.
    Helper(u16),
    /// A type object.
    Type(TypeTag),
    /// The singletons.
    True,
    False,
    None,
    /// `co_consts[i]`.
    Const(u16),
    /// `co_names[i]`, a string.
    Name(u16),
    /// The object that a global names: watched.
    Global(GlobalKey),
    /// Core entry of the function that a global names.
    Core(GlobalKey),
    /// Address of the word that polls read (3.12: per interpreter).
    EvalBreaker,
    /// Address of the word with the lowest stack address that native code may use.
    StackLimit,
    /// The method descriptor `list.append`.
    ListAppend,
    /// The descriptor of this method.
    Method(BuiltinMethod),
    /// Address of the word that is not 0 while somebody else watches execution.
    Disturbed,
    /// Address of the word whose bits are all set if somebody may write to the locals of a frame with an object.
    Exposed,
    /// Address of the word with the thread that the stack limit is for.
    LimitOf,
    /// Word of a site: where the instances of the type that was seen last have an attribute (see `shape`).
    Site(u16, u8),
    /// Word of a site for several attributes of one object; whether that is the version tag of an entry.
    Group(u16, u8, bool),
    /// A class of exceptions.
    Exception(Error),
    /// The shared strings of one ASCII character start here, [`crate::layout::offsets::ASCII_STRIDE`] bytes apart.
    AsciiStrings,
    /// Small integers -5 to 256 start here (address of the object of 0), 32 bytes apart.
    SmallInts,
    /// Address of the word that is not 0 while somebody else's function evaluates frames (PEP 523).
    EvalFrame,
}

/// How an exit makes the object of a frame slot from what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// Box the 64-bit integer at this index of the exit buffer.
    Int(u16),
    /// Box the float whose bits are at this index.
    Float(u16),
    /// 0 or 1 at this index.
    Bool(u16),
    /// A number in this representation at `value`, if the word at `bound` is not 0; else nothing.
    Perhaps {
        value: u16,
        bound: u16,
        repr: Repr,
    },
    /// Object at this index; its reference moves into the frame.
    Owned(u16),
    /// Object at this index; the frame takes a new reference. May be null (unbound).
    Borrowed(u16),
    /// `co_consts[i]`.
    Const(u16),
    /// An iterator over a range: at, end and step at these indices.
    RangeIter([u16; 3]),
    None,
    /// Nothing: an unbound local, a null on the stack.
    Null,
    /// The frame's own slot holds it already.
    Home,
}

/// Why native code left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, PartialOrd, Ord)]
pub enum ExitReason {
    /// A value had another type than was seen before.
    Type,
    /// A result does not fit 64 bits.
    Overflow,
    /// The operation would raise.
    WouldRaise,
    /// Index out of range.
    Bounds,
    /// Code that had not run when the unit was compiled.
    Unreached,
    /// An operation that native code leaves to the interpreter.
    Unsupported,
    /// The loop is done: the rest of the function runs in the interpreter.
    LoopDone,
    /// The function returns (a loop entered in the middle of a frame).
    Return,
    /// A signal, a thread, the collector or an exception from outside wants its turn.
    Poll,
    /// An object's end may run Python code.
    Destructor,
    /// A call left native code.
    Call,
    /// The recursion limit or the end of the stack is near.
    Recursion,
    /// An operation raised.
    Raised,
    /// Tracing, a frame object, or a broken assumption.
    Leave,
    /// What is called here is not compiled, or must not be called from here.
    Callee,
    /// Asked for by a stress mode.
    Stress,
}

/// What happens with the frame after an exit has completed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExitKind {
    /// The interpreter goes on at `resume`.
    Resume,
    /// The interpreter goes on at `resume` after the result of the call in flight was pushed.
    AwaitResult,
    /// As `AwaitResult`, where the call in flight is an `__init__`: its result must be `None` and is dropped; the new
    /// instance is on top of the stack.
    AwaitInit,
    /// As `AwaitResult`, where the call in flight is that of an operator's method; the operands are on top of the stack.
    AwaitOperator,
    /// An exception is set; `resume` is the instruction that raised.
    Raise,
}

impl ExitKind {
    /// A call is in flight.
    pub fn awaits(self) -> bool {
        matches!(
            self,
            ExitKind::AwaitResult | ExitKind::AwaitInit | ExitKind::AwaitOperator
        )
    }
}

/// A frame state at a side exit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitDesc {
    pub kind: ExitKind,
    pub reason: ExitReason,
    /// Instruction (code units from the start) that the interpreter executes next.
    pub resume: u32,
    /// Instruction that is named in tracebacks and statistics.
    pub at: u32,
    /// The instruction that was done last, where the code knows it.
    pub done: Option<u32>,
    /// Each local slot that changed, its source, and whether the frame's slot still owns the object it held at entry.
    pub locals: Vec<(u16, Source, bool)>,
    /// The value stack, bottom first.
    pub stack: Vec<Source>,
    /// Names of a module or class body to write back: index into `co_names`.
    pub names: Vec<(u16, Source)>,
    /// The function whose call left, at this index of the exit buffer, if that is why this one leaves.
    pub called: Option<u16>,
    /// References to drop first, at these indices.
    pub dead: Vec<u16>,
}

/// Calling convention of a compiled call unit, which another unit may call directly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CalleeAbi {
    pub params: Vec<ParamAbi>,
    pub result: Repr,
    /// It pushes its own frame, because something in it may run Python code; else it needs none.
    pub framed: bool,
    /// Its result is always `None`.
    pub returns_none: bool,
    /// It assigns or deletes a parameter: an argument that only the caller holds would outlive that.
    pub rebinds: bool,
    /// Its result may be `NotImplemented`, as far as the compiler knows.
    pub declines: bool,
}

/// A call through the boxed convention has at most so many arguments.
pub const BOXED_PARAMETERS: usize = 8;

/// How a unit is entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryKind {
    /// A call, with this convention.
    Call(CalleeAbi),
    /// A loop header of a running frame, at this instruction.
    Loop { header: u32 },
}

impl EntryKind {
    /// Calling convention of a call unit.
    pub fn abi(&self) -> Option<&CalleeAbi> {
        match self {
            EntryKind::Call(abi) => Some(abi),
            EntryKind::Loop { .. } => None,
        }
    }
}

/// All that the runtime must know of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitMeta {
    pub code: CodeHash,
    pub qualname: String,
    pub entry_kind: EntryKind,
    /// Offset of the entry in the text.
    pub entry: u32,
    /// Offset of the core entry (call units).
    pub core: u32,
    /// Offset of the entry with the boxed convention, if the unit has one (call units).
    pub boxed: Option<u32>,
    /// How the functions of the text are unwound: an `.eh_frame` section for text at address 0.
    pub unwind: Vec<u8>,
    pub slots: Vec<Slot>,
    pub exits: Vec<ExitDesc>,
    /// Functions that the unit calls directly, by the global that names them: they must still have this convention.
    pub callees: Vec<(GlobalKey, CalleeAbi)>,
    /// Conventions of methods that the unit calls directly.
    pub methods: Vec<CalleeAbi>,
    /// Conventions of initialisers that the unit calls on new instances.
    pub initializers: Vec<CalleeAbi>,
    /// Globals that must still be what they were.
    pub globals: Vec<(GlobalKey, GlobalFact)>,
    /// Names of a module or class body that the unit keeps in registers: index into `co_names`.
    pub names: Vec<u16>,
    /// The entry needs this much depth of the frame's own stack: entries seen at the loop header.
    pub stack_depth: u16,
    pub worth: Worth,
}

/// What is expected of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Worth {
    /// It gains more than it loses by far.
    Sure,
    /// It gains in some places and loses in others.
    Doubtful,
    /// A call gains less than the interpreter needs to enter native code.
    Small,
}

impl UnitMeta {
    /// A unit of this code without text, slots or assumptions.
    pub fn of(code: &CodeInfo, entry_kind: EntryKind) -> UnitMeta {
        UnitMeta {
            code: code.hash,
            qualname: code.qualname.clone(),
            entry_kind,
            entry: 0,
            core: 0,
            boxed: None,
            unwind: Vec::new(),
            slots: Vec::new(),
            exits: Vec::new(),
            callees: Vec::new(),
            methods: Vec::new(),
            initializers: Vec::new(),
            globals: Vec::new(),
            names: Vec::new(),
            stack_depth: 0,
            worth: Worth::Sure,
        }
    }
}

/// Status words that native code returns.
pub mod status {
    /// Done; the result is in its representation.
    pub const DONE: u64 = 0;
    /// An argument or local has another type: nothing happened.
    pub const MISS: u64 = 1;
    /// Left through an exit: records wait (frameless), or the frame is complete (framed).
    pub const LEFT: u64 = 2;
    /// Left with an exception that this frame does not handle.
    pub const RAISED: u64 = 3;
    /// The callee did not start: recursion limit or stack.
    pub const REFUSED: u64 = 4;
    /// Done (framed units), but the result has another type: it is an owned object in the result's register.
    pub const OTHER: u64 = 5;
}

/// How an exception is caught: the instruction that raised it, and
pub mod how {
    /// the handler wants that instruction's number;
    pub const LASTI: u64 = 1 << 32;
    /// it was raised again as it is;
    pub const AGAIN: u64 = 1 << 33;
    /// so many references are dropped before the traceback gets its entry,
    pub const BEFORE: u32 = 40;
    /// and so many after it.
    pub const AFTER: u32 = 48;
    /// What fits there.
    pub const MOST: usize = 255;
}

/// What becomes of an exception.
pub mod caught {
    /// The interpreter must do it: nothing has happened.
    pub const NOT: u64 = 0;
    pub const YES: u64 = 1;
    /// It is caught, but the unit must leave at the handler's first instruction.
    pub const LEAVE: u64 = 2;
}
