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
use crate::dispatch::C_CREDIT;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::helpers;
use crate::image::Linked;
use crate::interpreted;
use crate::layout::offsets as at;
use crate::stats;
use crate::unit::{ExitDesc, ExitKind, Source, status};
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
            Source::Bool(i) => {
                let b = if word(i) != 0 {
                    ffi::Py_True()
                } else {
                    ffi::Py_False()
                };
                ffi::Py_INCREF(b);
                b
            }
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
        name_callee(called);
        let linked: &'static Linked = &*linked;
        let desc = &linked.meta.exits[exit as usize];
        linked.note_exit(exit as usize, desc);
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
        name_callee(called);
        let linked = &*linked;
        let desc = &linked.meta.exits[exit as usize];
        linked.note_exit(exit as usize, desc);
        let slots = frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast::<O>();
        let mut dead = Vec::new();
        for &(slot, source, owns) in &desc.locals {
            let new = object(source, buffer, linked);
            let place = slots.add(usize::from(slot));
            if owns {
                dead.push(*place);
            }
            *place = new;
        }
        let base = slots.add(linked.nlocalsplus);
        for (i, &source) in desc.stack.iter().enumerate() {
            if source != Source::Home {
                *base.add(i) = object(source, buffer, linked);
            }
        }
        let depth = (linked.nlocalsplus + desc.stack.len()) as i32;
        set(frame, at::FRAME_STACKTOP, depth);
        set_instr(frame, linked.code, desc.resume, false);
        for o in dead {
            // Numbers only: the compiler keeps such a box in the frame while the local lives in a register.
            ffi::Py_XDECREF(o);
        }
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
        if desc.kind == ExitKind::AwaitResult {
            set_instr(frame, linked.code, desc.at, false);
            let result = finish(ts);
            if result.is_null() {
                outcome = raise_in(linked, frame, desc);
            } else {
                *base.add(desc.stack.len()) = result;
                set(frame, at::FRAME_STACKTOP, depth + 1);
                set_instr(frame, linked.code, desc.resume, false);
            }
        }
        helpers::drop_deferred();
        outcome
    }
}

/// An exception is set and belongs to the instruction `desc.at` of a frame entered at a loop header. Its handler is set
/// up here; without one the interpreter unwinds the frame (the compiler sees to it that the loop header, where the
/// interpreter will look, has none either).
unsafe fn raise_in(linked: &Linked, frame: *mut Frame, desc: &ExitDesc) -> u64 {
    // SAFETY: the frame is complete and current; the handler's depth is within the stack.
    unsafe {
        let wanted = linked
            .handlers
            .iter()
            .find(|h| h.start <= desc.at && desc.at < h.end)
            .copied();
        let Some(handler) = wanted else {
            return status::RAISED;
        };
        let raised = ffi::PyErr_GetRaisedException();
        let frame_object = ffi::PyThreadState_GetFrame(ffi::thread()).cast::<PyObject>();
        ffi::PyErr_SetRaisedException(raised);
        ffi::PyTraceBack_Here(frame_object);
        ffi::Py_DECREF(frame_object);
        let slots = frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast::<O>();
        let mut top = get::<i32, _>(frame, at::FRAME_STACKTOP) as usize;
        let keep = linked.nlocalsplus + handler.depth as usize;
        while top > keep {
            top -= 1;
            set(frame, at::FRAME_STACKTOP, top as i32);
            ffi::Py_XDECREF(*slots.add(top));
        }
        if handler.lasti {
            *slots.add(top) = ffi::PyLong_FromLong(i64::from(desc.at) as std::os::raw::c_long);
            top += 1;
        }
        *slots.add(top) = ffi::PyErr_GetRaisedException();
        set(frame, at::FRAME_STACKTOP, top as i32 + 1);
        set_instr(frame, linked.code, handler.target, false);
        status::LEFT
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
        let c_depth: *mut i32 = ts.cast::<u8>().add(at::THREAD_C_RECURSION).cast();
        let mut frames = Vec::with_capacity(records.len());
        for record in records {
            let frame = push_frame(ts, record.function, record.code);
            let slots = frame.cast::<u8>().add(at::FRAME_LOCALSPLUS).cast::<O>();
            for (i, &o) in record.locals.iter().chain(&record.stack).enumerate() {
                *slots.add(i) = o;
            }
            let top = record.locals.len() + record.stack.len();
            set(frame, at::FRAME_STACKTOP, top as i32);
            let running = record.kind == ExitKind::AwaitResult;
            set_instr(
                frame,
                record.code,
                if running { record.at } else { record.resume },
                !running,
            );
            *depth -= 1;
            frames.push((frame, slots, top, record));
        }
        let mut result: O = null_mut();
        while let Some((frame, slots, top, record)) = frames.pop() {
            helpers::drop_deferred();
            *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
            *depth += 1;
            let mut throw = 0;
            if record.kind == ExitKind::AwaitResult {
                if result.is_null() {
                    throw = 1;
                    set_raising(frame, &record);
                } else {
                    *slots.add(top) = result;
                    set(frame, at::FRAME_STACKTOP, top as i32 + 1);
                    set_instr(frame, record.code, record.resume, true);
                }
            } else if record.kind == ExitKind::Raise {
                throw = 1;
                set_raising(frame, &record);
            }
            *c_depth += C_CREDIT;
            result = ffi::_PyEval_EvalFrameDefault(ts, frame, throw);
            *c_depth -= C_CREDIT;
        }
        result
    }
}

/// Sets the instruction pointer for a frame that is run with `throwflag`: the traceback names the instruction
/// `record.at` and its handler is looked up. 3.13 looks up one code unit before the pointer. Where another handler holds
/// there, the pointer is set one further: the instruction's cache stands in, with the instruction's position (only
/// `tb_lasti` tells), and only instructions with a cache raise here.
unsafe fn set_raising(frame: *mut Frame, record: &Record) {
    let handler = |unit: u32| {
        let holds = |h: &&Handler| h.start <= unit && unit < h.end;
        record.handlers.iter().find(holds).map(|h| h.target)
    };
    let at = record.at;
    let further = cfg!(Py_3_13) && handler(at) != handler(at.saturating_sub(1));
    // SAFETY: as for `set_instr`.
    unsafe { set_instr(frame, record.code, at + u32::from(further), false) }
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
        let bound = linked.meta.globals.iter().any(|&(name, _)| {
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
        set(ts, at::THREAD_TRACING, tracing);
        outcome
    }
}
