//! Activations of native code, and what has to wait for their end.

use crate::ffi::{self, PyObject};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

type O = *mut PyObject;

/// Native activations that the interpreter has entered and that have not returned.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// References that invalidated units held. Native code may still use the objects until it has returned.
struct Graveyard(RefCell<Vec<O>>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Graveyard {}
static GRAVEYARD: Graveyard = Graveyard(RefCell::new(Vec::new()));

/// References that a unit no longer needs.
pub(crate) fn release_held(objects: Vec<O>) {
    GRAVEYARD.0.borrow_mut().extend(objects);
}

/// Drops what invalidated units held, unless native code runs.
pub(crate) fn bury() {
    if ACTIVE.load(Relaxed) != 0 {
        return;
    }
    let objects = GRAVEYARD.0.take();
    if objects.is_empty() {
        return;
    }
    // SAFETY: references that units owned; an exception being raised must not be seen by what ends.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        for object in objects {
            ffi::Py_DECREF(object);
        }
        if !raised.is_null() {
            ffi::PyErr_SetRaisedException(raised);
        }
    }
}

/// Counts an activation of native code from the interpreter while it is alive.
pub(crate) struct Activation;

impl Activation {
    pub(crate) fn new() -> Activation {
        // Plain loads and stores: the GIL is held.
        ACTIVE.store(ACTIVE.load(Relaxed) + 1, Relaxed);
        Activation
    }
}

impl Drop for Activation {
    fn drop(&mut self) {
        let left = ACTIVE.load(Relaxed) - 1;
        ACTIVE.store(left, Relaxed);
        if left == 0 && !GRAVEYARD.0.borrow().is_empty() {
            bury();
        }
    }
}
