//! Exceptions that native code handles itself (Python/ceval.c, `error` and `exception_unwind`).

use super::data_stack::pop_call;
use super::exposed::is_exposed;
use super::pointer::{index_of, raised_at, set_instr};
use crate::dispatch;
use crate::ffi::{self, Frame, PyObject};
use crate::helpers;
use crate::image::Linked;
use crate::stats;
use crate::unit::{caught, how};

type O = *mut PyObject;

/// Adds the current frame, at its instruction, to the traceback of the exception that is set.
pub(super) unsafe fn add_traceback() {
    // SAFETY: the current frame is complete; the exception is put aside while the frame's object may be made.
    unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        let object = ffi::PyThreadState_GetFrame(ffi::thread()).cast::<PyObject>();
        ffi::PyErr_SetRaisedException(raised);
        if !object.is_null() {
            ffi::PyTraceBack_Here(object);
            ffi::Py_DECREF(object);
        }
    }
}

/// The exception that is set goes to a handler of the unit. The buffer holds references to drop, and afterwards the
/// exception and, if that is wanted, the number of the instruction.
///
/// # Safety
/// Called by compiled code: `linked` is the running unit, `frame` the current frame, which is complete but for its value
/// stack; the buffer has room for as many references as `how` says, and for two words.
pub unsafe extern "C" fn catch_raised(
    linked: *const Linked,
    frame: *mut Frame,
    how: u64,
    buffer: *mut O,
) -> u64 {
    // SAFETY: the contract above; linked units are never freed.
    unsafe {
        let linked = &*linked;
        if how & how::AGAIN == 0 && is_watched(linked, frame) {
            return caught::NOT;
        }
        stats::count(stats::Counter::Caught);
        cut_stack(linked, frame, how, buffer);
        if how & how::LASTI != 0 {
            let at = index_of(frame, linked.code);
            *buffer.add(1) = ffi::PyLong_FromLong(at as std::os::raw::c_long);
        }
        *buffer = ffi::PyErr_GetRaisedException();
        if is_watched(linked, frame) {
            return caught::LEAVE;
        }
        caught::YES
    }
}

/// The exception that is set has no handler in this call: ends its frame. The buffer holds references to drop.
///
/// # Safety
/// As for [`catch_raised`]; the frame was pushed by `push_call`.
pub unsafe extern "C" fn unwind_call(
    linked: *const Linked,
    frame: *mut Frame,
    how: u64,
    buffer: *mut O,
) -> u64 {
    // SAFETY: the contract above.
    unsafe {
        let linked = &*linked;
        if is_watched(linked, frame) {
            return caught::NOT;
        }
        cut_stack(linked, frame, how, buffer);
        pop_call(ffi::thread(), frame);
        caught::YES
    }
}

/// Native code must not go on in the frame.
unsafe fn is_watched(linked: &Linked, frame: *mut Frame) -> bool {
    // SAFETY: a live frame of the current thread.
    unsafe { !linked.is_valid() || dispatch::is_watched(ffi::thread()) || is_exposed(frame) }
}

/// An exception leaves an instruction: the traceback's entry, and what lies on the stack above the handler's depth.
unsafe fn cut_stack(linked: &Linked, frame: *mut Frame, how: u64, buffer: *mut O) {
    // SAFETY: see `catch_raised`.
    unsafe {
        let before = (how >> how::BEFORE) as usize & how::MOST;
        let after = (how >> how::AFTER) as usize & how::MOST;
        for i in 0..before {
            ffi::Py_XDECREF(*buffer.add(i));
        }
        if helpers::has_deferred() {
            helpers::drop_deferred();
        }
        if how & how::AGAIN == 0 {
            let at = raised_at(frame, linked.code, how as u32);
            set_instr(frame, linked.code, at, false);
            add_traceback();
        }
        for i in before..before + after {
            ffi::Py_XDECREF(*buffer.add(i));
        }
    }
}

/// Sets the exception again as it is, and makes the frame's instruction the one that raised it, if its number is there
/// (Python/bytecodes.c, `RERAISE`).
///
/// # Safety
/// A live exception, whose reference moves; `lasti` is null or an int; the frame is current.
pub unsafe extern "C" fn raise_again(
    linked: *const Linked,
    frame: *mut Frame,
    exception: O,
    lasti: O,
) {
    // SAFETY: the contract above.
    unsafe {
        if !lasti.is_null() {
            let unit = ffi::PyLong_AsLong(lasti);
            set_instr(frame, (*linked).code, unit.max(0) as u32, false);
        }
        ffi::PyErr_SetRaisedException(exception);
    }
}
