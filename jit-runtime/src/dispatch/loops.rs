//! Loops: the JUMP event of code that is counted or native.

use super::site::Site;
use super::stack::set_stack_limit;
use super::state::{State, state};
use super::trial::ticks;
use super::{COMPILER, COMPILING, LOOP_THRESHOLD, MAX_VERSIONS, guarded, undisturbed};
use crate::ffi::{self, CO_GENERATORS, Frame, PyObject, get};
use crate::frame;
use crate::layout::offsets as at;
use crate::monitoring;
use crate::stats::{self, Counter};
use crate::unit::status;
use std::os::raw::c_int;
use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;

type O = *mut PyObject;

fn answer(object: O) -> O {
    // SAFETY: an immortal singleton or the DISABLE object, which we hold.
    unsafe { ffi::Py_INCREF(object) };
    object
}

/// The JUMP event: `callback(code, offset, destination)`, offsets in bytes.
unsafe extern "C" fn on_jump(_self: O, args: *mut O, n: ffi::Py_ssize_t) -> O {
    // SAFETY: `sys.monitoring` calls it with a code object and two ints, while the frame that jumps is current.
    unsafe {
        let none = ffi::Py_None();
        let disable = monitoring::disable();
        if n != 3 {
            return answer(none);
        }
        let code = *args;
        let (from, to) = (
            ffi::PyLong_AsLong(*args.add(1)),
            ffi::PyLong_AsLong(*args.add(2)),
        );
        if to > from {
            return answer(disable);
        }
        let ts = ffi::thread();
        let frame = *ffi::current_frame(ts);
        let Some(state) = state(code) else {
            return answer(disable);
        };
        if frame.is_null() || get::<O, _>(frame, at::FRAME_CODE) != code || COMPILING.get() {
            return answer(none);
        }
        let flags: c_int = get(code, at::CODE_FLAGS);
        if flags & CO_GENERATORS != 0 {
            return answer(disable);
        }
        let header = (to / 2) as u32;
        match loop_event(state, code, frame, ts, header) {
            Answer::Stay => answer(none),
            Answer::Done => answer(disable),
            Answer::Raised => null_mut(),
        }
    }
}

/// Calls after which a function's loops do not wait to be hotter.
const MANY_CALLS: u32 = 8;

enum Answer {
    Stay,
    Done,
    Raised,
}

/// Ticks that an entry of a loop must last on average: entering and leaving costs about 1,000.
const WORTH: u64 = 4000;

