//! Methods of builtin types and functions in C that compiled code calls at once: they run no Python code where their
//! arguments are plain.

use crate::ffi;
use crate::image::type_object;
use crate::unit::TypeTag;
use serde::{Deserialize, Serialize};
use std::ffi::CStr;
use std::sync::LazyLock;

/// A method, by its number in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BuiltinMethod(u8);

/// Type of what it is a method of, name, type of the result (`Other`: any).
type Row = (TypeTag, &'static CStr, TypeTag);

const fn row(tag: TypeTag, name: &'static CStr, gives: TypeTag) -> Row {
    (tag, name, gives)
}

/// None of them changes what it is called on, or its arguments.
static METHODS: [Row; 28] = {
    use TypeTag::{Bool, Dict, Int, List, Other, Str, Tuple};
    [
        row(Dict, c"get", Other),
        row(Str, c"startswith", Bool),
        row(Str, c"endswith", Bool),
        row(Str, c"find", Int),
        row(Str, c"rfind", Int),
        row(Str, c"count", Int),
        row(Str, c"replace", Str),
        row(Str, c"strip", Str),
        row(Str, c"lstrip", Str),
        row(Str, c"rstrip", Str),
        row(Str, c"lower", Str),
        row(Str, c"upper", Str),
        row(Str, c"title", Str),
        row(Str, c"capitalize", Str),
        row(Str, c"zfill", Str),
        row(Str, c"ljust", Str),
        row(Str, c"rjust", Str),
        row(Str, c"isdigit", Bool),
        row(Str, c"isalpha", Bool),
        row(Str, c"isalnum", Bool),
        row(Str, c"isspace", Bool),
        row(Str, c"isupper", Bool),
        row(Str, c"islower", Bool),
        row(Str, c"split", List),
        row(Str, c"splitlines", List),
        row(Str, c"partition", Tuple),
        row(Str, c"rpartition", Tuple),
        row(Str, c"join", Str),
    ]
};

/// A function of a module in C, by its number in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlainFunction(u8);

/// Module, name, type of the result (`Other`: any).
static FUNCTIONS: [(&str, &str, TypeTag); 31] = {
    use TypeTag::{Bool, Float, Int, Other, Str};
    [
        ("builtins", "isinstance", Bool),
        ("builtins", "ord", Int),
        ("builtins", "chr", Str),
        ("builtins", "pow", Other),
        ("builtins", "round", Other),
        ("builtins", "hex", Str),
        ("builtins", "bin", Str),
        ("math", "hypot", Float),
        ("math", "atan2", Float),
        ("math", "pow", Float),
        ("math", "fmod", Float),
        ("math", "copysign", Float),
        ("math", "degrees", Float),
        ("math", "radians", Float),
        ("math", "log2", Float),
        ("math", "log10", Float),
        ("math", "sinh", Float),
        ("math", "cosh", Float),
        ("math", "tanh", Float),
        ("math", "ldexp", Float),
        ("math", "floor", Other),
        ("math", "ceil", Other),
        ("math", "trunc", Other),
        ("math", "isfinite", Bool),
        ("math", "isinf", Bool),
        ("math", "isnan", Bool),
        ("math", "isclose", Bool),
        ("math", "gcd", Other),
        ("math", "isqrt", Other),
        ("math", "comb", Other),
        ("math", "factorial", Other),
    ]
};

impl PlainFunction {
    pub const ISINSTANCE: PlainFunction = PlainFunction(0);

    /// The function of this name in this module.
    pub(crate) fn named(module: &str, name: &str) -> Option<PlainFunction> {
        let mut all = FUNCTIONS.iter();
        let number = all.position(|f| (f.0, f.1) == (module, name))?;
        Some(PlainFunction(number as u8))
    }

    /// Exact type of the result; `Other`: any.
    pub fn gives(self) -> TypeTag {
        FUNCTIONS[usize::from(self.0).min(FUNCTIONS.len() - 1)].2
    }
}

/// Their descriptors, which live as long as the types.
static DESCRIPTORS: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let descriptor = |&(tag, name, _): &Row| {
        // SAFETY: a ready builtin type; the GIL is held by whoever links or compiles.
        unsafe {
            let name = ffi::PyUnicode_InternFromString(name.as_ptr());
            if name.is_null() {
                ffi::PyErr_Clear();
                return 0;
            }
            let found = ffi::_PyType_Lookup(type_object(tag).cast(), name);
            ffi::Py_DECREF(name);
            let plain = !found.is_null()
                && ffi::Py_TYPE(found) == &raw mut ffi::PyMethodDescr_Type
                && takes_no_tuple((*found.cast::<ffi::PyMethodDescrObject>()).d_method);
            if plain { found as usize } else { 0 }
        }
    };
    METHODS.iter().map(descriptor).collect()
});

/// Functions that take their arguments in a tuple gain nothing.
///
/// # Safety
/// A live definition.
pub(crate) unsafe fn takes_no_tuple(definition: *const ffi::PyMethodDef) -> bool {
    // SAFETY: the contract above.
    unsafe { (*definition).ml_flags & ffi::METH_VARARGS == 0 }
}

impl BuiltinMethod {
    pub const DICT_GET: BuiltinMethod = BuiltinMethod(0);
    pub const STARTSWITH: BuiltinMethod = BuiltinMethod(1);
    pub const ENDSWITH: BuiltinMethod = BuiltinMethod(2);

    /// The method with this descriptor, which is not looked at.
    pub(crate) fn of(descriptor: usize) -> Option<BuiltinMethod> {
        let number = DESCRIPTORS.iter().position(|&d| d == descriptor)?;
        (descriptor != 0).then_some(BuiltinMethod(number as u8))
    }

    /// Its descriptor; 0 if there is none.
    pub(crate) fn descriptor(self) -> usize {
        let found = DESCRIPTORS.get(usize::from(self.0));
        found.copied().unwrap_or(0)
    }

    fn row(self) -> Row {
        METHODS[usize::from(self.0).min(METHODS.len() - 1)]
    }

    /// Exact type of what it is called on.
    pub fn on(self) -> TypeTag {
        self.row().0
    }

    /// Exact type of the result; `Other`: any.
    pub fn gives(self) -> TypeTag {
        self.row().2
    }
}
