//! `raise` with an exception (Python/ceval.c, `do_raise`).

use super::drop_operands;
use crate::ffi::{self, PyObject};
use std::ffi::CStr;
use std::ptr::null_mut;

type O = *mut PyObject;

pub unsafe extern "C" fn run_assertion_error(_base: *mut O, _arg: u64, _extra: u64) -> O {
    // SAFETY: a class that lives as long as the process, GIL held.
    unsafe { ffi::Py_NewRef(ffi::PyExc_AssertionError) }
}

/// An exception, with `n` 2 also its cause. An exception is set: this one, or what went wrong.
pub unsafe extern "C" fn run_raise(base: *mut O, n: u64, _extra: u64) -> u64 {
    // SAFETY: the contract; its operands are used up here.
    unsafe {
        let exception = *base;
        let value = instance(
            exception,
            c"exceptions must derive from BaseException",
            true,
        );
        if !value.is_null() {
            if n < 2 || set_cause(value, *base.add(1)) {
                let class = if ffi::PyExceptionClass_Check(exception) != 0 {
                    exception
                } else {
                    ffi::Py_TYPE(exception).cast()
                };
                ffi::PyErr_SetObject(class, value);
            }
            ffi::Py_DECREF(value);
        }
        drop_operands(base, n as usize);
        0
    }
}

/// A new reference to the exception, made if it is given as a class; null with an exception set (`error` if it is neither).
/// `checked`: what the class made must be one.
unsafe fn instance(given: O, error: &CStr, checked: bool) -> O {
    // SAFETY: a live object, GIL held.
    unsafe {
        if ffi::PyExceptionClass_Check(given) != 0 {
            let made = ffi::PyObject_CallNoArgs(given);
            if checked && !made.is_null() && ffi::PyExceptionInstance_Check(made) == 0 {
                ffi::PyErr_Format(
                    ffi::PyExc_TypeError,
                    c"calling %R should have returned an instance of BaseException, not %R"
                        .as_ptr(),
                    given,
                    ffi::Py_TYPE(made),
                );
                ffi::Py_DECREF(made);
                return null_mut();
            }
            return made;
        }
        if ffi::PyExceptionInstance_Check(given) != 0 {
            return ffi::Py_NewRef(given);
        }
        ffi::PyErr_SetString(ffi::PyExc_TypeError, error.as_ptr());
        null_mut()
    }
}

/// Sets the cause, of which `None` is none; false with an exception set.
unsafe fn set_cause(exception: O, given: O) -> bool {
    // SAFETY: a live exception and a live object, GIL held.
    unsafe {
        let cause = if given == ffi::Py_None() {
            null_mut()
        } else {
            let error = c"exception causes must derive from BaseException";
            // 3.12 takes whatever the class makes.
            let cause = instance(given, error, cfg!(Py_3_13));
            if cause.is_null() {
                return false;
            }
            cause
        };
        ffi::PyException_SetCause(exception, cause);
        true
    }
}
