//! A frame that is handed over because somebody has begun to watch: a callee has set a trace function, or registered a
//! callback of `sys.monitoring`. The unit has left before the next instruction, and the interpreter tells of all that comes.
//!
//! Only the first line is told of here. The interpreter tells of a line where the instruction before was in another one
//! (Python/instrumentation.c, `_Py_call_instrumentation_line`), which it knows from the frame's instruction pointer; a frame
//! that has only just come to it says nothing of that.

use super::Exit;
use super::pointer::set_instr;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::layout::{offsets as at, opcodes};
use crate::monitoring::{self, LINE};

type O = *mut PyObject;

/// Number of the tool that stands for `sys.settrace` (Include/internal/pycore_instruments.h).
const TRACE_ID: u8 = 7;
/// `PyTrace_LINE`.
const TRACE_LINE: i32 = 2;
/// `PyTrace_EXCEPTION`.
#[cfg(not(Py_3_13))]
const TRACE_EXCEPTION: i32 = 1;

/// The frame, complete and current, is about to go on at `exit.resume`: tells whoever watches what is due, and sets the
/// instruction pointer. The instruction that has raised, if one has: whoever was told raised.
pub(super) unsafe fn catch_up(
    ts: *mut PyThreadState,
    frame: *mut Frame,
    code: O,
    exit: Exit,
    afresh: bool,
) -> Option<u32> {
    // SAFETY: the contract above; instructions are those of the code.
    unsafe {
        set_instr(frame, code, exit.resume, afresh);
        let traced = get::<usize, _>(ts, at::THREAD_TRACEFUNC) != 0;
        if traced {
            monitoring::traced();
        }
        if !(traced || monitoring::is_foreign()) || get::<i32, _>(ts, at::THREAD_TRACING) != 0 {
            return None;
        }
        let (before, next) = (exit.done?, exit.resume);
        let line = line_of(code, next);
        if line < 0 || !is_line_watched(code, next) {
            return None;
        }
        if !Plain::of(code)?.is_due(code, before, next, afresh) {
            return None;
        }
        set_instr(frame, code, next, false);
        let set_to: *const u16 = get(frame, at::FRAME_INSTR);
        if !tell(ts, code, next, line) {
            set_instr(frame, code, next, false);
            return Some(next);
        }
        // Whoever was told may have made the frame go on at another line.
        let now: *const u16 = get(frame, at::FRAME_INSTR);
        let moved = now.offset_from(set_to);
        let next = u32::try_from(i64::from(next) + moved as i64).unwrap_or(next);
        set_instr(frame, code, next, afresh);
        None
    }
}

unsafe fn line_of(code: O, unit: u32) -> i32 {
    // SAFETY: an instruction of a live code object.
    unsafe { ffi::PyCode_Addr2Line(code.cast(), unit as i32 * 2) }
}

/// The instruction begins a line that somebody wants to be told of.
unsafe fn is_line_watched(code: O, unit: u32) -> bool {
    // SAFETY: an instruction of a live code object, whose bytecode follows the struct.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let byte = usize::from(*first.add(unit as usize) & 0xff);
        opcodes::NAMES[byte] == "INSTRUMENTED_LINE"
    }
}

/// The code's instructions as the compiler made them, whoever watches them now.
struct Plain(Vec<u8>);

impl Plain {
    unsafe fn of(code: O) -> Option<Plain> {
        // SAFETY: a live code object; the new bytes object is released.
        unsafe {
            let bytes = ffi::PyCode_GetCode(code);
            if bytes.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            let data = ffi::PyBytes_AsString(bytes).cast::<u8>();
            let size = ffi::PyBytes_Size(bytes) as usize;
            let plain = std::slice::from_raw_parts(data, size).to_vec();
            ffi::Py_DECREF(bytes);
            Some(Plain(plain))
        }
    }

    fn is_resume(&self, unit: u32) -> bool {
        let op = self.0.get(unit as usize * 2);
        op.is_some_and(|&op| opcodes::NAMES[usize::from(op)] == "RESUME")
    }

    /// An instruction begins at this code unit.
    fn starts(&self, unit: u32) -> bool {
        let mut at = 0;
        while at < unit {
            let Some(&op) = self.0.get(at as usize * 2) else {
                return false;
            };
            at += 1 + u32::from(opcodes::CACHES[usize::from(op)]);
        }
        at == unit
    }

