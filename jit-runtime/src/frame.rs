//! Frames: how native code hands over to the interpreter.
//!
//! A *side exit* names an `ExitDesc`, the frame state at that place, and passes a buffer of raw values. Two ways:
//!
//! * A unit entered at a loop header has a real frame: [`leave_framed`] completes it, and the interpreter goes on there.
//! * A frameless call has none. [`leave_frameless`] makes a *record*; each native caller adds its own while the native
//!   stack unwinds, and at the boundary (where the interpreter called native code) [`finish`] turns all records into
//!   real frames on the thread's data stack, outermost first, and runs them, innermost first. Nothing runs between the
//!   first record and `finish`.

use crate::code::Handler;
use crate::dispatch::{self, C_CREDIT};
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::helpers;
use crate::image::Linked;
use crate::interpreted;
use crate::layout::{offsets as at, opcodes};
use crate::stats;
use crate::unit::{ExitDesc, ExitKind, Source, split_key, status};
use std::cell::RefCell;
use std::ptr::null_mut;

type O = *mut PyObject;

/// A frame in the making: everything it owns is owned.
pub(crate) struct Record {
    /// Null until the caller says which ([`name_callee`]).
    pub function: O,
    pub code: O,
    pub handlers: &'static [Handler],
    pub kind: ExitKind,
    pub resume: u32,
    pub at: u32,
    pub locals: Vec<O>,
    pub stack: Vec<O>,
}

