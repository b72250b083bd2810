//! Attributes, methods and context managers.

use super::{done, drop_operands};
use crate::ffi::{self, PyObject};
use std::ffi::CStr;
use std::ptr::null_mut;

type O = *mut PyObject;

pub unsafe extern "C" fn run_load_attr(base: *mut O, _arg: u64, name: O) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let object = *base;
        let result = ffi::PyObject_GetAttr(object, name);
        ffi::Py_DECREF(object);
        result
    }
}

/// Value, object.
pub unsafe extern "C" fn run_store_attr(base: *mut O, _arg: u64, name: O) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let status = ffi::PyObject_SetAttr(*base.add(1), name, *base);
        drop_operands(base, 2);
        done(status)
    }
}

pub unsafe extern "C" fn run_delete_attr(base: *mut O, _arg: u64, name: O) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let status = ffi::PyObject_SetAttr(*base, name, null_mut());
        ffi::Py_DECREF(*base);
        done(status)
    }
}

/// Leaves what was no method to be called: the attribute and null, in the order of the version.
unsafe fn leave_attribute(base: *mut O, attribute: O) {
    // SAFETY: the contract; two words at `base` are free, and the reference moves there.
    unsafe {
        let (callable, null) = callable_and_null(base);
        *callable = attribute;
        *null = null_mut();
    }
}

/// Where the interpreter has a callable that is not a method, and the null beside it.
pub(super) unsafe fn callable_and_null(base: *mut O) -> (*mut O, *mut O) {
    // SAFETY: the contract; the two words are those of a callable.
    unsafe {
        if cfg!(Py_3_13) {
            (base, base.add(1))
        } else {
            (base.add(1), base)
        }
    }
}

/// Method and self at `base`, or attribute and null, in the order of the version.
pub unsafe extern "C" fn run_load_method(base: *mut O, _arg: u64, name: O) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let object = *base;
        let mut method: O = null_mut();
        let unbound = ffi::_PyObject_GetMethod(object, name, &mut method);
        if unbound != 0 {
            *base = method;
            *base.add(1) = object;
            return 1;
        }
        ffi::Py_DECREF(object);
        if method.is_null() {
            return 0;
        }
        leave_attribute(base, method);
        1
    }
}

/// `super(class, self).name`: the global `super`, class, self; `two`: written with both arguments. With `method`, two
/// results as of `run_load_method`.
pub unsafe extern "C" fn run_load_super(base: *mut O, flags: u64, name: O) -> O {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let (two, method) = (flags & 2 != 0, flags & 1 != 0);
        let known = *base == (&raw mut ffi::PySuper_Type).cast::<PyObject>();
        let n = if two || known { 2 } else { 0 };
        let object = ffi::PyObject_Vectorcall(*base, base.add(1), n, null_mut());
        drop_operands(base, 3);
        if object.is_null() {
            return null_mut();
        }
        let result = ffi::PyObject_GetAttr(object, name);
        ffi::Py_DECREF(object);
        if !method || result.is_null() {
            return result;
        }
        leave_attribute(base, result);
        // Any non-null word: done.
        result
    }
}

/// `__exit__` and the result of `__enter__` at `base`.
pub unsafe extern "C" fn run_before_with(base: *mut O, _arg: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; the two words at `base` take the results.
    unsafe {
        let manager = *base;
        let lookup = |name: &CStr| -> O {
            let name = ffi::PyUnicode_InternFromString(name.as_ptr());
            if name.is_null() {
                return null_mut();
            }
            let found = ffi::_PyObject_LookupSpecial(manager, name);
            ffi::Py_DECREF(name);
            found
        };
        let complain = |text: &CStr| {
            if ffi::PyErr_Occurred().is_null() {
                let name = (*ffi::Py_TYPE(manager)).tp_name;
                ffi::PyErr_Format(ffi::PyExc_TypeError, text.as_ptr(), name);
            }
        };
        let enter = lookup(c"__enter__");
        if enter.is_null() {
            complain(c"'%.200s' object does not support the context manager protocol");
            ffi::Py_DECREF(manager);
            return 0;
        }
        let exit = lookup(c"__exit__");
        if exit.is_null() {
            complain(
                c"'%.200s' object does not support the context manager protocol (missed __exit__ method)",
            );
            ffi::Py_DECREF(enter);
            ffi::Py_DECREF(manager);
            return 0;
        }
        ffi::Py_DECREF(manager);
        let result = ffi::PyObject_CallNoArgs(enter);
        ffi::Py_DECREF(enter);
        if result.is_null() {
            ffi::Py_DECREF(exit);
            return 0;
        }
        *base = exit;
        *base.add(1) = result;
        1
    }
}
