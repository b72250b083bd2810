//! The operations that may run Python code: which `run_*` helper does each, what the helper is passed, and what it
//! gives. Compiled code and interpreted units both go by this table.

use crate::ffi::{self, PyObject, get};
use crate::helpers::Id;
use crate::layout::{PY_3_13, offsets as at};

type O = *mut PyObject;

/// An operation on operands that lie on a frame's value stack. Numbers are indices into `co_names`, or the instruction's
/// argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    LoadGlobal(u32),
    LoadName(u32),
    StoreGlobal(u32),
    StoreName(u32),
    /// As the argument of `BINARY_OP`.
    Binary(u32),
    /// 0: `-a`, 1: `~a`, 2: `+a`.
    Unary(u32),
    /// From `Py_LT` (0) to `Py_GE` (5).
    Compare(u32),
    Truth,
    /// Item, container.
    Contains,
    Subscr,
    /// Value, container, index.
    StoreSubscr,
    DeleteSubscr,
    Slice,
    StoreSlice,
    BuildSlice(u32),
    /// Keys and values in turn, so many words.
    BuildMap(u32),
    /// So many values, then the tuple of keys.
    BuildConstMap(u32),
    BuildSet(u32),
    BuildString(u32),
    /// The container is the object beside the operands.
    ListExtend,
    SetUpdate,
    SetAdd,
    MapAdd,
    DictUpdate,
    /// With a specification.
    Format(bool),
    FormatValue(u32),
    Convert(u32),
    LoadAttr(u32),
    /// Value, object.
    StoreAttr(u32),
    DeleteAttr(u32),
    LoadMethod(u32),
    /// Name, flags of the instruction.
    LoadSuper(u32, u32),
    /// Two words of a callable and so many arguments; the names of the last ones are the object beside them.
    Call(u32),
    /// With keywords.
    CallEx(bool),
    GetIter,
    /// The iterator is the object beside the operands, of which there are none.
    Next,
    Unpack(u32),
    UnpackEx(u32),
    BeforeWith,
    MakeFunction(u32),
    SetFunctionAttribute(u32),
    /// An exception, with 2 its cause.
    Raise(u32),
    /// `__exit__`; the exception is the object beside it.
    WithExcept,
    AssertionError,
}

/// A word that a helper is passed beside the place of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Number(i64),
    /// A name of the code.
    Name(u32),
    /// The frame.
    Frame,
    /// The object beside the operands; null if there is none.
    Object,
}

/// What a helper gives. Except for `Truth` and `Item`, 0 means that an exception is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A new object.
    Object,
    Nothing,
    /// Always an exception.
    Never,
    /// So many objects, left at the base.
    Several(usize),
    /// 0, 1, or -1 with an exception set.
    Truth,
    /// 1: an item, left at the base; 0: there is none; -1: an exception is set.
    Item,
}

/// How an operation is done.
#[derive(Clone, Copy, Debug)]
pub struct Doing {
    pub helper: Id,
    pub arg: Word,
    pub extra: Word,
    pub gives: Gives,
    /// How many operands the helper finds at its base.
    pub operands: usize,
}

impl Operation {
    pub fn doing(self) -> Doing {
        use Gives::{Item, Never, Nothing, Object, Several, Truth};
        use Operation as Op;
        use Word::{Frame, Name, Number};
        let none = Number(0);
        let number = |n: u32| Number(i64::from(n));
        let flag = |flag: bool| Number(i64::from(flag));
        let beside = Word::Object;
        let count = |n: u32| n as usize;
        let (operands, helper, arg, extra, gives) = match self {
            Op::LoadGlobal(name) => (0, Id::run_load_global, Frame, Name(name), Object),
            Op::LoadName(name) => (0, Id::run_load_name, Frame, Name(name), Object),
            Op::StoreGlobal(name) => (1, Id::run_store_global, Frame, Name(name), Nothing),
            Op::StoreName(name) => (1, Id::run_store_name, Frame, Name(name), Nothing),
            Op::Binary(op) => (2, Id::run_binary, number(op), none, Object),
            Op::Unary(op) => (1, Id::run_unary, number(op), none, Object),
            Op::Compare(op) => (2, Id::run_compare, number(op), none, Object),
            Op::Truth => (1, Id::run_truth, none, none, Truth),
            Op::Contains => (2, Id::run_contains, none, none, Truth),
            Op::Subscr => (2, Id::run_subscr, none, none, Object),
            Op::StoreSubscr => (3, Id::run_store_subscr, none, none, Nothing),
            Op::DeleteSubscr => (2, Id::run_delete_subscr, none, none, Nothing),
            Op::Slice => (3, Id::run_slice, none, none, Object),
            Op::StoreSlice => (4, Id::run_store_slice, none, none, Nothing),
            Op::BuildSlice(n) => (count(n), Id::run_build_slice, number(n), none, Object),
            Op::BuildMap(n) => (count(n), Id::run_build_map, number(n), none, Object),
            Op::BuildConstMap(n) => {
                let (n, arg) = (count(n) + 1, number(n));
                (n, Id::run_build_const_map, arg, none, Object)
            }
            Op::BuildSet(n) => (count(n), Id::run_build_set, number(n), none, Object),
            Op::BuildString(n) => (count(n), Id::run_build_string, number(n), none, Object),
            Op::ListExtend => (1, Id::run_list_extend, none, beside, Nothing),
            Op::SetUpdate => (1, Id::run_set_update, none, beside, Nothing),
            Op::SetAdd => (1, Id::run_set_add, none, beside, Nothing),
            Op::MapAdd => (2, Id::run_map_add, none, beside, Nothing),
            Op::DictUpdate => (1, Id::run_dict_update, none, beside, Nothing),
            Op::Format(spec) => {
                let operands = 1 + usize::from(spec);
                (operands, Id::run_format, flag(spec), none, Object)
            }
            Op::FormatValue(how) => {
                let operands = 1 + count(how >> 2 & 1);
                (operands, Id::run_format_value, number(how), none, Object)
            }
            Op::Convert(how) => (1, Id::run_convert, number(how), none, Object),
            Op::LoadAttr(name) => (1, Id::run_load_attr, none, Name(name), Object),
            Op::StoreAttr(name) => (2, Id::run_store_attr, none, Name(name), Nothing),
            Op::DeleteAttr(name) => (1, Id::run_delete_attr, none, Name(name), Nothing),
            Op::LoadMethod(name) => (1, Id::run_load_method, none, Name(name), Several(2)),
            Op::LoadSuper(name, flags) => {
                let gives = if flags & 1 != 0 { Several(2) } else { Object };
                (3, Id::run_load_super, number(flags), Name(name), gives)
            }
            Op::Call(n) => (2 + count(n), Id::run_call, number(n), beside, Object),
            Op::CallEx(keywords) => {
                let operands = 3 + usize::from(keywords);
                (operands, Id::run_call_ex, flag(keywords), none, Object)
            }
            Op::GetIter => (1, Id::run_get_iter, none, none, Object),
            Op::Next => (0, Id::run_iter_next, none, beside, Item),
            Op::Unpack(n) => (1, Id::run_unpack, number(n), none, Several(count(n))),
            Op::UnpackEx(counts) => {
                let n = count(counts & 0xff) + 1 + count(counts >> 8);
                (1, Id::run_unpack_ex, number(counts), none, Several(n))
            }
            Op::BeforeWith => (1, Id::run_before_with, none, none, Several(2)),
            Op::MakeFunction(flags) => {
                let operands = 1 + count(flags.count_ones());
                let helper = Id::run_make_function;
                (operands, helper, number(flags), Frame, Object)
            }
            Op::SetFunctionAttribute(part) => {
                let helper = Id::run_set_function_attribute;
                (2, helper, number(part), none, Object)
            }
            Op::AssertionError => (0, Id::run_assertion_error, none, none, Object),
            Op::Raise(n) => (count(n), Id::run_raise, number(n), none, Never),
            Op::WithExcept => (1, Id::run_with_except, none, beside, Object),
        };
        Doing {
            helper,
            arg,
            extra,
            gives,
            operands,
        }
    }

