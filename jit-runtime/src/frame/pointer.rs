//! Instruction pointers of frames. What they mean differs by version, and by what the frame is doing: it is run afresh, is
//! suspended in an event, waits for a call, or has raised.

use crate::ffi::{self, Frame, PyObject, get, set};
use crate::layout::{offsets as at, opcodes};
use crate::unit::ExitKind;

type O = *mut PyObject;

/// Sets the frame's instruction pointer. A frame that is suspended in an event goes on at the pointer itself
/// (Python/instrumentation.c, `_Py_call_instrumentation_jump`), on 3.12 too. For a frame that is run afresh: the instruction to execute next (`resume`), or the one being executed.
pub(crate) unsafe fn set_instr(frame: *mut Frame, code: O, unit: u32, resume: bool) {
    // SAFETY: `unit` is an instruction of the code, whose bytecode follows the struct.
    unsafe {
        let base = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let bias = if resume { at::INSTR_BIAS } else { 0 };
        set(frame, at::FRAME_INSTR, base.add(unit as usize).sub(bias));
    }
}

/// Code units of an instruction's inline cache.
pub(super) unsafe fn caches(code: O, unit: u32) -> u32 {
    // SAFETY: as for `set_instr`.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let byte = (*first.add(unit as usize) & 0xff) as usize;
        u32::from(opcodes::CACHES[usize::from(opcodes::DEOPT[byte])])
    }
}

/// Sets the instruction pointer of a frame that waits for a call of a Python function. 3.12 has it at the end of the
/// call's inline cache then (Python/ceval_macros.h, `DISPATCH_INLINED`), but calls classes through C.
pub(super) unsafe fn set_waiting(frame: *mut Frame, code: O, kind: ExitKind, unit: u32) {
    // SAFETY: as for `set_instr`.
    unsafe {
        let beyond = if cfg!(Py_3_13) || kind != ExitKind::AwaitResult {
            0
        } else {
            caches(code, unit)
        };
        set_instr(frame, code, unit + beyond, false);
    }
}

/// The instruction that the frame's pointer is at.
pub(super) unsafe fn index_of(frame: *mut Frame, code: O) -> isize {
    // SAFETY: as for `set_instr`; the pointer is within the code.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        get::<*const u16, _>(frame, at::FRAME_INSTR).offset_from(first)
    }
}

/// The code that a frame runs, and the instruction that its pointer is at: negative before the first one. None: a thread or
/// a generator owns the frame, or there is none.
pub(crate) unsafe fn running(frame: *mut Frame) -> Option<(O, isize)> {
    // SAFETY: fields of a live frame.
    unsafe {
        if frame.is_null() || get::<u8, _>(frame, at::FRAME_OWNER) > 1 {
            return None;
        }
        let code: O = get(frame, at::FRAME_CODE);
        Some((code, index_of(frame, code)))
    }
}

/// An instruction's name and argument; none before the first one.
pub(crate) unsafe fn instruction(code: O, index: isize) -> Option<(&'static str, usize)> {
    // SAFETY: as for `set_instr`.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let word = (index >= 0).then(|| *first.offset(index))?;
        Some((opcodes::name(word), usize::from(word >> 8)))
    }
}

/// Where the instruction at `unit`, which has raised, left the frame's instruction pointer: see [`set_waiting`].
pub(super) unsafe fn raised_at(frame: *mut Frame, code: O, unit: u32) -> u32 {
    if cfg!(Py_3_13) {
        return unit;
    }
    // SAFETY: as for `set_instr`; the pointer is within the code, or before its start.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let now = get::<*const u16, _>(frame, at::FRAME_INSTR).offset_from(first);
        let end = unit + caches(code, unit);
        u32::try_from(now)
            .ok()
            .filter(|now| (unit..=end).contains(now))
            .unwrap_or(unit)
    }
}

/// The interpreter, or native code with a frame, calls this function from its value stack. 3.12 runs a Python function
/// without a call in C, and the caller's instruction pointer is at the end of the call's inline cache meanwhile, which
/// `f_lasti` shows.
///
/// # Safety
/// `current` is the current frame, complete but for its stack pointer, and its instruction is a CALL.
pub(crate) unsafe fn suspend(current: *mut Frame) -> Suspended {
    // SAFETY: the frame is live, its instruction pointer within its code.
    unsafe {
        let call: *const u16 = get(current, at::FRAME_INSTR);
        let byte = usize::from(*call & 0xff);
        let caches = opcodes::CACHES[usize::from(opcodes::DEOPT[byte])];
        set(current, at::FRAME_INSTR, call.add(usize::from(caches)));
        Suspended {
            frame: current,
            call,
        }
    }
}

/// A frame whose CALL of a Python function is running: see [`suspend`].
pub(crate) struct Suspended {
    frame: *mut Frame,
    call: *const u16,
}

impl Suspended {
    /// The call is over. If its arguments could not be bound, so that no frame came to be, it was the CALL that raised.
    ///
    /// # Safety
    /// The frame is current again; an exception is set if `result` is null.
    pub(crate) unsafe fn over(self, result: O) {
        // SAFETY: the contract above.
        unsafe {
            if result.is_null() {
                let raised = ffi::PyErr_GetRaisedException();
                let traceback = ffi::PyException_GetTraceback(raised);
                if traceback.is_null() {
                    set(self.frame, at::FRAME_INSTR, self.call);
                }
                ffi::Py_XDECREF(traceback);
                ffi::PyErr_SetRaisedException(raised);
            }
        }
    }
}
