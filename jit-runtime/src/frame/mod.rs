//! Frames: how native code hands over to the interpreter.
//!
//! A *side exit* names an `ExitDesc`, the frame state at that place, and passes a buffer of raw values. Two ways:
//!
//! * A unit entered at a loop header has a real frame: [`leave_framed`] completes it, and the interpreter goes on there.
//! * A frameless call has none. [`leave_frameless`] makes a *record*; each native caller adds its own while the native
//!   stack unwinds, and at the boundary (where the interpreter called native code) [`finish`] turns all records into
//!   real frames on the thread's data stack, outermost first, and runs them, innermost first. Nothing runs between the
//!   first record and `finish`.
//!
//! * `pointer`: instruction pointers, which differ by version and by what a frame is doing;
//! * `catch`: exceptions that native code handles itself; `exposed`: who could write to a frame's locals;
//! * `raise`: exceptions that belong to a frame that is handed over;
//! * `watched`: what whoever watches is told of a frame that is handed over;
//! * `data_stack`: frames pushed and popped; `enter`: a loop unit entered on its frame.

mod catch;
mod data_stack;
mod enter;
mod exposed;
mod pointer;
mod raise;
mod watched;

pub use catch::{catch_raised, raise_again, unwind_call};
pub use data_stack::{pop_call, push_call};
pub use enter::enter_loop;
pub(crate) use exposed::{exposed_address, is_exposed, watch_proxies};
pub(crate) use pointer::{Suspended, instruction, running, set_instr, suspend};
pub(crate) use watched::tell_exhausted;

use crate::code::Handler;
use crate::dispatch::C_CREDIT;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::helpers;
use crate::image::Linked;
use crate::layout::offsets as at;
use crate::monitoring;
use crate::operators::operator_result;
use crate::stress;
use crate::unit::{ExitDesc, ExitKind, Repr, Source, status};
use data_stack::push_frame;
use pointer::{raised_at, set_waiting};
use raise::{raise_in, set_raising};
use std::cell::RefCell;
use std::ptr::null_mut;
use watched::catch_up;

type O = *mut PyObject;

/// How a frame goes on that native code has left, and where.
#[derive(Clone, Copy)]
pub(crate) struct Exit {
    pub kind: ExitKind,
    pub resume: u32,
    pub at: u32,
    /// The instruction that was done last, if it is known.
    pub done: Option<u32>,
}

impl From<&ExitDesc> for Exit {
    fn from(desc: &ExitDesc) -> Exit {
        Exit {
            kind: desc.kind,
            resume: desc.resume,
            at: desc.at,
            done: if desc.kind.awaits() {
                Some(desc.at)
            } else {
                desc.done
            },
        }
    }
}