    /// The interpreter would tell of the line of `next`, executed after `before`, but will not.
    unsafe fn is_due(&self, code: O, before: u32, next: u32, afresh: bool) -> bool {
        // SAFETY: instructions of a live code object.
        unsafe {
            let line = line_of(code, next);
            let differs = |unit: u32| line_of(code, unit) != line || self.is_resume(unit);
            if !differs(before) {
                return false;
            }
            // A frame that is run afresh has the code unit before as the last instruction, on 3.12.
            let last = if afresh {
                next.checked_sub(at::INSTR_BIAS as u32)
            } else {
                Some(next)
            };
            last.is_none_or(|last| self.starts(last) && !differs(last))
        }
    }
}

/// The iterator of a loop has ended by a `StopIteration` that is set: whoever watches is told of it, as of any exception
/// (Python/bytecodes.c, `FOR_ITER`).
///
/// # Safety
/// The GIL is held; the current frame is at the instruction; another exception may be set afterwards.
pub(crate) unsafe fn tell_exhausted(ts: *mut PyThreadState) {
    // SAFETY: as CPython does it; on 3.12, where that has no name, only a trace function is told.
    unsafe {
        let frame = *ffi::current_frame(ts);
        #[cfg(Py_3_13)]
        ffi::_PyEval_MonitorRaise(ts, frame, get(frame, at::FRAME_INSTR));
        #[cfg(not(Py_3_13))]
        {
            let function: Option<ffi::Py_tracefunc> = get(ts, at::THREAD_TRACEFUNC);
            let tracing: i32 = get(ts, at::THREAD_TRACING);
            let (Some(function), 0) = (function, tracing) else {
                return;
            };
            let _ = frame;
            let raised = ffi::PyErr_GetRaisedException();
            let mut traceback = ffi::PyException_GetTraceback(raised);
            if traceback.is_null() {
                traceback = ffi::Py_NewRef(ffi::Py_None());
            }
            let kind: O = ffi::Py_TYPE(raised).cast();
            let argument = ffi::PyTuple_Pack(3, kind, raised, traceback);
            ffi::Py_DECREF(traceback);
            let object = ffi::PyThreadState_GetFrame(ts);
            if argument.is_null() || object.is_null() {
                ffi::PyErr_Clear();
            } else {
                set(ts, at::THREAD_TRACING, tracing + 1);
                let context: O = get(ts, at::THREAD_TRACEOBJ);
                let failed = function(context, object, TRACE_EXCEPTION, argument);
                set(ts, at::THREAD_TRACING, tracing);
                if failed != 0 {
                    ffi::PyErr_Clear();
                }
            }
            ffi::Py_XDECREF(argument);
            ffi::Py_XDECREF(object.cast());
            ffi::PyErr_SetRaisedException(raised);
        }
    }
}

/// Tells of a line of the current frame; whether nobody raised.
unsafe fn tell(ts: *mut PyThreadState, code: O, unit: u32, line: i32) -> bool {
    // SAFETY: as `_Py_call_instrumentation_line` does it: the fields of the thread state are put back, the frame's object
    // is held while its trace function runs.
    unsafe {
        let tools = monitoring::line_tools(ts, code, unit);
        let what: i32 = get(ts, at::THREAD_WHAT_EVENT);
        let tracing: i32 = get(ts, at::THREAD_TRACING);
        let begin = || {
            set(ts, at::THREAD_WHAT_EVENT, LINE as i32);
            set(ts, at::THREAD_TRACING, tracing + 1);
        };
        let end = || {
            set(ts, at::THREAD_TRACING, tracing);
            set(ts, at::THREAD_WHAT_EVENT, what);
        };
        let function: Option<ffi::Py_tracefunc> = get(ts, at::THREAD_TRACEFUNC);
        if let (Some(function), true) = (function, tools & 1 << TRACE_ID != 0) {
            let object = ffi::PyThreadState_GetFrame(ts);
            if object.is_null() {
                return false;
            }
            let mut failed = 0;
            if get::<u8, _>(object, at::FRAMEOBJ_TRACE_LINES) != 0 {
                begin();
                set(object, at::FRAMEOBJ_LINENO, line);
                let context: O = get(ts, at::THREAD_TRACEOBJ);
                failed = function(context, object, TRACE_LINE, ffi::Py_None());
                set(object, at::FRAMEOBJ_LINENO, 0i32);
                end();
            }
            ffi::Py_DECREF(object.cast());
            if failed != 0 {
                return false;
            }
        }
        for id in (0..TRACE_ID).rev().filter(|id| tools & 1 << id != 0) {
            begin();
            let told = monitoring::tell_line(ts, id, code, line);
            end();
            if !told {
                return false;
            }
        }
        true
    }
}
