//! Exceptions that are being handled: the thread's `exc_info`, and what a handler is for (Python/bytecodes.c,
//! `PUSH_EXC_INFO`, `POP_EXCEPT`, `CHECK_EXC_MATCH`).

use crate::ffi::{self, PyObject, get, set};
use crate::layout::offsets as at;
use std::ptr::null_mut;

type O = *mut PyObject;

/// The exception is the one that is being handled from now on; gives the one that was, or `None`.
pub unsafe extern "C" fn push_exc(exception: O) -> O {
    // SAFETY: the helpers' contract; the thread's item owns what it holds, which moves to the caller.
    unsafe {
        let info: *mut u8 = get(ffi::thread(), at::THREAD_EXC_INFO);
        let before: O = get(info, at::EXC_INFO_VALUE);
        set(info, at::EXC_INFO_VALUE, ffi::Py_NewRef(exception));
        if before.is_null() {
            return ffi::Py_NewRef(ffi::Py_None());
        }
        before
    }
}

/// The exception that was handled before is being handled again, or none is (`None`), whose reference moves here; gives
/// the one that was, or null.
pub unsafe extern "C" fn pop_exc(before: O) -> O {
    // SAFETY: as for `push_exc`.
    unsafe {
        let info: *mut u8 = get(ffi::thread(), at::THREAD_EXC_INFO);
        let handled: O = get(info, at::EXC_INFO_VALUE);
        let nothing = cfg!(Py_3_13) && before == ffi::Py_None();
        let now = if nothing { null_mut() } else { before };
        set(info, at::EXC_INFO_VALUE, now);
        handled
    }
}

/// 1: the exception is of the class, or one of those in a tuple; 0: it is not; -1: these are no classes of exceptions.
pub unsafe extern "C" fn exc_match(exception: O, class: O) -> i64 {
    // SAFETY: the helpers' contract; items of a live tuple.
    unsafe {
        let fits = if ffi::PyTuple_Check(class) != 0 {
            let items = 0..ffi::PyTuple_GET_SIZE(class);
            items
                .into_iter()
                .all(|i| ffi::PyExceptionClass_Check(ffi::PyTuple_GET_ITEM(class, i)) != 0)
        } else {
            ffi::PyExceptionClass_Check(class) != 0
        };
        if !fits {
            return -1;
        }
        i64::from(ffi::PyErr_GivenExceptionMatches(exception, class))
    }
}
