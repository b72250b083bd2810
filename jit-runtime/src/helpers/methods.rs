//! Methods of builtin types with plain arguments: see [`crate::methods`].

use super::pure::{keys_plain, plain, quiet};
use crate::ffi::{self, PyObject};
use std::cell::LazyCell;
use std::os::raw::c_int;
use std::ptr::null_mut;
use std::sync::LazyLock;

type O = *mut PyObject;

/// Calls a method of the table, `args` being what it is called on and the arguments, `n` in all. Null where that could run
/// Python code or raises.
pub unsafe extern "C" fn pure_method(method: O, args: *const O, n: usize) -> O {
    // SAFETY: the helpers' contract; a method descriptor, called as its type says with an object of its own type.
    unsafe {
        let fits = |&object: &O| plain(object) || object == ffi::Py_None() || holds_plain(object);
        if !std::slice::from_raw_parts(args.add(1), n - 1)
            .iter()
            .all(fits)
        {
            return null_mut();
        }
        let definition = (*method.cast::<ffi::PyMethodDescrObject>()).d_method;
        call(definition, *args, args.add(1), n - 1)
    }
}

/// Calls what is defined here, as the interpreter does it, without what stands between it and the function
/// (Objects/descrobject.c, Objects/methodobject.c).
unsafe fn call(definition: *const ffi::PyMethodDef, this: O, args: *const O, n: usize) -> O {
    // SAFETY: a function in C, called as its definition says.
    unsafe {
        let ffi::PyMethodDef {
            ml_meth: function,
            ml_flags: flags,
            ..
        } = *definition;
        let (args, n) = (args.cast_mut(), n as isize);
        quiet(match (flags, n) {
            (ffi::METH_NOARGS, 0) => (function.PyCFunction)(this, null_mut()),
            (ffi::METH_O, 1) => (function.PyCFunction)(this, *args),
            (ffi::METH_FASTCALL, _) => (function.PyCFunctionFast)(this, args, n),
            (FAST_WITH_KEYWORDS, _) => {
                (function.PyCFunctionFastWithKeywords)(this, args, n, null_mut())
            }
            _ => null_mut(),
        })
    }
}

/// Calls a function of the table with so many arguments. Null where that could run Python code or raises.
pub unsafe extern "C" fn pure_function(function: O, args: *const O, n: usize) -> O {
    // SAFETY: the helpers' contract; a function in C.
    unsafe {
        if !std::slice::from_raw_parts(args, n)
            .iter()
            .all(|&o| plain(o))
        {
            return null_mut();
        }
        let function = &*function.cast::<ffi::PyCFunctionObject>();
        call(function.m_ml, function.m_self, args, n)
    }
}

/// `isinstance` with a class whose own class is `type`, or an exact tuple of such, of an object that does not say itself
/// what its class is.
pub unsafe extern "C" fn pure_isinstance(object: O, classes: O) -> O {
    // SAFETY: the helpers' contract; types live as long as their instances, a tuple's items as long as it.
    unsafe {
        let ty = ffi::Py_TYPE(object);
        let plain = LazyCell::new(|| has_plain_class(ty));
        let is = |class: O| {
            if ty.cast() == class {
                return Some(true);
            }
            if ffi::Py_TYPE(class) != &raw mut ffi::PyType_Type {
                return None;
            }
            if ffi::PyType_IsSubtype(ty, class.cast()) != 0 {
                return Some(true);
            }
            plain.then_some(false)
        };
        let found = if ffi::PyTuple_CheckExact(classes) != 0 {
            let mut items =
                (0..ffi::PyTuple_GET_SIZE(classes)).map(|i| ffi::PyTuple_GET_ITEM(classes, i));
            items
                .find_map(|class| is(class).map_or(Some(None), |is| is.then_some(Some(true))))
                .unwrap_or(Some(false))
        } else {
            is(classes)
        };
        match found {
            Some(true) => ffi::Py_True(),
            Some(false) => ffi::Py_False(),
            None => null_mut(),
        }
    }
}

