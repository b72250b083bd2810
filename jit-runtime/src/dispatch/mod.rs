//! Dispatch: which functions and loops are watched, counted, and entered natively.
//!
//! A function watcher gives each new plain function a counting vectorcall, [`calls::entry`]. When a function is hot the
//! compiler is asked; from then on `entry` runs its unit, or the function is given back to CPython for good. Loops are
//! counted by a JUMP event on their code object, whose callback enters the loop's unit on the running frame. State
//! hangs on the code object (`co_extra`), so `f.__code__ = g.__code__` just works.
//!
//! * `state`: what hangs on a code object, and what is read from one;
//! * `calls`: the vectorcall, counting, running a unit; `bind`: arguments in the order of the parameters; `arguments`: whose
//!   references they are;
//! * `loops`: the JUMP event;
//! * `trial`: whether units pay, measured; `waiting`: how long code is counted;
//! * `imports`: when functions are not counted;
//! * `site`: what the compiler sees of the place where it is asked;
//! * `rest`: functions left to CPython while calls are watched;
//! * `stack`: how much of the C stack is left; `activation`: native code that has not returned; `register`: reports.

mod activation;
mod arguments;
mod bind;
mod calls;
mod imports;
mod loops;
mod register;
mod rest;
mod site;
mod stack;
mod state;
mod trial;
mod waiting;

pub(crate) use activation::{Activation, bury, release_held};
pub(crate) use arguments::{call_suspended, is_pythons, keyword_count, moved_arguments};
pub use calls::ONLY_NATIVE;
pub(crate) use calls::{C_CREDIT, call_from_native, compile_waiting, load_known};
pub use register::{Seen, seen};
pub(crate) use rest::{is_resting, set_resting};
pub use site::{Callee, Site};
pub(crate) use stack::{limit_of_address, stack_limit_address};
pub(crate) use state::{
    call_unit, code_hash, handlers, is_positional, look_again, place, read_code,
};
pub use trial::Verdict;

use crate::assumptions;
use crate::ffi::{self, CO_GENERATORS, CO_NEWLOCALS, CO_OPTIMIZED, PyObject, get};
use crate::helpers;
use crate::image::Linked;
use crate::layout::offsets as at;
use crate::monitoring;
use crate::stats::{self, Counter};
use calls::{ORIGINAL, OWN_FUNCTION};
use loops::jump_callback;
use register::KEEP_SEEN;
use rustc_hash::FxHashSet;
use state::{
    EXTRA, code_ended, has_loops, is_interpreters, is_users, qualname, state, watch_loops,
};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{LazyLock, OnceLock};

type O = *mut PyObject;

