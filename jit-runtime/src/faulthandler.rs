//! `faulthandler.dump_traceback_later`: when the time has come, frames are the interpreter's.
//!
//! Its thread reads the frames of the others while these run. Native code without frames would not be in the traceback, and
//! a loop's frame would say where native code was entered. So shortly before that, native code leaves and rests until the
//! traceback is written. Native code that runs is told by a pending call, which does nothing.

use crate::dispatch;
use crate::ffi::{self, PyObject};
use crate::monitoring;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

type O = *mut PyObject;
type WithKeywords = unsafe extern "C" fn(O, O, O) -> O;
type NoArguments = unsafe extern "C" fn(O, O) -> O;

unsafe extern "C" {
    fn PyInit_faulthandler() -> O;
    fn Py_AddPendingCall(
        function: unsafe extern "C" fn(*mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
}

static LATER: AtomicUsize = AtomicUsize::new(0);
static CANCEL: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicBool = AtomicBool::new(false);

/// How long before the traceback native code leaves, and after it may be entered again.
const AROUND: Duration = Duration::from_millis(40);

/// Which traceback is awaited: a new one, or none, ends the wait for the one before.
static AWAITED: Mutex<u64> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

/// There is native code from now on.
///
/// # Safety
/// The GIL is held; an exception may be set, and is kept.
pub(crate) unsafe fn intercept() {
    if DONE.swap(true, Relaxed) {
        return;
    }
    // SAFETY: an initialiser of libpython, which gives a module, or the static definition of one.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        let made = PyInit_faulthandler();
        if !made.is_null() {
            let function = |name| monitoring::definition_in(made, name);
            let later = function(c"dump_traceback_later");
            let flags = ffi::METH_VARARGS | ffi::METH_KEYWORDS;
            monitoring::replace(later, flags, &LATER, on_later as *const ());
            let cancel = function(c"cancel_dump_traceback_later");
            monitoring::replace(cancel, ffi::METH_NOARGS, &CANCEL, on_cancel as *const ());
            if ffi::Py_TYPE(made) != &raw mut ffi::PyModuleDef_Type {
                ffi::Py_DECREF(made);
            }
        }
        ffi::PyErr_Clear();
        ffi::PyErr_SetRaisedException(raised);
    }
}

/// `faulthandler.dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False)`.
unsafe extern "C" fn on_later(module: O, args: O, keywords: O) -> O {
    // SAFETY: CPython's calling convention; arguments that were accepted are read without running Python code.
    unsafe {
        let original: WithKeywords = std::mem::transmute(LATER.load(Relaxed));
        let result = original(module, args, keywords);
        if !result.is_null() {
            let argument = |place: isize, name: &std::ffi::CStr| {
                if place < ffi::PyTuple_GET_SIZE(args) {
                    ffi::PyTuple_GET_ITEM(args, place)
                } else if keywords.is_null() {
                    null_mut()
                } else {
                    ffi::PyDict_GetItemString(keywords, name.as_ptr())
                }
            };
            let timeout = argument(0, c"timeout");
            let known = !timeout.is_null()
                && (ffi::PyFloat_CheckExact(timeout) != 0 || ffi::PyLong_CheckExact(timeout) != 0);
            let seconds = if known {
                ffi::PyFloat_AsDouble(timeout)
            } else {
                -1.0
            };
            let repeat = argument(1, c"repeat");
            let repeats = !repeat.is_null() && repeat != ffi::Py_False();
            ffi::PyErr_Clear();
            if let Ok(timeout) = Duration::try_from_secs_f64(seconds) {
                expect(timeout, repeats);
            }
        }
        result
    }
}

/// `faulthandler.cancel_dump_traceback_later()`.
unsafe extern "C" fn on_cancel(module: O, unused: O) -> O {
    next();
    // SAFETY: CPython's calling convention.
    unsafe {
        let original: NoArguments = std::mem::transmute(CANCEL.load(Relaxed));
        original(module, unused)
    }
}

/// Ends the wait, and begins another one.
fn next() -> u64 {
    let mut awaited = AWAITED.lock().unwrap_or_else(PoisonError::into_inner);
    *awaited += 1;
    CHANGED.notify_all();
    *awaited
}

/// A traceback will be written. Without a thread it is what it is.
fn expect(timeout: Duration, repeats: bool) {
    let this = next();
    let mut due = Instant::now() + timeout;
    let wait = move || {
        loop {
            if !is_awaited_until(this, due - AROUND.min(timeout)) {
                return;
            }
            dispatch::pause(true);
            // SAFETY: may be called by any thread.
            unsafe { Py_AddPendingCall(nothing, null_mut()) };
            let goes_on = is_awaited_until(this, due + AROUND);
            dispatch::pause(false);
            if !goes_on || !repeats {
                return;
            }
            due += timeout;
        }
    };
    // SAFETY: the new thread takes no signals, as faulthandler's own; the mask of this one is put back.
    unsafe {
        let (mut all, mut mask) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut mask);
        let _ = std::thread::Builder::new()
            .stack_size(64 * 1024)
            .spawn(wait);
        libc::pthread_sigmask(libc::SIG_SETMASK, &mask, null_mut());
    }
}

/// Waits; whether the traceback is still the one that is awaited.
fn is_awaited_until(this: u64, end: Instant) -> bool {
    let mut awaited = AWAITED.lock().unwrap_or_else(PoisonError::into_inner);
    while *awaited == this {
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return true;
        };
        awaited = CHANGED
            .wait_timeout(awaited, left)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
    false
}

unsafe extern "C" fn nothing(_argument: *mut c_void) -> c_int {
    0
}
