//! Names that are looked up each time: globals, and those of module and class bodies.

use super::done;
use crate::ffi::{self, Frame, PyObject, get};
use crate::layout::offsets as at;
use std::ptr::null_mut;

type O = *mut PyObject;

/// A global by name, as `LOAD_GLOBAL` finds it in the frame.
pub unsafe extern "C" fn run_load_global(_base: *mut O, frame: *mut Frame, name: O) -> O {
    // SAFETY: `name` is a live str, `frame` the current frame.
    unsafe {
        let globals: O = get(frame, at::FRAME_GLOBALS);
        let builtins: O = get(frame, at::FRAME_BUILTINS);
        let mut found = ffi::PyDict_GetItemWithError(globals, name);
        if found.is_null() && ffi::PyErr_Occurred().is_null() {
            if ffi::PyDict_CheckExact(builtins) != 0 {
                found = ffi::PyDict_GetItemWithError(builtins, name);
            } else {
                let object = ffi::PyObject_GetItem(builtins, name);
                if !object.is_null() {
                    return object;
                }
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_KeyError) == 0 {
                    return null_mut();
                }
                ffi::PyErr_Clear();
            }
        }
        if found.is_null() {
            if ffi::PyErr_Occurred().is_null() {
                unbound_name(name);
            }
            return null_mut();
        }
        ffi::Py_INCREF(found);
        found
    }
}

/// NameError with its `name`, as `_PyEval_FormatExcCheckArg` makes it.
unsafe fn unbound_name(name: O) {
    // SAFETY: a live str.
    unsafe {
        ffi::PyErr_Format(
            ffi::PyExc_NameError,
            c"name '%U' is not defined".as_ptr(),
            name,
        );
        let raised = ffi::PyErr_GetRaisedException();
        if !raised.is_null() {
            ffi::PyObject_SetAttrString(raised, c"name".as_ptr(), name);
            ffi::PyErr_SetRaisedException(raised);
        }
    }
}

/// A name of a module or class body.
pub unsafe extern "C" fn run_load_name(base: *mut O, frame: *mut Frame, name: O) -> O {
    // SAFETY: `name` is a live str, `frame` the current frame.
    unsafe {
        let locals: O = get(frame, at::FRAME_LOCALS);
        if !locals.is_null() {
            if ffi::PyDict_CheckExact(locals) != 0 {
                let found = ffi::PyDict_GetItemWithError(locals, name);
                if !found.is_null() {
                    ffi::Py_INCREF(found);
                    return found;
                }
                if !ffi::PyErr_Occurred().is_null() {
                    return null_mut();
                }
            } else {
                let found = ffi::PyObject_GetItem(locals, name);
                if !found.is_null() {
                    return found;
                }
                if ffi::PyErr_ExceptionMatches(ffi::PyExc_KeyError) == 0 {
                    return null_mut();
                }
                ffi::PyErr_Clear();
            }
        }
        run_load_global(base, frame, name)
    }
}

/// The value at `base` into the namespace of the frame: `which` 0 globals, 1 locals.
unsafe fn store(base: *mut O, namespace: O, name: O) -> u64 {
    // SAFETY: the contract; `namespace` is null or live.
    unsafe {
        let value = *base;
        let status = if namespace.is_null() {
            ffi::PyErr_Format(
                ffi::PyExc_SystemError,
                c"no locals found when storing %R".as_ptr(),
                name,
            );
            -1
        } else if ffi::PyDict_CheckExact(namespace) != 0 {
            ffi::PyDict_SetItem(namespace, name, value)
        } else {
            ffi::PyObject_SetItem(namespace, name, value)
        };
        ffi::Py_DECREF(value);
        done(status)
    }
}

pub unsafe extern "C" fn run_store_global(base: *mut O, frame: *mut Frame, name: O) -> u64 {
    // SAFETY: the contract; `frame` is the current frame.
    unsafe { store(base, get(frame, at::FRAME_GLOBALS), name) }
}

pub unsafe extern "C" fn run_store_name(base: *mut O, frame: *mut Frame, name: O) -> u64 {
    // SAFETY: the contract; `frame` is the current frame.
    unsafe { store(base, get(frame, at::FRAME_LOCALS), name) }
}