/// A frame in the making: everything it owns is owned.
pub(crate) struct Record {
    /// Null until the caller says which ([`name_callee`]).
    pub function: O,
    pub code: O,
    pub handlers: &'static [Handler],
    pub exit: Exit,
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
        let source = match source {
            Source::Perhaps { bound, .. } if word(bound) == 0 => Source::Null,
            Source::Perhaps { value, repr, .. } => match repr {
                Repr::Int => Source::Int(value),
                Repr::Float => Source::Float(value),
                Repr::Bool => Source::Bool(value),
                Repr::Boxed => Source::Owned(value),
            },
            source => source,
        };
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
            Source::RangeIter(parts) => {
                let [at, end, step] = parts.map(|i| word(i) as i64);
                helpers::new_range_iter(at, end, step)
            }
            Source::None => {
                ffi::Py_INCREF(ffi::Py_None());
                ffi::Py_None()
            }
            Source::Null | Source::Home | Source::Perhaps { .. } => return null_mut(),
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

/// What each exit begins with: what has ended is dropped, the newest record gets its function, and the exit is counted.
unsafe fn note_exit(
    linked: *const Linked,
    buffer: *const u64,
) -> (&'static Linked, &'static ExitDesc) {
    // SAFETY: see `leave_frameless`; linked units are never freed.
    unsafe {
        let linked: &'static Linked = &*linked;
        let exit = *buffer as usize;
        let desc = &linked.meta.exits[exit];
        let object = |i: u16| *buffer.add(usize::from(i)) as O;
        for &i in &desc.dead {
            helpers::release(object(i));
        }
        if let Some(i) = desc.called {
            name_callee(object(i));
        }
        linked.note_exit(exit, desc);
        (linked, desc)
    }
}

/// Exit of a frameless unit: records its frame, returns the unit's status.
///
/// # Safety
/// Called by compiled code: `linked` is the running unit, `buffer` its exit buffer, which begins with the exit's number.
pub unsafe extern "C" fn leave_frameless(linked: *const Linked, buffer: *const u64) -> u64 {
    // SAFETY: the contract above; linked units are never freed.
    unsafe {
        let (linked, desc) = note_exit(linked, buffer);
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
            exit: desc.into(),
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
    buffer: *const u64,
    frame: *mut Frame,
    ts: *mut PyThreadState,
) -> u64 {
    // SAFETY: the contract above; localsplus has room for `nlocalsplus + stacksize` objects.
    unsafe {
        let (linked, desc) = note_exit(linked, buffer);
        complete(linked, desc, buffer, frame);
        return_loop(linked, frame, ts, desc.into())
    }
}

/// Exit of a call unit that pushed its own frame: completes the frame and runs the rest of the call in the interpreter.
/// The result, or null with an exception set. The frame is gone afterwards.
///
/// # Safety
/// As for [`leave_framed`]; `frame` is the thread's current frame and was pushed by [`push_call`].
pub unsafe extern "C" fn leave_call(
    linked: *const Linked,
    buffer: *const u64,
    frame: *mut Frame,
    ts: *mut PyThreadState,
) -> O {
    // SAFETY: the contract above.
    unsafe {
        let (linked, desc) = note_exit(linked, buffer);
        complete(linked, desc, buffer, frame);
        run_call(linked, frame, ts, desc.into())
    }
}

/// The frame of a loop unit is complete: it goes back to the interpreter, which is in the event that entered the unit. Returns
/// the unit's status.
///
/// # Safety
/// `frame` is the thread's current frame, runs the unit's code, and holds locals and value stack; an exception is set if
/// the exit says so, and records wait if it awaits a call.
pub(crate) unsafe fn return_loop(
    linked: &Linked,
    frame: *mut Frame,
    ts: *mut PyThreadState,
    exit: Exit,
) -> u64 {
    // SAFETY: the contract above.
    unsafe {
        let outcome = match go_on(linked, exit, frame, ts, false) {
            Some(at) => raise_in(linked, frame, at),
            None => status::LEFT,
        };
        stress::at_exit(frame);
        outcome
    }
}

/// The frame of a call unit is complete: runs the rest of the call in the interpreter. The result, or null with an exception
/// set. The frame is gone afterwards.
///
/// # Safety
/// As for [`return_loop`]; the frame was pushed by [`push_call`].
pub(crate) unsafe fn run_call(
    linked: &Linked,
    frame: *mut Frame,
    ts: *mut PyThreadState,
    exit: Exit,
) -> O {
    // SAFETY: the contract above.
    unsafe {
        let throw = match go_on(linked, exit, frame, ts, true) {
            Some(at) => set_raising(frame, linked.code, &linked.handlers, at),
            None => 0,
        };
        stress::at_exit(frame);
        *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
        let c_depth = ffi::c_recursion(ts);
        // The interpreter would have run the call without entering itself anew.
        *c_depth += C_CREDIT;
        let result = run_frame(ts, frame, throw);
        *c_depth -= C_CREDIT;
        result
    }
}

/// Runs the calls that are in flight above a complete frame, and settles how it goes on: see [`settle`].
unsafe fn go_on(
    linked: &Linked,
    exit: Exit,
    frame: *mut Frame,
    ts: *mut PyThreadState,
    afresh: bool,
) -> Option<u32> {
    // SAFETY: see `return_loop`.
    unsafe {
        let mut result = null_mut();
        if exit.kind.awaits() {
            set_waiting(frame, linked.code, exit.kind, exit.at);
            result = finish(ts);
        }
        end_lives(frame, linked.code, exit);
        settle(ts, frame, linked.code, exit, afresh, result)
    }
}

/// Ends the lives that native code has put off. They ended in the instruction that was done last.
unsafe fn end_lives(frame: *mut Frame, code: O, exit: Exit) {
    if !helpers::has_deferred() {
        return;
    }
    // SAFETY: the frame is complete and current.
    unsafe {
        if exit.kind == ExitKind::Resume {
            set_instr(frame, code, exit.done.unwrap_or(exit.resume), false);
        }
        helpers::drop_deferred();
    }
}

/// Settles how a complete frame goes on, `afresh` or from the event that it is suspended in; `result` is that of the call
/// in flight, if one was. The instruction that has raised, if one has: the exception is set.
unsafe fn settle(
    ts: *mut PyThreadState,
    frame: *mut Frame,
    code: O,
    exit: Exit,
    afresh: bool,
    result: O,
) -> Option<u32> {
    // SAFETY: the frame is complete and current; its instruction pointer is what `set_waiting` or the unit left.
    unsafe {
        let good = match exit.kind {
            ExitKind::Resume => true,
            ExitKind::Raise => false,
            _ => take_result(frame, code, exit, result),
        };
        if good {
            return catch_up(ts, frame, code, exit, afresh);
        }
        let at = raised_at(frame, code, exit.at);
        set_instr(frame, code, at, false);
        Some(at)
    }
}

/// Writes what an exit says of the frame: locals, value stack, and names of a module or class body.
unsafe fn complete(linked: &Linked, desc: &ExitDesc, buffer: *const u64, frame: *mut Frame) {
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
        if desc.names.is_empty() {
            return;
        }
        // All are owned before the first one is stored: what a name held may be what another one gets.
        let named = |&(name, source)| (name, object(source, buffer, linked));
        let names: Vec<(u16, O)> = desc.names.iter().map(named).collect();
        let namespace: O = get(frame, at::FRAME_LOCALS);
        let co_names: O = get(linked.code, at::CODE_NAMES);
        for (name, value) in names {
            let name = ffi::PyTuple_GET_ITEM(co_names, isize::try_from(name).unwrap_or(0));
            ffi::PyDict_SetItem(namespace, name, value);
            ffi::Py_DECREF(value);
        }
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
            let Exit {
                kind, resume, at, ..
            } = record.exit;
            if kind.awaits() {
                set_waiting(frame, record.code, kind, at);
            } else {
                set_instr(frame, record.code, resume, true);
            }
            *depth -= 1;
            frames.push((frame, record));
        }
        let mut result: O = null_mut();
        while let Some((frame, record)) = frames.pop() {
            end_lives(frame, record.code, record.exit);
            let throw = match settle(ts, frame, record.code, record.exit, true, result) {
                Some(at) => set_raising(frame, record.code, record.handlers, at),
                None => 0,
            };
            stress::at_exit(frame);
            *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
            *depth += 1;
            *c_depth += C_CREDIT;
            result = run_frame(ts, frame, throw);
            *c_depth -= C_CREDIT;
        }
        result
    }
}

