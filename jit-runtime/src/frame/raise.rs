//! Exceptions that belong to an instruction of a frame that the interpreter did not run: traceback entry and handler.

use super::catch::add_traceback;
use super::pointer::{caches, set_instr};
use crate::code::Handler;
use crate::dispatch::undisturbed;
use crate::ffi::{self, Frame, PyObject, get, set};
use crate::image::Linked;
use crate::layout::offsets as at;
use crate::unit::status;

type O = *mut PyObject;

/// An exception is set and belongs to the instruction at `at` of a frame entered at a loop header. Its handler is set
/// up here; without one the interpreter unwinds the frame (the compiler sees to it that the loop header, where the
/// interpreter will look, has none either).
pub(super) unsafe fn raise_in(linked: &Linked, frame: *mut Frame, at: u32) -> u64 {
    // SAFETY: the frame is complete and current; the handler's depth is within the stack.
    unsafe {
        let Some(handler) = handler_of(&linked.handlers, at) else {
            return status::RAISED;
        };
        set_handler(linked.code, frame, handler, at, false);
        status::LEFT
    }
}

fn handler_of(handlers: &[Handler], at: u32) -> Option<Handler> {
    handlers
        .iter()
        .find(|h| h.start <= at && at < h.end)
        .copied()
}

/// The exception that is set goes to this handler of the current frame (Python/ceval.c, `exception_unwind`).
unsafe fn set_handler(code: O, frame: *mut Frame, handler: Handler, at: u32, resume: bool) {
    // SAFETY: the frame is complete and current; the handler's depth is within the stack.
    unsafe {
        add_traceback();
        let slots = ffi::frame_slots(frame);
        let mut top = get::<i32, _>(frame, at::FRAME_STACKTOP) as usize;
        let nlocalsplus = get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize;
        let keep = nlocalsplus + handler.depth as usize;
        while top > keep {
            top -= 1;
            set(frame, at::FRAME_STACKTOP, top as i32);
            ffi::Py_XDECREF(*slots.add(top));
        }
        if handler.lasti {
            *slots.add(top) = ffi::PyLong_FromLong(i64::from(at) as std::os::raw::c_long);
            top += 1;
        }
        *slots.add(top) = ffi::PyErr_GetRaisedException();
        set(frame, at::FRAME_STACKTOP, top as i32 + 1);
        set_instr(frame, code, handler.target, resume);
    }
}

/// Prepares the current frame, in which the instruction `unit` has raised, to be run. The result is `throwflag`: the
/// interpreter adds the traceback entry and finds the handler. It takes the instruction of the entry from the pointer, and
/// looks the handler up one code unit before, on 3.13. Where that finds another handler, the right one is set up here. If
/// there is none, or somebody watches whom the interpreter must tell, an inline cache of the instruction stands in (its
/// position is the instruction's own).
pub(super) unsafe fn set_raising(
    frame: *mut Frame,
    code: O,
    handlers: &[Handler],
    unit: u32,
) -> i32 {
    // SAFETY: as for `set_instr`.
    unsafe {
        if !cfg!(Py_3_13) {
            set_instr(frame, code, unit, false);
            return 1;
        }
        let own = handler_of(handlers, unit);
        let before = unit.checked_sub(1).and_then(|u| handler_of(handlers, u));
        let cached = caches(code, unit) > 0;
        if before == own {
            set_instr(frame, code, unit, false);
        } else if let Some(handler) = own
            && (!cached || undisturbed(ffi::thread()))
        {
            set_instr(frame, code, unit, false);
            set_handler(code, frame, handler, unit, true);
            return 0;
        } else {
            set_instr(frame, code, unit + 1, false);
        }
        1
    }
}