    /// The operands, and the object beside them, are as many and of such kinds as the helper takes for granted.
    ///
    /// # Safety
    /// Live objects or null; the GIL is held.
    pub(crate) unsafe fn fits(self, operands: &[O], object: O) -> bool {
        // SAFETY: the contract above; what is null is not looked at.
        unsafe {
            let doing = self.doing();
            // Beside a callable there may be a null, in the order of the version.
            let callable = usize::from(!PY_3_13);
            let calls = matches!(self, Operation::Call(_) | Operation::CallEx(_));
            let mut words = operands.iter().enumerate();
            if operands.len() != doing.operands
                || words.any(|(i, o)| o.is_null() && !(calls && i == 1 - callable))
                || (object.is_null() && doing.extra == Word::Object && !calls)
            {
                return false;
            }
            let exact = |o: O, ty: *mut ffi::PyTypeObject| ffi::Py_TYPE(o) == ty;
            let tuple = |o: O| exact(o, &raw mut ffi::PyTuple_Type);
            let dict = |o: O| exact(o, &raw mut ffi::PyDict_Type);
            // The parts of a function, by their bits.
            let part = |bit: u32, o: O| if bit == 2 { dict(o) } else { tuple(o) };
            match self {
                Operation::Binary(op) => op < 26,
                Operation::Compare(op) => op < 6,
                Operation::BuildSlice(n) => n == 2 || n == 3,
                Operation::Raise(n) => n == 1 || n == 2,
                Operation::BuildMap(n) => n % 2 == 0,
                Operation::BuildConstMap(n) => {
                    let keys = operands[n as usize];
                    tuple(keys) && ffi::PyTuple_GET_SIZE(keys) == n as isize
                }
                Operation::BuildString(_) => operands.iter().all(|&o| ffi::PyUnicode_Check(o) != 0),
                Operation::ListExtend => exact(object, &raw mut ffi::PyList_Type),
                Operation::SetUpdate | Operation::SetAdd => exact(object, &raw mut ffi::PySet_Type),
                Operation::MapAdd | Operation::DictUpdate => dict(object),
                Operation::Call(n) => {
                    object.is_null() || tuple(object) && ffi::PyTuple_GET_SIZE(object) <= n as isize
                }
                Operation::CallEx(true) => dict(operands[3]),
                Operation::WithExcept => ffi::PyExceptionInstance_Check(object) != 0,
                Operation::Next => (*ffi::Py_TYPE(object)).tp_iternext.is_some(),
                Operation::MakeFunction(flags) => {
                    let bits = [1, 2, 4, 8].into_iter().filter(|bit| flags & bit != 0);
                    flags < 16
                        && bits.zip(operands).all(|(bit, &o)| part(bit, o))
                        && operands.last().is_some_and(|&o| ffi::PyCode_Check(o) != 0)
                }
                Operation::SetFunctionAttribute(bit) => {
                    let function = operands[1];
                    let place = match bit {
                        1 => at::FUNC_DEFAULTS,
                        2 => at::FUNC_KWDEFAULTS,
                        4 => at::FUNC_ANNOTATIONS,
                        8 => at::FUNC_CLOSURE,
                        _ => return false,
                    };
                    part(bit, operands[0])
                        && exact(function, &raw mut ffi::PyFunction_Type)
                        && get::<O, _>(function, place).is_null()
                }
                _ => true,
            }
        }
    }
}
