//! The exceptional end of a `with` statement.

use crate::ffi::{self, PyObject};
use std::ptr::null_mut;

type O = *mut PyObject;

/// Calls `__exit__`, at `base`, with the class, the exception and its traceback (Python/bytecodes.c,
/// `WITH_EXCEPT_START`).
pub unsafe extern "C" fn run_with_except(base: *mut O, _arg: u64, exception: O) -> O {
    // SAFETY: the contract; a live exception, whose traceback lives as long as it is not changed, which takes a reference.
    unsafe {
        let exit = *base;
        let mut traceback = ffi::PyException_GetTraceback(exception);
        if traceback.is_null() {
            traceback = ffi::Py_NewRef(ffi::Py_None());
        }
        let class: O = ffi::Py_TYPE(exception).cast();
        let mut args = [null_mut(), class, exception, traceback];
        let n = 3 | ffi::VECTORCALL_OFFSET;
        let result = ffi::PyObject_Vectorcall(exit, args.as_mut_ptr().add(1), n, null_mut());
        ffi::Py_DECREF(traceback);
        ffi::Py_DECREF(exit);
        result
    }
}
