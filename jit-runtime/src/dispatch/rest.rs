//! Functions that are CPython's own while somebody watches calls with `sys.monitoring`.
//!
//! The interpreter calls a function through C whose vectorcall is not CPython's own, and whoever watches can tell: such a
//! call is followed by C_RETURN or C_RAISE, and what raises in it is told of with the place behind the call. So all
//! functions that are counted or native have CPython's vectorcall while such events are set.

use super::calls::{entry, original};
use crate::ffi::{self, PyObject, Vectorcall, get};
use crate::layout::offsets as at;
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::sync::LazyLock;

type O = *mut PyObject;

#[derive(Default)]
struct Rest {
    on: Cell<bool>,
    /// Functions that are counted, as far as they are known: all, once they have rested.
    functions: RefCell<FxHashSet<usize>>,
    known: Cell<bool>,
}

// SAFETY: only used with the GIL held, and never across a call that may give it up.
unsafe impl Sync for Rest {}
// SAFETY: as above.
unsafe impl Send for Rest {}
static REST: LazyLock<Rest> = LazyLock::new(Default::default);

/// From now on the function is counted; later, if all rest.
///
/// # Safety
/// The GIL is held; a live function.
pub(super) unsafe fn count(function: O) {
    if REST.known.get() {
        REST.functions.borrow_mut().insert(function as usize);
    }
    if !REST.on.get() {
        // SAFETY: the contract above.
        unsafe { ffi::PyFunction_SetVectorcall(function, entry as Vectorcall) }
    }
}

/// The function is gone.
pub(super) fn forget(function: O) {
    if REST.known.get() {
        REST.functions.borrow_mut().remove(&(function as usize));
    }
}

unsafe fn is_counted(object: O) -> bool {
    // SAFETY: a live object.
    unsafe {
        ffi::Py_TYPE(object) == &raw mut ffi::PyFunction_Type
            && get::<usize, _>(object, at::FUNC_VECTORCALL) == entry as *const () as usize
    }
}

unsafe extern "C" fn note(object: O, _argument: *mut c_void) -> c_int {
    // SAFETY: the collector shows live objects; each function is one of its.
    unsafe {
        if is_counted(object) {
            REST.functions.borrow_mut().insert(object as usize);
        }
    }
    1
}

/// Functions rest, or are counted and native again.
///
/// # Safety
/// The GIL is held.
pub(crate) unsafe fn set_resting(on: bool) {
    if REST.on.replace(on) == on {
        return;
    }
    // SAFETY: live functions, or `forget` had been told; setting a vectorcall runs no Python code.
    unsafe {
        if on && !REST.known.replace(true) {
            ffi::PyUnstable_GC_VisitObjects(note, std::ptr::null_mut());
        }
        let mut functions = REST.functions.borrow_mut();
        if on {
            // Some were given back since.
            functions.retain(|&function| is_counted(function as O));
        }
        let vectorcall = if on { original() } else { entry as Vectorcall };
        for &function in functions.iter() {
            ffi::PyFunction_SetVectorcall(function as O, vectorcall);
        }
    }
}

pub(crate) fn is_resting() -> bool {
    REST.on.get()
}