/// The compiler, as the runtime sees it.
pub trait Compiler: Sync {
    /// A function was called often: its unit, or none for good.
    fn hot_call(&self, site: &mut Site<'_>) -> Option<&'static Linked>;
    /// A loop ran often: its unit, or none for good.
    fn hot_loop(&self, site: &mut Site<'_>, header: u32) -> Option<&'static Linked>;
    /// This code was hot in an earlier run: ask at the first call or jump.
    fn is_known(&self, qualname: &str) -> bool;
    /// A unit for this entry from an earlier run, if one can be linked.
    fn preloaded(&self, site: &mut Site<'_>, header: Option<u32>) -> Option<&'static Linked>;
    /// The interpreter runs the calls of this code faster than its unit does.
    fn slower(&self, site: &Site<'_>);
}

static COMPILER: OnceLock<&'static dyn Compiler> = OnceLock::new();
static ON: AtomicBool = AtomicBool::new(false);
static TRACE_EXITS: AtomicBool = AtomicBool::new(false);
/// A threshold was asked for: it alone decides.
static EAGER: AtomicBool = AtomicBool::new(false);
static CALL_THRESHOLD: AtomicU32 = AtomicU32::new(400);
static LOOP_THRESHOLD: AtomicU32 = AtomicU32::new(1000);
static LIST_APPEND: AtomicUsize = AtomicUsize::new(0);
static SMALL_INTS: AtomicUsize = AtomicUsize::new(0);

/// Live functions that the compiler was asked about.
#[derive(Default)]
struct Natives(RefCell<FxHashSet<usize>>);
// SAFETY: only used with the GIL held.
unsafe impl Sync for Natives {}
// SAFETY: as above.
unsafe impl Send for Natives {}
static NATIVE: LazyLock<Natives> = LazyLock::new(Default::default);

/// Recompilations of one entry; the last version has no speculation where it failed.
const MAX_VERSIONS: u32 = 5;

/// Exits are to be printed (`PYAOT_TRACE=exits`).
pub(crate) fn trace_exits() -> bool {
    TRACE_EXITS.load(Relaxed)
}

pub(crate) fn list_append() -> usize {
    LIST_APPEND.load(Relaxed)
}

pub(crate) fn small_ints() -> usize {
    SMALL_INTS.load(Relaxed)
}

/// Somebody has begun to watch since native code was entered, or another thread has been native: what units with a frame
/// test after whatever may have run Python code.
pub(crate) unsafe fn is_watched(ts: *mut ffi::PyThreadState) -> bool {
    // SAFETY: fields of the live thread state.
    unsafe {
        get::<usize, _>(ts, at::THREAD_TRACEFUNC) != 0
            || get::<usize, _>(ts, at::THREAD_PROFILEFUNC) != 0
            || monitoring::is_foreign()
            || *eval_frame(ts) != 0
            || !stack::is_limit_of(ts)
    }
}

/// The word that is not 0 while a function of somebody else's evaluates frames (PEP 523): it must be given each one.
pub(crate) unsafe fn eval_frame(ts: *mut ffi::PyThreadState) -> *const usize {
    // SAFETY: a field of the interpreter state of a live thread.
    unsafe {
        let interp: *const u8 = get(ts, at::THREAD_INTERP);
        interp.add(at::INTERP_EVAL_FRAME).cast()
    }
}

/// Nothing else watches this thread's execution. `tracemalloc` asks for the line of each allocation, which native code
/// without a frame has not.
pub(crate) unsafe fn undisturbed(ts: *mut ffi::PyThreadState) -> bool {
    // SAFETY: fields of the live thread state and of the runtime.
    unsafe {
        if get::<usize, _>(ts, at::THREAD_TRACEFUNC) != 0
            || get::<usize, _>(ts, at::THREAD_PROFILEFUNC) != 0
        {
            monitoring::traced();
            return false;
        }
        get::<i32, _>(&raw const ffi::_PyRuntime, at::RUNTIME_TRACEMALLOC) == 0
            && *eval_frame(ts) == 0
            && monitoring::quiet(ts)
            && ON.load(Relaxed)
    }
}

static POLLED: AtomicBool = AtomicBool::new(false);

/// Native code leaves because something is due that has nothing to do with it.
pub(crate) fn note_poll() {
    POLLED.store(true, Relaxed);
}

thread_local! {
    static COMPILING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`; a panic ends this compilation, not the process.
fn guarded<R>(f: impl FnOnce() -> Option<R>) -> Option<R> {
    if COMPILING.replace(true) {
        return None;
    }
    // The user's stderr is the program's: a defect of ours is counted, and printed only to who looks for it.
    let hook = std::panic::take_hook();
    let shown = std::env::var_os("PYAOT_DUMP").is_some();
    std::panic::set_hook(Box::new(move |info| {
        if shown {
            eprintln!("pyaot: {info}\n{}", Backtrace::force_capture());
        }
    }));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(f));
    std::panic::set_hook(hook);
    COMPILING.set(false);
    match outcome {
        Ok(found) => found,
        Err(_) => {
            stats::count(Counter::Panics);
            None
        }
    }
}

/// A function was created, changed or destroyed.
unsafe extern "C" fn on_function(event: ffi_event::Event, function: O, _value: O) -> c_int {
    // SAFETY: CPython passes a live function.
    unsafe {
        match event {
            ffi_event::CREATE => {
                stats::count(Counter::Created);
                let code: O = get(function, at::FUNC_CODE);
                let flags: c_int = get(code, at::CODE_FLAGS);
                const PLAIN: c_int = CO_OPTIMIZED | CO_NEWLOCALS;
                if flags & PLAIN == PLAIN {
                    // Generators run frames of their own; `*args` and `**kwargs` are bound by CPython.
                    let counted = flags & CO_GENERATORS == 0 && !is_interpreters(code);
                    if counted && (is_users(code) || !imports::waits(function)) {
                        rest::count(function);
                    }
                } else if is_users(code)
                    && has_loops(code)
                    && let Some(state) = state(code)
                {
                    if let Some(compiler) = COMPILER.get() {
                        state.known.set(compiler.is_known(&qualname(code)));
                    }
                    watch_loops(code, state);
                }
            }
            ffi_event::DESTROY | ffi_event::MODIFY_CODE => {
                if event == ffi_event::DESTROY {
                    NATIVE.0.borrow_mut().remove(&(function as usize));
                    imports::forget(function);
                    rest::forget(function);
                }
                assumptions::function_changed(function)
            }
            _ => {}
        }
    }
    0
}

mod ffi_event {
    pub type Event = std::os::raw::c_int;
    pub const CREATE: Event = 0;
    pub const DESTROY: Event = 1;
    pub const MODIFY_CODE: Event = 2;
}

/// Options of the dispatcher.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Calls and back-edges after which code is hot.
    pub threshold: Option<u32>,
    pub trace_exits: bool,
    /// Keep what [`seen`] gives.
    pub keep_seen: bool,
    /// Each unit is on trial, and chance decides.
    pub stress_trial: bool,
}

/// Installs watchers and counting. Returns false, with nothing installed that matters, if something is missing.
///
/// The GIL is held and the main interpreter is current.
pub fn install(compiler: &'static dyn Compiler, options: Options) -> bool {
    if let Some(n) = options.threshold {
        CALL_THRESHOLD.store(n, Relaxed);
        LOOP_THRESHOLD.store(n, Relaxed);
    }
    TRACE_EXITS.store(options.trace_exits, Relaxed);
    KEEP_SEEN.store(options.keep_seen, Relaxed);
    trial::STRESS.store(options.stress_trial, Relaxed);
    EAGER.store(options.threshold.is_some(), Relaxed);
    if COMPILER.set(compiler).is_err() {
        return false;
    }
    // SAFETY: called once, with the GIL held; each object is tested before use.
    unsafe {
        let done = (|| -> Option<()> {
            EXTRA.store(
                ffi::PyUnstable_Eval_RequestCodeExtraIndex(Some(code_ended)),
                Relaxed,
            );
            if EXTRA.load(Relaxed) < 0 {
                return None;
            }
            let globals = ffi::PyDict_New();
            let lambda =
                ffi::PyRun_String(c"lambda: 0".as_ptr(), ffi::Py_eval_input, globals, globals);
            if lambda.is_null() {
                return None;
            }
            ORIGINAL.store(get::<usize, _>(lambda, at::FUNC_VECTORCALL), Relaxed);
            // Both stay for good.
            OWN_FUNCTION.store(lambda as usize, Relaxed);
            let append =
                ffi::PyObject_GetAttrString((&raw mut ffi::PyList_Type).cast(), c"append".as_ptr());
            if append.is_null() {
                return None;
            }
            LIST_APPEND.store(append as usize, Relaxed);
            let zero = helpers::box_int(0);
            let shared = (-5i64..=256)
                .all(|i| helpers::box_int(i) as isize == zero as isize + i as isize * 32);
            if !shared {
                return None;
            }
            SMALL_INTS.store(zero as usize, Relaxed);
            let interpreter: *mut u8 = get(ffi::thread(), at::THREAD_INTERP);
            helpers::use_floats_of(interpreter);
            #[cfg(Py_3_13)]
            crate::instances::keep_for(interpreter);
            if !crate::shape::install() {
                return None;
            }
            let callback = jump_callback();
            if callback.is_null() {
                return None;
            }
            crate::frame::watch_proxies();
            monitoring::install(callback);
            if !EAGER.load(Relaxed) {
                imports::install();
            }
            (ffi::PyFunction_AddWatcher(on_function) >= 0).then_some(())
        })()
        .is_some();
        if !done {
            ffi::PyErr_Clear();
        }
        ON.store(done, Relaxed);
        done
    }
}