unsafe fn loop_event(
    state: &'static State,
    code: O,
    frame: *mut Frame,
    ts: *mut ffi::PyThreadState,
    header: u32,
) -> Answer {
    // SAFETY: see `on_jump`.
    unsafe {
        let mut unit = None;
        let mut ask = false;
        let count;
        {
            let mut loops = state.loops.borrow_mut();
            let this = loops.entry(header).or_default();
            if this.given_up || state.loops_rest.get() {
                return Answer::Done;
            }
            match this.unit {
                Some(linked) => unit = Some(linked),
                None => {
                    this.count += 1;
                    ask = this.count >= LOOP_THRESHOLD.load(Relaxed).max(this.next)
                        || (this.count == 1 && state.known.get());
                }
            }
            count = this.count;
        }
        if !undisturbed(ts) {
            return Answer::Stay;
        }
        let globals: O = get(frame, at::FRAME_GLOBALS);
        let mut previous = None;
        if let Some(linked) = unit
            && (!linked.is_valid() || linked.globals.get() != globals || linked.hot_exits.get() > 0)
        {
            previous = Some(linked);
            unit = None;
            ask = true;
        }
        if unit.is_none() {
            if !ask {
                return Answer::Stay;
            }
            let Some(&compiler) = COMPILER.get() else {
                return Answer::Done;
            };
            let mut site = Site {
                code,
                function: get(frame, at::FRAME_FUNC),
                globals,
                builtins: get(frame, at::FRAME_BUILTINS),
                state,
                arguments: &[],
                frame,
                previous,
                count: previous.is_none().then_some(count),
                last_chance: false,
                postponed: None,
                deferred: false,
                tags: None,
            };
            let first = state
                .loops
                .borrow()
                .get(&header)
                .is_some_and(|l| l.versions == 0);
            let mut found = None;
            if first && previous.is_none() && state.known.get() {
                found = guarded(|| compiler.preloaded(&mut site, Some(header)));
                if found.is_none()
                    && state
                        .loops
                        .borrow()
                        .get(&header)
                        .is_some_and(|l| l.count < LOOP_THRESHOLD.load(Relaxed))
                {
                    return Answer::Stay;
                }
            }
            if found.is_none() {
                let versions = {
                    let mut loops = state.loops.borrow_mut();
                    let this = loops.entry(header).or_default();
                    this.versions += 1;
                    this.versions
                };
                if previous.is_some() {
                    stats::count(Counter::Recompiled);
                }
                if versions <= MAX_VERSIONS {
                    found = guarded(|| compiler.hot_loop(&mut site, header));
                }
            }
            let mut loops = state.loops.borrow_mut();
            let this = loops.entry(header).or_default();
            this.unit = found;
            match found {
                Some(linked) => unit = Some(linked),
                None => {
                    if let Some(next) = site.postponed {
                        this.versions -= 1;
                        this.next = next;
                        if site.deferred || state.calls.get() < MANY_CALLS {
                            return Answer::Stay;
                        }
                        // Counting jumps costs as much as many loops' work. Calls are counted cheaply: a short loop in
                        // a function that is called often becomes native with the function, when that is worth it.
                        let calls = state.calls.get();
                        this.calls = Some(calls);
                        let due = u64::from(next) * u64::from(calls) / u64::from(this.count.max(1));
                        let due = u32::try_from(due).unwrap_or(u32::MAX);
                        let long = state.long.get();
                        state.long.set(if long == 0 { due } else { due.min(long) });
                    }
                    this.given_up = true;
                    return Answer::Done;
                }
            }
        }
        let Some(linked) = unit else {
            return Answer::Stay;
        };
        if !monitoring::spares(linked) {
            return Answer::Stay;
        }
        set_stack_limit(ts);
        let before = ticks();
        let outcome = frame::enter_loop(linked, ts, frame);
        linked
            .cycles
            .set(linked.cycles.get() + ticks().wrapping_sub(before));
        linked.entries.set(linked.entries.get() + 1);
        // An inner loop that is entered again and again: the loops around it are worth compiling sooner.
        let mut loops = state.loops.borrow_mut();
        for (&outer, this) in loops.iter_mut() {
            if outer < header && this.unit.is_none() {
                this.count += LOOP_THRESHOLD.load(Relaxed) / 8;
            }
        }
        state.count.set(
            state
                .count
                .get()
                .saturating_add(if outcome == status::MISS { 0 } else { 8 }),
        );
        let entries = linked.entries.get();
        if outcome == status::MISS {
            stats::count(Counter::LoopMisses);
            let missed = linked.misses.get() + 1;
            linked.misses.set(missed);
            if missed > 30 {
                linked.hot_exits.set(1);
            }
        } else if entries > 100
            && linked.program.is_none()
            && linked.cycles.get() / entries < WORTH
            && linked.hot_exits.get() == 0
        {
            if let Some(this) = loops.get_mut(&header) {
                this.given_up = true;
                this.unit = None;
            }
            stats::count(Counter::Dropped);
            if outcome != status::RAISED {
                return Answer::Done;
            }
        }
        drop(loops);
        if outcome == status::RAISED {
            Answer::Raised
        } else {
            Answer::Stay
        }
    }
}

static mut JUMP_METHOD: ffi::PyMethodDef = ffi::PyMethodDef::zeroed();

/// The JUMP callback as a Python function.
pub(super) unsafe fn jump_callback() -> O {
    // SAFETY: the definition is static and written once, before it is used.
    unsafe {
        let method = &raw mut JUMP_METHOD;
        (*method).ml_name = c"pyaot_jump".as_ptr();
        (*method).ml_flags = ffi::METH_FASTCALL;
        (*method).ml_meth = ffi::PyMethodDefPointer {
            PyCFunctionFast: on_jump,
        };
        ffi::PyCFunction_New(method, null_mut())
    }
}
