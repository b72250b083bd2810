//! Calls: the vectorcall of functions that are counted or native.

use super::activation::Activation;
use super::arguments::{Taken, argument_count, call_suspended, let_go, move_arguments, outlives};
use super::bind::{Collected, MAX_PARAMETERS, bind, collects};
use super::site::{self, Site};
use super::stack::{set_stack_limit, stack_is_low, units_left};
use super::state::{State, is_users, known_state, note_operator, qualname, state, watch_loops};
use super::trial::{self, Runner};
use super::waiting;
use super::{
    CALL_THRESHOLD, COMPILER, Compiler, EAGER, MAX_VERSIONS, NATIVE, POLLED, guarded, undisturbed,
};
use crate::ffi::{self, PyObject, Vectorcall, get, set};
use crate::frame;
use crate::helpers;
use crate::image::Linked;
use crate::interpreted;
use crate::layout::offsets as at;
use crate::monitoring;
use crate::stats::{self, Counter};
use crate::unit::{Repr, Worth, status};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

type O = *mut PyObject;

pub(super) static ORIGINAL: AtomicUsize = AtomicUsize::new(0);

/// A function that is never called: see `forget_version`.
pub(super) static OWN_FUNCTION: AtomicUsize = AtomicUsize::new(0);

pub(super) fn original() -> Vectorcall {
    // SAFETY: read from a fresh function at start; a function pointer of that very type.
    unsafe { std::mem::transmute(ORIGINAL.load(Relaxed)) }
}

/// Gives a function back to CPython at full speed.
unsafe fn give_back(function: O, state: &State) {
    // SAFETY: a live function whose vectorcall is `entry`.
    unsafe {
        ffi::PyFunction_SetVectorcall(function, original());
        let code: O = get(function, at::FUNC_CODE);
        let tag = state.version_tag.get();
        set(code, at::CODE_VERSION, tag);
        #[cfg(Py_3_13)]
        ffi::_PyFunction_SetVersion(function, tag);
        #[cfg(not(Py_3_13))]
        set(function, at::FUNC_VERSION, 0u32);
    }
}

/// 3.13 finds functions and their code by version in a table. When code dies its entry is cleared by the version that it
/// has then (Objects/funcobject.c, `_PyFunction_ClearCodeByVersion`): where we take the version away, we clear the entry,
/// which from now on names code that never dies.
unsafe fn forget_version(version: u32) {
    // SAFETY: a function of our own that lives for ever; versions are plain numbers to the table.
    #[cfg(Py_3_13)]
    unsafe {
        let own = OWN_FUNCTION.load(Relaxed) as O;
        if version != 0 && !own.is_null() {
            ffi::_PyFunction_SetVersion(own, version);
            ffi::_PyFunction_SetVersion(own, 0);
        }
    }
    #[cfg(not(Py_3_13))]
    let _ = version;
}