/// `__class__` of the type's instances is their type.
unsafe fn has_plain_class(ty: *mut ffi::PyTypeObject) -> bool {
    /// The name, and what `object` has under it.
    static CLASS: LazyLock<[usize; 2]> = LazyLock::new(|| {
        // SAFETY: callable with the GIL held; the name is kept.
        unsafe {
            let name = ffi::PyUnicode_InternFromString(c"__class__".as_ptr());
            if name.is_null() {
                ffi::PyErr_Clear();
                return [0; 2];
            }
            let found = ffi::_PyType_Lookup(&raw mut ffi::PyBaseObject_Type, name);
            [name as usize, found as usize]
        }
    });
    let [name, plain] = *CLASS;
    // SAFETY: ready types; what a type has under a name is found without running Python code.
    unsafe {
        let get = |ty: *mut ffi::PyTypeObject| (*ty).tp_getattro.map(|f| f as usize);
        name != 0
            && get(ty) == get(&raw mut ffi::PyBaseObject_Type)
            && ffi::_PyType_Lookup(ty, name as O) as usize == plain
    }
}

const FAST_WITH_KEYWORDS: c_int = ffi::METH_FASTCALL | ffi::METH_KEYWORDS;

/// An exact list or tuple, of which the methods take only strings: they look at nothing but the types of its items.
unsafe fn holds_plain(object: O) -> bool {
    // SAFETY: a live object.
    unsafe { ffi::PyList_CheckExact(object) != 0 || ffi::PyTuple_CheckExact(object) != 0 }
}

/// `dict.get` of an exact dict.
pub unsafe extern "C" fn pure_dict_get(dict: O, key: O, other: O) -> O {
    // SAFETY: the helpers' contract; no hash or comparison runs Python code.
    unsafe {
        if !plain(key) || !keys_plain(dict) {
            return null_mut();
        }
        let found = ffi::PyDict_GetItemWithError(dict, key);
        if found.is_null() {
            if !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_Clear();
                return null_mut();
            }
            return ffi::Py_NewRef(other);
        }
        ffi::Py_NewRef(found)
    }
}

/// `dict[key]` of an exact dict: the item, 1 if there is none, 0 if that would run Python code.
pub unsafe extern "C" fn pure_dict_find(dict: O, key: O) -> u64 {
    // SAFETY: the helpers' contract; no hash or comparison runs Python code.
    unsafe {
        if ffi::PyDict_CheckExact(dict) == 0 || !plain(key) || !keys_plain(dict) {
            return 0;
        }
        let found = ffi::PyDict_GetItemWithError(dict, key);
        if found.is_null() {
            if !ffi::PyErr_Occurred().is_null() {
                ffi::PyErr_Clear();
                return 0;
            }
            return 1;
        }
        ffi::Py_NewRef(found) as u64
    }
}

/// `str.startswith` of exact strings.
pub unsafe extern "C" fn pure_startswith(text: O, part: O) -> O {
    // SAFETY: as of `tail_match`.
    unsafe { tail_match(text, part, -1) }
}

/// `str.endswith` of exact strings.
pub unsafe extern "C" fn pure_endswith(text: O, part: O) -> O {
    // SAFETY: as of `tail_match`.
    unsafe { tail_match(text, part, 1) }
}

unsafe fn tail_match(text: O, part: O, end: c_int) -> O {
    // SAFETY: the helpers' contract; an exact string.
    unsafe {
        if ffi::PyUnicode_CheckExact(part) == 0 {
            return null_mut();
        }
        match ffi::PyUnicode_Tailmatch(text, part, 0, isize::MAX, end) {
            0 => ffi::Py_False(),
            1 => ffi::Py_True(),
            _ => {
                ffi::PyErr_Clear();
                null_mut()
            }
        }
    }
}