thread_local! {
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

/// Adds a frame for [`finish`] to run: outside those that are there.
pub(crate) fn push_record(record: Record) {
    RECORDS.with_borrow_mut(|all| all.push(record));
}

/// Makes the object of a frame slot; owned. Null for an unbound slot.
unsafe fn object(source: Source, buffer: *const u64, linked: &Linked) -> O {
    // SAFETY: the compiler lists only indices that the exit stored, with what they hold.
    unsafe {
        let word = |i: u16| *buffer.add(usize::from(i));
        let owned = match source {
            Source::Int(i) => helpers::box_int(word(i) as i64),
            Source::Float(i) => helpers::box_float(f64::from_bits(word(i))),
            Source::Bool(i) => helpers::box_bool(word(i) != 0),
            Source::Owned(i) => return word(i) as O,
            Source::Borrowed(i) => {
                let o = word(i) as O;
                ffi::Py_XINCREF(o);
                return o;
            }
            Source::Const(i) => {
                let o = linked.constant(i);
                ffi::Py_INCREF(o);
                o
            }
            Source::RangeIter(i) => {
                helpers::new_range_iter(word(i) as i64, word(i + 1) as i64, word(i + 2) as i64)
            }
            Source::None => {
                ffi::Py_INCREF(ffi::Py_None());
                ffi::Py_None()
            }
            Source::Null | Source::Home => return null_mut(),
        };
        if owned.is_null() {
            // No memory for a number: nothing sensible can follow, and CPython itself gives up in such places.
            ffi::Py_FatalError(c"pyaot: out of memory at a side exit".as_ptr());
        }
        owned
    }
}

/// Says which function the newest record is of: its caller knows, and the code of the call itself need not.
///
/// # Safety
/// `function` is null, or a live function whose call has just left.
pub unsafe fn name_callee(function: O) {
    if function.is_null() {
        return;
    }
    RECORDS.with_borrow_mut(|all| {
        if let Some(record) = all.last_mut() {
            // SAFETY: a live object; the record owns a reference.
            unsafe { ffi::Py_INCREF(function) };
            record.function = function;
        }
    });
}

/// What each exit begins with: the newest record gets its function, and the exit is counted.
unsafe fn note_exit(
    linked: *const Linked,
    exit: u64,
    called: O,
) -> (&'static Linked, &'static ExitDesc) {
    // SAFETY: see `leave_frameless`; linked units are never freed.
    unsafe {
        name_callee(called);
        let linked: &'static Linked = &*linked;
        let desc = &linked.meta.exits[exit as usize];
        linked.note_exit(exit as usize, desc);
        (linked, desc)
    }
}

/// Exit of a frameless unit: records its frame, returns the unit's status. `called`: the function whose call left, if that is why this one leaves.
///
/// # Safety
/// Called by compiled code: `linked` is the running unit, `exit` one of its exits, `buffer` its exit buffer.
pub unsafe extern "C" fn leave_frameless(
    linked: *const Linked,
    exit: u64,
    buffer: *const u64,
    called: O,
) -> u64 {
    // SAFETY: the contract above; linked units are never freed.
    unsafe {
        let (linked, desc) = note_exit(linked, exit, called);
        let mut locals = vec![null_mut(); linked.nlocalsplus];
        for &(slot, source, _) in &desc.locals {
            locals[usize::from(slot)] = object(source, buffer, linked);
        }
        let stack = desc
            .stack
            .iter()
            .map(|&s| object(s, buffer, linked))
            .collect();
        let record = Record {
            function: null_mut(),
            code: linked.code,
            handlers: &linked.handlers,
            kind: desc.kind,
            resume: desc.resume,
            at: desc.at,
            locals,
            stack,
        };
        push_record(record);
    }
    status::LEFT
}

/// Exit of a unit that runs in a real frame: completes the frame. Returns the unit's status.
///
/// # Safety
/// As for [`leave_frameless`]; `frame` is the frame that the unit was entered with.
pub unsafe extern "C" fn leave_framed(
    linked: *const Linked,
    exit: u64,
    buffer: *const u64,
    frame: *mut Frame,
    ts: *mut PyThreadState,
    called: O,
) -> u64 {
    // SAFETY: the contract above; localsplus has room for `nlocalsplus + stacksize` objects.
    unsafe {
        let (linked, desc) = note_exit(linked, exit, called);
        let top = complete(linked, desc, buffer, frame);
        let raised_at = raised_at(frame, linked.code, desc.at);
        set_instr(frame, linked.code, desc.resume, false);
        let mut outcome = status::LEFT;
        let names: Vec<(u16, O)> = desc
            .names
            .iter()
            .map(|&(n, s)| (n, object(s, buffer, linked)))
            .collect();
        if !names.is_empty() {
            let namespace: O = get(frame, at::FRAME_LOCALS);
            let co_names: O = get(linked.code, at::CODE_NAMES);
            for (name, value) in names {
                ffi::PyDict_SetItem(
                    namespace,
                    ffi::PyTuple_GET_ITEM(co_names, isize::try_from(name).unwrap_or(0)),
                    value,
                );
                ffi::Py_DECREF(value);
            }
        }
        if desc.kind.awaits() {
            set_waiting(frame, linked.code, desc.kind, desc.at);
            let result = checked(desc.kind, finish(ts));
            if result.is_null() {
                let at = self::raised_at(frame, linked.code, desc.at);
                outcome = raise_in(linked, frame, at);
            } else {
                take_result(frame, desc.kind, top, result);
                set_instr(frame, linked.code, desc.resume, false);
            }
        } else if desc.kind == ExitKind::Raise {
            set_instr(frame, linked.code, raised_at, false);
            outcome = raise_in(linked, frame, raised_at);
        }
        helpers::drop_deferred();
        outcome
    }
}

/// Exit of a call unit that pushed its own frame: completes the frame and runs the rest of the call in the interpreter.
/// The result, or null with an exception set. The frame is gone afterwards.
///
/// # Safety
/// As for [`leave_framed`]; `frame` is the thread's current frame and was pushed by [`push_call`].
pub unsafe extern "C" fn leave_call(
    linked: *const Linked,
    exit: u64,
    buffer: *const u64,
    frame: *mut Frame,
    ts: *mut PyThreadState,
    called: O,
) -> O {
    // SAFETY: the contract above.
    unsafe {
        let (linked, desc) = note_exit(linked, exit, called);
        let top = complete(linked, desc, buffer, frame);
        let mut throw = 0;
        if desc.kind.awaits() {
            set_waiting(frame, linked.code, desc.kind, desc.at);
            let result = checked(desc.kind, finish(ts));
            if result.is_null() {
                let at = raised_at(frame, linked.code, desc.at);
                throw = set_raising(frame, linked.code, &linked.handlers, at);
            } else {
                take_result(frame, desc.kind, top, result);
                set_instr(frame, linked.code, desc.resume, true);
            }
        } else if desc.kind == ExitKind::Raise {
            let at = raised_at(frame, linked.code, desc.at);
            throw = set_raising(frame, linked.code, &linked.handlers, at);
        } else {
            set_instr(frame, linked.code, desc.resume, true);
        }
        helpers::drop_deferred();
        *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
        let c_depth = ffi::c_recursion(ts);
        *c_depth += 1;
        let result = ffi::_PyEval_EvalFrameDefault(ts, frame, throw);
        *c_depth -= 1;
        result
    }
}

/// Writes locals and value stack of an exit into the frame; the number of slots in use.
unsafe fn complete(
    linked: &Linked,
    desc: &ExitDesc,
    buffer: *const u64,
    frame: *mut Frame,
) -> usize {
    // SAFETY: localsplus has room for `nlocalsplus + stacksize` objects; see `leave_framed`.
    unsafe {
        let slots = ffi::frame_slots(frame);
        for &(slot, source, owns) in &desc.locals {
            let new = object(source, buffer, linked);
            let place = slots.add(usize::from(slot));
            let old = *place;
            *place = new;
            if owns {
                // Numbers only: the compiler keeps such a box in the frame while the local lives in a register.
                ffi::Py_XDECREF(old);
            }
        }
        let base = slots.add(linked.nlocalsplus);
        for (i, &source) in desc.stack.iter().enumerate() {
            if source != Source::Home {
                *base.add(i) = object(source, buffer, linked);
            }
        }
        let top = linked.nlocalsplus + desc.stack.len();
        set(frame, at::FRAME_STACKTOP, top as i32);
        top
    }
}

/// Pushes the frame of a call unit: its locals are unbound.
///
/// # Safety
/// Called by compiled code of a unit of this function.
pub unsafe extern "C" fn push_call(
    ts: *mut PyThreadState,
    function: O,
    linked: *const Linked,
) -> *mut Frame {
    // SAFETY: a live function; the frame takes a reference of it.
    unsafe {
        let linked = &*linked;
        linked.entries.set(linked.entries.get() + 1);
        let code: O = get(function, at::FUNC_CODE);
        ffi::Py_INCREF(function);
        let frame = push_frame(ts, function, code);
        let n = get::<i32, _>(code, at::CODE_NLOCALSPLUS);
        set(frame, at::FRAME_STACKTOP, n);
        set_instr(frame, code, 0, false);
        frame
    }
}

/// Ends the frame of a call that returns: drops its locals, in order, as the caller's business (the frame is no longer
/// linked), and takes it off the data stack (Python/ceval.c, `clear_thread_frame`).
///
/// # Safety
/// `frame` was pushed by [`push_call`], is current and has no frame object.
pub unsafe extern "C" fn pop_call(ts: *mut PyThreadState, frame: *mut Frame) {
    // SAFETY: the frame's slots own what they hold; nothing lies above it on the data stack once its locals are gone.
    unsafe {
        *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
        let code: O = get(frame, at::FRAME_CODE);
        let n = get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize;
        let slots = ffi::frame_slots(frame);
        for i in 0..n {
            let object = *slots.add(i);
            if !object.is_null() {
                *slots.add(i) = null_mut();
                ffi::Py_DECREF(object);
            }
        }
        ffi::Py_DECREF(get::<O, _>(frame, at::FRAME_FUNC));
        ffi::Py_DECREF(code);
        pop_words(ts, frame.cast());
    }
}

/// Gives the words from `base` on back (Python/pystate.c, `_PyThreadState_PopFrame`).
unsafe fn pop_words(ts: *mut PyThreadState, base: *mut O) {
    // SAFETY: as for `push_words`; a chunk that was emptied is freed as CPython does.
    unsafe {
        let chunk: *mut u8 = get(ts, at::THREAD_CHUNK);
        if base != chunk.add(at::CHUNK_DATA).cast::<O>() {
            set(ts, at::THREAD_DATASTACK_TOP, base);
            return;
        }
        let previous: *mut u8 = get(chunk, at::CHUNK_PREVIOUS);
        let size: usize = get(chunk, at::CHUNK_SIZE);
        let mut allocator = std::mem::zeroed::<ffi::PyObjectArenaAllocator>();
        ffi::PyObject_GetArenaAllocator(&mut allocator);
        if let Some(free) = allocator.free {
            free(allocator.ctx, chunk.cast(), size);
        }
        let data = previous.add(at::CHUNK_DATA).cast::<O>();
        let top: usize = get(previous, at::CHUNK_TOP);
        let end: usize = get(previous, at::CHUNK_SIZE);
        set(ts, at::THREAD_CHUNK, previous);
        set(ts, at::THREAD_DATASTACK_TOP, data.add(top));
        set(
            ts,
            at::THREAD_DATASTACK_LIMIT,
            previous.add(end).cast::<O>(),
        );
    }
}

/// An exception is set and belongs to the instruction at `at` of a frame entered at a loop header. Its handler is set
/// up here; without one the interpreter unwinds the frame (the compiler sees to it that the loop header, where the
/// interpreter will look, has none either).
unsafe fn raise_in(linked: &Linked, frame: *mut Frame, at: u32) -> u64 {
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
        let raised = ffi::PyErr_GetRaisedException();
        let frame_object = ffi::PyThreadState_GetFrame(ffi::thread()).cast::<PyObject>();
        ffi::PyErr_SetRaisedException(raised);
        ffi::PyTraceBack_Here(frame_object);
        ffi::Py_DECREF(frame_object);
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
unsafe fn caches(code: O, unit: u32) -> u32 {
    // SAFETY: as for `set_instr`.
    unsafe {
        let first = code.cast::<u8>().add(at::CODE_ADAPTIVE).cast::<u16>();
        let byte = (*first.add(unit as usize) & 0xff) as usize;
        u32::from(opcodes::CACHES[usize::from(opcodes::DEOPT[byte])])
    }
}

/// Sets the instruction pointer of a frame that waits for a call of a Python function. 3.12 has it at the end of the
/// call's inline cache then (Python/ceval_macros.h, `DISPATCH_INLINED`), but calls classes through C.
unsafe fn set_waiting(frame: *mut Frame, code: O, kind: ExitKind, unit: u32) {
    // SAFETY: as for `set_instr`.
    unsafe {
        let beyond = if cfg!(Py_3_13) || kind == ExitKind::AwaitInit {
            0
        } else {
            caches(code, unit)
        };
        set_instr(frame, code, unit + beyond, false);
    }
}

/// Where the instruction at `unit`, which has raised, left the frame's instruction pointer: see [`set_waiting`].
unsafe fn raised_at(frame: *mut Frame, code: O, unit: u32) -> u32 {
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

/// Takes `size` words of the thread's data stack (Python/pystate.c, `_PyThreadState_PushFrame` and `push_chunk`).
unsafe fn push_words(ts: *mut PyThreadState, size: usize) -> *mut O {
    // SAFETY: the data stack's fields, as CPython maintains them; a new chunk comes from the allocator that CPython
    // itself frees chunks with.
    unsafe {
        let top: *mut O = get(ts, at::THREAD_DATASTACK_TOP);
        let limit: *mut O = get(ts, at::THREAD_DATASTACK_LIMIT);
        if !top.is_null() && size < limit.offset_from(top).max(0) as usize {
            set(ts, at::THREAD_DATASTACK_TOP, top.add(size));
            return top;
        }
        let mut bytes = 16 * 1024;
        while bytes < 8 * (size + 64) {
            bytes *= 2;
        }
        let mut allocator = std::mem::zeroed::<ffi::PyObjectArenaAllocator>();
        ffi::PyObject_GetArenaAllocator(&mut allocator);
        let chunk: *mut u8 = match allocator.alloc {
            Some(alloc) => alloc(allocator.ctx, bytes).cast(),
            None => null_mut(),
        };
        if chunk.is_null() {
            ffi::Py_FatalError(c"pyaot: no memory for a frame".as_ptr());
        }
        let old: *mut u8 = get(ts, at::THREAD_CHUNK);
        if !old.is_null() {
            let data = old.add(at::CHUNK_DATA).cast::<O>();
            set(old, at::CHUNK_TOP, top.offset_from(data) as usize);
        }
        set(chunk, at::CHUNK_PREVIOUS, old);
        set(chunk, at::CHUNK_SIZE, bytes);
        set(chunk, at::CHUNK_TOP, 0usize);
        set(ts, at::THREAD_CHUNK, chunk);
        set(ts, at::THREAD_DATASTACK_LIMIT, chunk.add(bytes).cast::<O>());
        // The first word of the first chunk stays unused, so that popping never empties it.
        let data = chunk
            .add(at::CHUNK_DATA)
            .cast::<O>()
            .add(usize::from(old.is_null()));
        set(ts, at::THREAD_DATASTACK_TOP, data.add(size));
        data
    }
}

/// Pushes and links a frame with nothing bound (Python/ceval.c, `_PyFrame_Initialize`).
unsafe fn push_frame(ts: *mut PyThreadState, function: O, code: O) -> *mut Frame {
    // SAFETY: `function` is a live function with this code; its reference moves into the frame.
    unsafe {
        let size = get::<i32, _>(code, at::CODE_FRAMESIZE) as usize;
        let words = push_words(ts, size);
        let frame = words.cast::<Frame>();
        std::ptr::write_bytes(words, 0, size);
        ffi::Py_INCREF(code);
        set(frame, at::FRAME_CODE, code);
        set(frame, at::FRAME_FUNC, function);
        set(
            frame,
            at::FRAME_GLOBALS,
            get::<O, _>(function, at::FUNC_GLOBALS),
        );
        set(
            frame,
            at::FRAME_BUILTINS,
            get::<O, _>(function, at::FUNC_BUILTINS),
        );
        let current = ffi::current_frame(ts);
        set(frame, at::FRAME_PREVIOUS, *current);
        *current = frame;
        frame
    }
}

/// Runs all recorded frames; the result of the outermost, or null with an exception set.
///
/// # Safety
/// A boundary of native code: the GIL is held and no exception is set.
pub unsafe fn finish(ts: *mut PyThreadState) -> O {
    // SAFETY: the frames are complete, linked and in stack order; each is unlinked before the interpreter, which links
    // it again, runs it and pops it from the data stack.
    unsafe {
        let mut records = RECORDS.with_borrow_mut(std::mem::take);
        records.reverse();
        let depth: *mut i32 = ts.cast::<u8>().add(at::THREAD_PY_RECURSION).cast();
        let c_depth = ffi::c_recursion(ts);
        let mut frames = Vec::with_capacity(records.len());
        for record in records {
            let frame = push_frame(ts, record.function, record.code);
            let slots = ffi::frame_slots(frame);
            for (i, &o) in record.locals.iter().chain(&record.stack).enumerate() {
                *slots.add(i) = o;
            }
            let top = record.locals.len() + record.stack.len();
            set(frame, at::FRAME_STACKTOP, top as i32);
            if record.kind.awaits() {
                set_waiting(frame, record.code, record.kind, record.at);
            } else {
                set_instr(frame, record.code, record.resume, true);
            }
            *depth -= 1;
            frames.push((frame, top, record));
        }
        let mut result: O = null_mut();
        while let Some((frame, top, record)) = frames.pop() {
            helpers::drop_deferred();
            let mut throw = 0;
            if record.kind.awaits() {
                result = checked(record.kind, result);
                if result.is_null() {
                    let at = raised_at(frame, record.code, record.at);
                    throw = set_raising(frame, record.code, record.handlers, at);
                } else {
                    take_result(frame, record.kind, top, result);
                    set_instr(frame, record.code, record.resume, true);
                }
            } else if record.kind == ExitKind::Raise {
                throw = set_raising(frame, record.code, record.handlers, record.at);
            }
            *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
            *depth += 1;
            *c_depth += C_CREDIT;
            result = ffi::_PyEval_EvalFrameDefault(ts, frame, throw);
            *c_depth -= C_CREDIT;
        }
        result
    }
}

/// The call in flight has returned: its result goes onto the frame's stack, at `top`. That of an `__init__` does not.
unsafe fn take_result(frame: *mut Frame, kind: ExitKind, top: usize, result: O) {
    // SAFETY: the stack has room for the result of the call whose operands it held.
    unsafe {
        if kind == ExitKind::AwaitResult {
            *ffi::frame_slots(frame).add(top) = result;
            set(frame, at::FRAME_STACKTOP, top as i32 + 1);
        }
    }
}

/// The result of a call in flight, or of an `__init__`: anything but `None` is an error there (Objects/typeobject.c,
/// `slot_tp_init`).
unsafe fn checked(kind: ExitKind, result: O) -> O {
    // SAFETY: an owned object or null with an exception set.
    unsafe {
        if kind != ExitKind::AwaitInit || result.is_null() || result == ffi::Py_None() {
            return result;
        }
        refuse_result(result);
        null_mut()
    }
}

/// `__init__` has returned something: drops it and raises.
///
/// # Safety
/// An owned object, GIL held.
pub unsafe extern "C" fn refuse_result(result: O) {
    // SAFETY: the contract above.
    unsafe {
        ffi::PyErr_Format(
            ffi::PyExc_TypeError,
            c"__init__() should return None, not '%.200s'".as_ptr(),
            (*ffi::Py_TYPE(result)).tp_name,
        );
        ffi::Py_DECREF(result);
    }
}

/// Prepares the current frame, in which the instruction `unit` has raised, to be run. The result is `throwflag`: the
/// interpreter adds the traceback entry and finds the handler. It takes the instruction of the entry from the pointer, and
/// looks the handler up one code unit before, on 3.13. An inline cache of the instruction can stand in (its position is
/// the instruction's own); without one the pointer stays if that finds the same handler, and else the handler is set up
/// here.
unsafe fn set_raising(frame: *mut Frame, code: O, handlers: &[Handler], unit: u32) -> i32 {
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
        } else if cached || own.is_none() {
            set_instr(frame, code, unit + 1, false);
        } else if let Some(handler) = own {
            set_instr(frame, code, unit, false);
            set_handler(code, frame, handler, unit, true);
            return 0;
        }
        1
    }
}

/// The frame has a namespace of its own, a class body's, which binds a name that the unit took for a global.
unsafe fn is_shadowed(linked: &Linked, frame: *mut Frame) -> bool {
    // SAFETY: the namespace of a live frame; an exact dict is asked for names of the frame's code.
    unsafe {
        let namespace: O = get(frame, at::FRAME_LOCALS);
        if namespace.is_null()
            || namespace == linked.globals.get()
            || linked.meta.globals.is_empty()
        {
            return false;
        }
        if ffi::PyDict_CheckExact(namespace) == 0 {
            return true;
        }
        let co_names: O = get(linked.code, at::CODE_NAMES);
        let bound = linked.meta.globals.iter().any(|&(key, _)| {
            let name = split_key(key).0;
            let key = ffi::PyTuple_GET_ITEM(co_names, isize::try_from(name).unwrap_or(0));
            !ffi::PyDict_GetItemWithError(namespace, key).is_null()
        });
        ffi::PyErr_Clear();
        bound
    }
}

/// Runs the loop unit on the frame that its jump event was called for.
///
/// # Safety
/// `frame` is the current frame, suspended in the event of a jump to the unit's header.
pub unsafe fn enter_loop(
    linked: &'static Linked,
    ts: *mut PyThreadState,
    frame: *mut Frame,
) -> u64 {
    // SAFETY: the unit's entry checks the types of everything it takes over before it takes anything.
    unsafe {
        let top = get::<i32, _>(frame, at::FRAME_STACKTOP) as usize;
        if top != linked.nlocalsplus + usize::from(linked.meta.stack_depth) {
            return status::MISS;
        }
        let mut names: [O; 32] = [null_mut(); 32];
        if is_shadowed(linked, frame) {
            return status::MISS;
        }
        if !linked.meta.names.is_empty() {
            let namespace: O = get(frame, at::FRAME_LOCALS);
            if namespace.is_null() || ffi::PyDict_CheckExact(namespace) == 0 {
                return status::MISS;
            }
            let co_names: O = get(linked.code, at::CODE_NAMES);
            for (i, &name) in linked.meta.names.iter().enumerate() {
                let key = ffi::PyTuple_GET_ITEM(co_names, isize::try_from(name).unwrap_or(0));
                names[i] = ffi::PyDict_GetItemWithError(namespace, key);
                if names[i].is_null() {
                    ffi::PyErr_Clear();
                    return status::MISS;
                }
            }
        }
        stats::count(stats::Counter::LoopEntries);
        // An event's callback runs with events switched off; what native code calls must have them.
        let tracing: i32 = get(ts, at::THREAD_TRACING);
        set(ts, at::THREAD_TRACING, tracing - 1);
        let active = dispatch::Activation::new();
        let outcome = match linked.program {
            Some(program) => {
                interpreted::enter(linked, program, frame, &names[..linked.meta.names.len()])
            }
            None => {
                let entry: extern "C" fn(*mut PyThreadState, *mut Frame, *const O) -> u64 =
                    std::mem::transmute(linked.entry_address());
                entry(ts, frame, names.as_ptr())
            }
        };
        drop(active);
        set(ts, at::THREAD_TRACING, tracing);
        outcome
    }
}
