//! Functions of libraries are not counted before the import that makes them is over.
//!
//! A call that is counted goes through C, and most of what runs while a module is imported runs a few times and never
//! again. CPython's `_find_and_load`, through which every first import goes, tells when the outermost import starts and
//! ends. An import that takes long ends the delay: it may be a program's work.

use super::arguments::{argument_count, call_suspended, is_pythons};
use super::calls::original;
use super::rest;
use crate::ffi::{self, PyObject};
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

type O = *mut PyObject;

/// How long an import keeps functions from being counted.
const AT_MOST: Duration = Duration::from_millis(50);

/// Functions that are made between two looks at the clock.
const LOOK: u32 = 32;

#[derive(Default)]
struct Imports {
    /// Imports that run.
    depth: Cell<u32>,
    /// When the outermost began; none: functions are counted at once.
    since: Cell<Option<Instant>>,
    made: Cell<u32>,
    /// Functions that are to be counted.
    waiting: RefCell<FxHashSet<usize>>,
}

// SAFETY: only used with the GIL held, and never across a call that may give it up.
unsafe impl Sync for Imports {}
// SAFETY: as above.
unsafe impl Send for Imports {}
static IMPORTS: LazyLock<Imports> = LazyLock::new(Default::default);

/// Finds CPython's function. Without it nothing waits.
///
/// # Safety
/// The GIL is held, and `ORIGINAL` is set.
pub(super) unsafe fn install() {
    // SAFETY: the object is live and its type tested; it keeps its vectorcall for good.
    unsafe {
        let module = ffi::PyImport_ImportModule(c"_frozen_importlib".as_ptr());
        let found = if module.is_null() {
            std::ptr::null_mut()
        } else {
            ffi::PyObject_GetAttrString(module, c"_find_and_load".as_ptr())
        };
        if !found.is_null() && is_pythons(found) {
            ffi::PyFunction_SetVectorcall(found, find_and_load);
        }
        ffi::Py_XDECREF(found);
        ffi::Py_XDECREF(module);
        ffi::PyErr_Clear();
    }
}

/// The vectorcall of `_find_and_load`.
unsafe extern "C" fn find_and_load(function: O, args: *const O, nargsf: usize, keywords: O) -> O {
    // SAFETY: CPython's calling convention, passed through.
    unsafe {
        let all = &*IMPORTS;
        if all.depth.get() == 0 {
            all.since.set(Some(Instant::now()));
        }
        all.depth.set(all.depth.get() + 1);
        let n = argument_count(nargsf, keywords);
        let result = call_suspended(ffi::thread(), function, args, n, || {
            original()(function, args, nargsf, keywords)
        });
        all.depth.set(all.depth.get() - 1);
        if all.depth.get() == 0 {
            count_all();
        }
        result
    }
}

/// A library's function was made: whether it waits.
pub(super) fn waits(function: O) -> bool {
    let all = &*IMPORTS;
    let Some(since) = all.since.get() else {
        return false;
    };
    all.made.set(all.made.get() + 1);
    if all.made.get().is_multiple_of(LOOK) && since.elapsed() > AT_MOST {
        // SAFETY: the GIL is held.
        unsafe { count_all() };
        return false;
    }
    all.waiting.borrow_mut().insert(function as usize)
}

/// The function is gone.
pub(super) fn forget(function: O) {
    let mut waiting = IMPORTS.waiting.borrow_mut();
    if !waiting.is_empty() {
        waiting.remove(&(function as usize));
    }
}

/// From now on the functions are counted.
unsafe fn count_all() {
    IMPORTS.since.set(None);
    let waiting = std::mem::take(&mut *IMPORTS.waiting.borrow_mut());
    for function in waiting {
        // SAFETY: a live function, or `forget` had been told.
        unsafe {
            if is_pythons(function as O) {
                rest::count(function as O);
            }
        }
    }
}
