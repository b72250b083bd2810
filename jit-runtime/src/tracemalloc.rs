//! `tracemalloc.start()` in the middle of native code.
//!
//! Each allocation is of a line, and a unit keeps the line only where Python code may run. Units rest while `tracemalloc`
//! traces, which is asked where they are entered; those that run must leave. So calls of `start` come by here. The function
//! is found without importing the module: what a module's own initialiser makes shares the method table.

use crate::ffi::{self, PyObject, get};
use crate::layout::offsets as at;
use crate::monitoring;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

type O = *mut PyObject;

unsafe extern "C" {
    fn PyInit__tracemalloc() -> O;
}

/// What `start` was.
static START: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

/// There is native code from now on.
///
/// # Safety
/// The GIL is held; an exception may be set, and is kept.
pub(crate) unsafe fn intercept() {
    if DONE.swap(true, Relaxed) {
        return;
    }
    // SAFETY: an initialiser of libpython; each result is tested and released once.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        let made = PyInit__tracemalloc();
        if !made.is_null() {
            let start = monitoring::definition_in(made, c"start");
            monitoring::replace(start, ffi::METH_FASTCALL, &START, on_start as *const ());
            if ffi::Py_TYPE(made) != &raw mut ffi::PyModuleDef_Type {
                ffi::Py_DECREF(made);
            }
        }
        ffi::PyErr_Clear();
        ffi::PyErr_SetRaisedException(raised);
    }
}

/// `_tracemalloc.start(nframe)`.
unsafe extern "C" fn on_start(module: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: CPython's calling convention; a field of the runtime.
    unsafe {
        let result = monitoring::call_original(&START, module, args, n);
        if get::<i32, _>(&raw const ffi::_PyRuntime, at::RUNTIME_TRACEMALLOC) != 0 {
            monitoring::disturb();
        }
        result
    }
}
