//! The type lattice, and how an instruction is done once types are known.

use pyaot_runtime::methods::{BuiltinMethod, PlainFunction};
use pyaot_runtime::unit::{ExitReason, Known, Repr, TypeTag};
use serde::Deserialize;

/// What is known of a value. Exact builtin types only; `Object` is anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Ty {
    /// No value reaches here (yet).
    Bottom,
    /// `int` in 64 bits, unboxed.
    Int,
    /// `float`, unboxed.
    Float,
    /// `bool`, unboxed.
    Bool,
    /// An unbound slot or the null beside a callable.
    Null,
    None,
    /// Boxed, of this exact type.
    Exact(TypeTag),
    /// A method that `LoadMethod` at this instruction found.
    Method(u32),
    /// A global that the compiler knows, by its `co_names` index.
    Global(u32),
    /// Boxed, anything.
    Object,
    /// Boxed or null.
    Maybe,
    /// A local slot that is unbound or holds an unboxed number; which, a byte beside it says.
    Perhaps(Repr),
}

impl Ty {
    /// Least upper bound, without speculation.
    pub fn join(self, other: Ty) -> Ty {
        match (self, other) {
            (a, b) if a == b => a,
            (Ty::Bottom, t) | (t, Ty::Bottom) => t,
            (Ty::Null | Ty::Maybe | Ty::Perhaps(_), _) => Ty::Maybe,
            (_, Ty::Null | Ty::Maybe | Ty::Perhaps(_)) => Ty::Maybe,
            (Ty::Int, Ty::Exact(TypeTag::BigInt)) | (Ty::Exact(TypeTag::BigInt), Ty::Int) => {
                Ty::Exact(TypeTag::BigInt)
            }
            _ => Ty::Object,
        }
    }
    /// Representation in registers.
    pub fn repr(self) -> Repr {
        match self {
            Ty::Int => Repr::Int,
            Ty::Float => Repr::Float,
            Ty::Bool => Repr::Bool,
            Ty::Perhaps(repr) => repr,
            _ => Repr::Boxed,
        }
    }
    pub fn is_raw(self) -> bool {
        self.repr() != Repr::Boxed
    }
    /// The type of unboxed values with this representation.
    pub fn of_repr(repr: Repr) -> Ty {
        match repr {
            Repr::Int => Ty::Int,
            Repr::Float => Ty::Float,
            Repr::Bool => Ty::Bool,
            Repr::Boxed => Ty::Object,
        }
    }
    /// Its end cannot run Python code, whatever the reference count.
    pub fn is_atomic(self) -> bool {
        match self {
            Ty::Int | Ty::Float | Ty::Bool | Ty::Perhaps(_) => true,
            Ty::Null | Ty::None | Ty::Bottom | Ty::Global(_) => true,
            Ty::Exact(tag) => tag.is_leaf() || matches!(tag, TypeTag::Range | TypeTag::RangeIter),
            Ty::Object | Ty::Maybe | Ty::Method(_) => false,
        }
    }
}

impl How {
    /// A compiled function is called directly.
    pub fn calls(self) -> bool {
        matches!(
            self,
            How::SelfCall | How::Direct | How::Site | How::Operator | How::New
        )
    }
}

/// How an instruction is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum How {
    /// Not decided: generic.
    Generic,
    /// Nothing to do at run time.
    Nothing,
    /// On 64-bit integers, overflow checked.
    Int,
    /// Exact `int` objects of any size, by helper; runs no Python code.
    BigInt,
    /// On doubles.
    Float,
    /// `int / int`, both exact in a double.
    IntTrueDiv,
    /// On bools.
    Bool,
    /// `int` against `float`: exact while the integer fits 53 bits.
    Mixed,
    /// Object identity.
    Identity,
    /// The operand is unboxed: it is this constant (`is None` on a number).
    Constant(bool),
    /// Item of a list or tuple, with this expected type of the result.
    Item(TypeTag),
    /// One character of a string.
    Char,
    /// Equality of strings.
    Str,
    /// Concatenation of strings.
    Concat,
    /// Iteration over this type of iterator.
    Iter(TypeTag),
    /// A watched global.
    Watched,
    /// Call of a known builtin.
    Known(Known),
    /// A new instance of a class, by its compiled `__init__`.
    New,
    /// Call of a compiled frameless function through its core entry.
    Direct,
    /// Call of a Python function by the boxed convention, whatever it is compiled for; with a frame, of anything.
    Site,
    /// Operator of a class, whose method is called by the boxed convention.
    Operator,
    /// Call of this very function.
    SelfCall,
    /// Attribute of an instance by its shape: 0 in its values, 1 in a slot.
    Field(u8),
    /// Method of an instance by its class; instances may have attributes of their own, which would hide it.
    Method(bool),
    /// `list.append` of an exact list.
    Append,
    /// Such a method of an object of the exact type.
    Builtin(BuiltinMethod),
    /// Call of such a function in C.
    Plain(PlainFunction),
    /// Truth of an object with a size.
    Size,
    /// The result is checked and unboxed at once.
    Unboxed(Repr),
    /// Done by a helper while that runs no Python code, else by the interpreter.
    Pure,
    /// Done by a helper that may run Python code, with the frame in place.
    Run,
    /// Always leaves here.
    Leave(ExitReason),
}
