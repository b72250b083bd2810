//! Functions are not counted while somebody listens for what C functions return or raise.
//!
//! The interpreter takes every callable that it does not run in a frame of its own for a C function, also a plain function
//! with a vectorcall that is not CPython's (Python/bytecodes.c, `CALL`): whoever has registered a callback for C_RETURN
//! or C_RAISE would be told of it. So as long as there is one, all functions have CPython's vectorcall, those made
//! meanwhile as well. Afterwards they are counted as before.

use super::arguments::is_pythons;
use super::calls::{entry, original};
use crate::ffi::{self, PyObject, Vectorcall, get};
use crate::layout::offsets as at;
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};
use std::os::raw::{c_int, c_void};
use std::sync::LazyLock;

type O = *mut PyObject;

#[derive(Default)]
struct Resting {
    on: Cell<bool>,
    /// Functions that are to be counted again.
    functions: RefCell<FxHashSet<usize>>,
}

// SAFETY: only used with the GIL held, and never across a call that may give it up.
unsafe impl Sync for Resting {}
// SAFETY: as above.
unsafe impl Send for Resting {}
static RESTING: LazyLock<Resting> = LazyLock::new(Default::default);

/// Counts the calls of this function, now or when it is time.
pub(super) unsafe fn count(function: O) {
    let all = &*RESTING;
    if all.on.get() {
        all.functions.borrow_mut().insert(function as usize);
    } else {
        // SAFETY: a live plain function.
        unsafe { ffi::PyFunction_SetVectorcall(function, entry as Vectorcall) };
    }
}

/// The function is gone.
pub(super) fn forget(function: O) {
    let mut functions = RESTING.functions.borrow_mut();
    if !functions.is_empty() {
        functions.remove(&(function as usize));
    }
}

/// Functions are not to be counted from now on, or no longer so.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn rest(on: bool) {
    let all = &*RESTING;
    if all.on.replace(on) == on {
        return;
    }
    // SAFETY: live functions: those that the collector knows, and those that `forget` has not been told of. Nothing here
    // runs Python code or makes objects.
    unsafe {
        if on {
            let mut found = FxHashSet::<usize>::default();
            ffi::PyUnstable_GC_VisitObjects(take, (&raw mut found).cast());
            all.functions.borrow_mut().extend(found);
        } else {
            for function in std::mem::take(&mut *all.functions.borrow_mut()) {
                if is_pythons(function as O) {
                    ffi::PyFunction_SetVectorcall(function as O, entry as Vectorcall);
                }
            }
        }
    }
}

/// Gives a function that is counted its own vectorcall, and notes it.
unsafe extern "C" fn take(object: O, found: *mut c_void) -> c_int {
    // SAFETY: a live object; `found` is the set of `rest`.
    unsafe {
        if ffi::Py_TYPE(object) == &raw mut ffi::PyFunction_Type
            && get::<usize, _>(object, at::FUNC_VECTORCALL) == entry as *const () as usize
        {
            (*found.cast::<FxHashSet<usize>>()).insert(object as usize);
            ffi::PyFunction_SetVectorcall(object, original());
        }
    }
    1
}