/// The interpreter runs a frame; with `throw` an exception that has been raised in it.
unsafe fn run_frame(ts: *mut PyThreadState, frame: *mut Frame, throw: i32) -> O {
    // SAFETY: the frame is complete, and linked to the current one.
    unsafe {
        if throw == 0 {
            return ffi::_PyEval_EvalFrameDefault(ts, frame, 0);
        }
        monitoring::hide_throw(ts);
        let result = ffi::_PyEval_EvalFrameDefault(ts, frame, throw);
        monitoring::show_throw();
        result
    }
}

/// The call in flight has returned: its result goes onto the frame's stack. That of an `__init__` does not, and anything
/// but `None` is an error there (Objects/typeobject.c, `slot_tp_init`). Whether all is well.
unsafe fn take_result(frame: *mut Frame, code: O, exit: Exit, mut result: O) -> bool {
    // SAFETY: an owned object or null with an exception set; the stack has room for the result of the call whose operands
    // it held.
    unsafe {
        if exit.kind == ExitKind::AwaitOperator {
            let top = get::<i32, _>(frame, at::FRAME_STACKTOP) - 2;
            let operands = ffi::frame_slots(frame).add(top as usize);
            set(frame, at::FRAME_STACKTOP, top);
            result = operator_result(code, exit.at, *operands, *operands.add(1), result);
        }
        if result.is_null() {
            return false;
        }
        if exit.kind == ExitKind::AwaitInit {
            let good = result == ffi::Py_None();
            if !good {
                refuse_result(result);
            }
            return good;
        }
        let top = get::<i32, _>(frame, at::FRAME_STACKTOP);
        *ffi::frame_slots(frame).add(top as usize) = result;
        set(frame, at::FRAME_STACKTOP, top + 1);
        true
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