/// Calls the function in the interpreter. CPython would run it without using the C stack, so its C recursion counter is
/// credited with what this call takes; when the stack really gets low, the function is given back for good, and the counter
/// allows for the call what there is room for.
unsafe fn interpret(
    state: &State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> O {
    // SAFETY: CPython's calling convention, passed through.
    unsafe {
        let depth = ffi::c_recursion(ts);
        let mut credit = C_CREDIT;
        if stack_is_low() {
            state.given_up.set(true);
            state.unit.set(None);
            give_back(function, state);
            credit = credit.min(units_left() - *depth);
        }
        *depth += credit;
        let moved = if state.minds_ends() {
            move_arguments(ts, function, args, nargsf, keywords)
        } else {
            None
        };
        let result = match moved {
            Some(copy) => {
                let n = nargsf & !ffi::VECTORCALL_OFFSET;
                original()(function, copy.as_ptr(), n, keywords)
            }
            None => original()(function, args, nargsf, keywords),
        };
        *depth -= credit;
        result
    }
}

/// What an entry of the interpreter takes of the C recursion counter (Python/ceval.c, `PY_EVAL_C_STACK_UNITS`).
pub(crate) const C_CREDIT: i32 = 2;

/// One in so many calls is looked at.
const NOTED: u32 = 16;

/// The vectorcall of every function that is counted or native.
pub(super) unsafe extern "C" fn entry(
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> O {
    if cfg!(Py_3_13) {
        // SAFETY: as below.
        return unsafe { enter(function, args, nargsf, keywords) };
    }
    // SAFETY: CPython's calling convention.
    unsafe {
        let all = argument_count(nargsf, keywords);
        call_suspended(ffi::thread(), function, args, all, || {
            enter(function, args, nargsf, keywords)
        })
    }
}

/// A call of a function that is counted or native.
unsafe fn enter(function: O, args: *const O, nargsf: usize, keywords: O) -> O {
    // SAFETY: CPython's calling convention; the function is alive during its call.
    unsafe {
        let code: O = get(function, at::FUNC_CODE);
        let Some(state) = state(code) else {
            return original()(function, args, nargsf, keywords);
        };
        let ts = ffi::thread();
        if let Some(linked) = state.unit.get()
            && state.next.get() != ONLY_NATIVE
        {
            if linked.entries.get() % u64::from(NOTED) == 1 {
                note_operator(ts);
            }
            let all = argument_count(nargsf, keywords);
            if !takes_arguments(linked) && outlives(state, args, all) {
                return interpret(state, ts, function, args, nargsf, keywords);
            }
            let call = |runner| {
                let native = (runner == Runner::Native)
                    .then(|| run(linked, state, ts, function, args, nargsf, keywords))
                    .flatten();
                native.unwrap_or_else(|| interpret(state, ts, function, args, nargsf, keywords))
            };
            return if state.trial.is_on() {
                trial::run(state, linked, function, call)
            } else {
                call(Runner::Native)
            };
        }
        let count = state.count.get() + 1;
        state.count.set(count);
        if count % NOTED == 1 {
            note_operator(ts);
        }
        state.calls.set(state.calls.get() + 1);
        begin(state, code);
        set(function, at::FUNC_VERSION, 0u32);
        if state.has_loops.get() && !state.watched_loops.get() {
            // Code that was not watched at its first call is a library's.
            let counts = match count {
                1 => is_users(code),
                _ => waiting::runs_long() || EAGER.load(Relaxed),
            };
            if counts {
                watch_loops(code, state);
            }
        }
        let next = state.next.get();
        let last_chance =
            next > 0 && next != ONLY_NATIVE && !EAGER.load(Relaxed) && waiting::is_too_long();
        let long = state.long.get();
        let is_due =
            count >= threshold(code, count).max(next) || long > 0 && count >= long.max(next);
        if state.given_up.get() || next == ONLY_NATIVE {
            NATIVE.0.borrow_mut().insert(function as usize);
            give_back(function, state);
        } else if (is_due || last_chance || state.preload.get()) && undisturbed(ts) {
            let mut room = [null_mut(); MAX_PARAMETERS];
            let n = nargsf & !ffi::VECTORCALL_OFFSET;
            if let Some(arguments) = bind(function, args, n, keywords, &mut room) {
                let mut site = Site::of_call(function, state, arguments);
                site.count = Some(count);
                site.last_chance = last_chance;
                compile_call(&mut site);
                if state.unit.get().is_some() || state.next.get() > 0 {
                    NATIVE.0.borrow_mut().insert(function as usize);
                }
            } else if count > 20 * CALL_THRESHOLD.load(Relaxed) {
                state.given_up.set(true);
            }
        }
        interpret(state, ts, function, args, nargsf, keywords)
    }
}

/// A call by native code, through the C API, of a function whose unit the interpreter does not call, or is trying: for a
/// caller in C the unit is faster than an interpreter of its own. None: not such a function.
pub(crate) unsafe fn call_from_native(
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> Option<O> {
    // SAFETY: CPython's calling convention; the function is alive during its call.
    unsafe {
        if ffi::Py_TYPE(function) != &raw mut ffi::PyFunction_Type {
            return None;
        }
        let state = known_state(get(function, at::FUNC_CODE))?;
        let linked = state.unit.get()?;
        let kept = state.next.get() == ONLY_NATIVE || state.trial.is_on();
        let all = argument_count(nargsf, keywords);
        if !kept || !takes_arguments(linked) && outlives(state, args, all) {
            return None;
        }
        Some(call_suspended(ts, function, args, all, || {
            run(linked, state, ts, function, args, nargsf, keywords)
                .unwrap_or_else(|| interpret(state, ts, function, args, nargsf, keywords))
        }))
    }
}

/// Takes over the calls of functions with this code, once.
pub(super) unsafe fn begin(state: &State, code: O) {
    if state.begun.replace(true) {
        return;
    }
    // SAFETY: a live code object.
    unsafe {
        // Specialised call sites test only the version: none must match while the function is ours.
        state.version_tag.set(get(code, at::CODE_VERSION));
        set(code, at::CODE_VERSION, 0u32);
        forget_version(state.version_tag.get());
        if let Some(compiler) = COMPILER.get() {
            state.known.set(compiler.is_known(&qualname(code)));
            state.preload.set(state.known.get());
        }
    }
}

/// Calls after which this code is hot. Imports call library code often and soon are done with it.
unsafe fn threshold(code: O, count: u32) -> u32 {
    let own = CALL_THRESHOLD.load(Relaxed);
    // SAFETY: a live code object.
    if count < own || unsafe { is_users(code) } {
        own
    } else {
        own.saturating_mul(LIBRARY_FACTOR)
    }
}

/// A function so small that the interpreter calls it faster than native code: only native code calls its unit, and it has
/// one only if some unit calls it.
pub const ONLY_NATIVE: u32 = u32::MAX;

/// Library code must be called this many times as often before it is hot.
const LIBRARY_FACTOR: u32 = 10;

fn compile_call(site: &mut Site<'_>) {
    let state = site.state;
    let Some(&compiler) = COMPILER.get() else {
        return;
    };
    if state.preload.replace(false) {
        let only_native = preload(site, compiler);
        let found = state.unit.get().is_some();
        if only_native || found || state.count.get() < CALL_THRESHOLD.load(Relaxed) {
            return;
        }
    }
    let versions = state.versions.get() + 1;
    state.versions.set(versions);
    state.waiting.take();
    if versions > MAX_VERSIONS {
        state.given_up.set(true);
        return;
    }
    match guarded(|| compiler.hot_call(site)) {
        Some(linked) => {
            state.unit.set(Some(linked));
            trial::begin(state, linked);
        }
        None => match site.postponed.take() {
            Some(count) => {
                state.versions.set(versions - 1);
                state.next.set(count);
                state.waiting.replace(Some(site.argument_tags()));
            }
            None => state.given_up.set(true),
        },
    }
}

/// The function gets its unit of an earlier run, if it has one. True: only native code is to call it.
fn preload(site: &mut Site<'_>, compiler: &dyn Compiler) -> bool {
    let state = site.state;
    let found = guarded(|| compiler.preloaded(site, None));
    state.unit.set(found);
    if let Some(linked) = found {
        trial::begin(state, linked);
    }
    let small =
        found.is_some_and(|linked| linked.meta.worth == Worth::Small) && !EAGER.load(Relaxed);
    let only_native = small || site.postponed.take() == Some(ONLY_NATIVE);
    if only_native {
        state.next.set(ONLY_NATIVE);
        state.loops_rest.set(!small);
    }
    only_native
}

/// Native code is about to call a function that may not have been called in this run: it gets its unit of an earlier run
/// now, so that the caller finds what it was compiled for.
///
/// # Safety
/// `function` is null or live; the GIL is held.
pub(crate) unsafe fn load_known(function: O) {
    // SAFETY: as required of the caller.
    let unasked = unsafe { site::unasked(function) };
    if let (Some(mut site), Some(&compiler)) = (unasked, COMPILER.get()) {
        preload(&mut site, compiler);
        NATIVE.0.borrow_mut().insert(function as usize);
    }
}

/// Native code is about to call a function that waits to be hotter: it is compiled now.
///
/// # Safety
/// `function` is null or live; the GIL is held.
pub(crate) unsafe fn compile_waiting(function: O) {
    // SAFETY: as required of the caller.
    unsafe { load_known(function) };
    // SAFETY: as required of the caller.
    let waiting = unsafe { site::waiting(function, null_mut()) };
    if let (Some(mut site), Some(&compiler)) = (waiting, COMPILER.get()) {
        if let Some(linked) = guarded(|| compiler.hot_call(&mut site)) {
            site.install(linked);
        }
        site.wait_again();
    }
}

/// The unit has a frame, which takes the last references of arguments over.
fn takes_arguments(unit: &Linked) -> bool {
    unit.meta.entry_kind.abi().is_some_and(|abi| abi.framed)
}

/// Runs the unit of a call; none if the interpreter must.
unsafe fn run(
    linked: &'static Linked,
    state: &'static State,
    ts: *mut ffi::PyThreadState,
    function: O,
    args: *const O,
    nargsf: usize,
    keywords: O,
) -> Option<O> {
    // SAFETY: the entry tests the arguments' types; the result is a new reference in its representation.
    unsafe {
        let abi = linked.meta.entry_kind.abi()?;
        let n = nargsf & !ffi::VECTORCALL_OFFSET;
        let mut room = [null_mut(); MAX_PARAMETERS];
        let bound = bind(function, args, n, keywords, &mut room);
        let globals: O = get(function, at::FUNC_GLOBALS);
        set(function, at::FUNC_VERSION, 0u32);
        if !undisturbed(ts) || !monitoring::spares(linked) {
            return None;
        }
        if linked.program.is_some() && *ffi::eval_breaker(ts) != 0 {
            // Native code polls itself.
            return None;
        }
        let replace = !linked.is_valid() || linked.hot_exits.get() > 0;
        if replace {
            recompile(linked, state, function, bound);
            return None;
        }
        let mut value = 0u64;
        let mut bound = bound.filter(|bound| {
            bound.len() == abi.params.len() && globals == linked.globals.get() && !stack_is_low()
        });
        let mut copy;
        let mut taken = None;
        if let Some(given) = bound
            && abi.framed
            && state.minds_ends()
        {
            copy = [null_mut(); MAX_PARAMETERS];
            let all = argument_count(nargsf, keywords);
            let of = Taken::of(ts, function, args, all, given, &mut copy)?;
            taken = Some(of.0);
            bound = Some(of.1);
        }
        let (mut collected, mut whole) = (None, [null_mut(); MAX_PARAMETERS]);
        if let Some(given) = bound
            && collects(state.code) != [false; 2]
        {
            // After the references were taken: what holds an argument is not the last to do so.
            collected = Collected::of(function, args, n, keywords, taken.as_ref());
            bound = collected.as_mut().filter(|_| abi.framed).map(|collected| {
                let whole = &mut whole[..given.len()];
                whole.copy_from_slice(given);
                collected.put(whole);
                collected.give();
                &*whole
            });
        }
        let outcome = match (bound, linked.program) {
            (None, _) => status::MISS,
            (Some(bound), Some(program)) => {
                interpreted::call(linked, program, ts, function, bound, &mut value)
            }
            (Some(bound), None) => {
                set_stack_limit(ts);
                let _active = Activation::new();
                let enter: extern "C" fn(*mut ffi::PyThreadState, O, *const O, *mut u64) -> u64 =
                    std::mem::transmute(linked.entry_address());
                enter(ts, function, bound.as_ptr(), &mut value)
            }
        };
        // A frame that is pushed counts its entry itself.
        if !abi.framed {
            linked.entries.set(linked.entries.get() + 1);
        }
        match outcome {
            status::RAISED => Some(null_mut()),
            status::OTHER => Some(value as O),
            status::DONE => {
                let object = match abi.result {
                    Repr::Int => helpers::box_int(value as i64),
                    Repr::Float => helpers::box_float(f64::from_bits(value)),
                    Repr::Bool => helpers::box_bool(value != 0),
                    Repr::Boxed => value as O,
                };
                helpers::drop_deferred();
                Some(object)
            }
            status::LEFT => {
                let counts = u32::from(!POLLED.swap(false, Relaxed));
                let left = linked.misses.get() + counts;
                linked.misses.set(left);
                let often = left > 500 && u64::from(left) * 4 > linked.entries.get();
                if often && linked.program.is_none() {
                    drop_unit(linked, state);
                }
                frame::name_callee(function);
                let_go(state, ts, function, args, argument_count(nargsf, keywords));
                Some(frame::finish(ts))
            }
            _ => {
                if let Some(taken) = taken {
                    taken.give_back();
                }
                if let Some(collected) = &mut collected {
                    collected.take_back();
                }
                if outcome == status::MISS {
                    stats::count(Counter::CallMisses);
                    let missed = linked.misses.get() + 1;
                    linked.misses.set(missed);
                    if missed > 200 && u64::from(missed) * 2 > linked.entries.get() {
                        // Other types have become usual: these.
                        let bound = bind(function, args, n, keywords, &mut room);
                        recompile(linked, state, function, bound);
                    }
                }
                None
            }
        }
    }
}

/// The unit is not what calls need now: it is compiled anew for these arguments, or given up.
unsafe fn recompile(
    linked: &'static Linked,
    state: &'static State,
    function: O,
    arguments: Option<&[O]>,
) {
    // SAFETY: a live function.
    let globals: O = unsafe { get(function, at::FUNC_GLOBALS) };
    state.unit.set(None);
    if !linked.hopeless.get()
        && state.versions.get() < MAX_VERSIONS
        && globals == linked.globals.get()
        && let Some(arguments) = arguments
    {
        stats::count(Counter::Recompiled);
        // SAFETY: a live function with this state, and arguments of a call of it.
        let mut site = unsafe { Site::of_call(function, state, arguments) };
        site.previous = Some(linked);
        linked.invalidate();
        compile_call(&mut site);
        NATIVE.0.borrow_mut().insert(function as usize);
    } else {
        state.given_up.set(true);
        stats::count(Counter::Dropped);
    }
}

fn drop_unit(linked: &'static Linked, state: &State) {
    linked.invalidate();
    state.unit.set(None);
    state.given_up.set(true);
    stats::count(Counter::Dropped);
}
