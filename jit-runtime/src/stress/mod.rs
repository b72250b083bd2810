//! Stress modes of the running process: what may happen at an operation does happen, or what must hold there is tested.
//!
//! Helpers that may run Python code, or allocate, are entered through a wrapper while a mode is on ([`wrapped3`]); images
//! are the same, since a helper's address is filled in when a unit is linked. Side exits call [`at_exit`].
//!
//! * [`Mode::Gc`]: the collector runs before and after. An object of which native code holds a reference that it does
//!   not own looks like garbage then, so that the program crashes or prints something else. What existed at the start
//!   is frozen, and after some seconds not every operation collects, so that this ends.
//! * [`Mode::Frames`]: the frames are walked. Each must be what whoever looks at it relies on; else the process aborts and
//!   says what is wrong. Now and then somebody looks: the current frame gets its object, and locals, line and
//!   instruction are read.

mod frames;

use crate::ffi::{self, Frame, PyObject, get, set};
use crate::helpers;
use crate::layout::offsets as at;
use crate::stats::{self, Counter};
use frames::{Violation, check_slots, instruction, outcome, walk};
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::time::{Duration, Instant};

type O = *mut PyObject;

/// What the runtime does at operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    #[default]
    Off,
    /// Collects garbage.
    Gc,
    /// Checks frames, and looks at some.
    Frames,
}

static MODE: AtomicU8 = AtomicU8::new(Mode::Off as u8);

fn is(mode: Mode) -> bool {
    MODE.load(Relaxed) == mode as u8
}

/// Switches a mode on, for good. Python is initialised, the GIL held, and nothing is linked.
pub fn set_mode(mode: Mode) {
    MODE.store(mode as u8, Relaxed);
    freeze(c"freeze");
}

/// The program is over: what it leaves dies as it does under python.
pub fn over() {
    freeze(c"unfreeze");
    MODE.store(Mode::Off as u8, Relaxed);
}

fn freeze(method: &CStr) {
    if !is(Mode::Gc) {
        return;
    }
    // SAFETY: the GIL is held; each result is tested before it is used and released once. An error (no such module or
    // method) is cleared: another number of objects is collected then, and nothing else depends on it.
    unsafe {
        let gc = ffi::PyImport_ImportModule(c"gc".as_ptr());
        if !gc.is_null() {
            let done = ffi::PyObject_CallMethod(gc, method.as_ptr(), std::ptr::null());
            ffi::Py_XDECREF(done);
            ffi::Py_DECREF(gc);
        }
        ffi::PyErr_Clear();
    }
}

/// Some mode is on: helpers are entered through their wrappers.
pub(crate) fn is_on() -> bool {
    !is(Mode::Off)
}

/// Somebody looks at every so manyth operation.
const LOOK: u64 = 61;

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    static COLLECTING: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    /// A collection or a look is under way; what runs in it is not stressed again.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// A helper of `N` words, the first of which may be the place of its operands.
macro_rules! wrapper {
    ($name:ident, $($word:ident),+) => {
        /// The helper of this index, stressed.
        ///
        /// # Safety
        /// As for the helper, whose parameters and result are words in integer registers.
        pub(crate) unsafe extern "C" fn $name<const HELPER: u16>($($word: u64),+) -> u64 {
            // SAFETY: the address is that of a helper of this index, and only helpers whose row has so many parameters of class
            // I and a result of that class are entered through this wrapper, so the transmuted type is its own but that
            // pointers are words. The words go to it unchanged, under the contract that the caller keeps.
            unsafe {
                let plain: unsafe extern "C" fn($($word: wrapper!(@word $word)),+) -> u64 =
                    std::mem::transmute(helpers::plain_address(HELPER));
                let words = [$($word),+];
                before(HELPER, &words);
                let result = plain($($word),+);
                after(HELPER, result);
                result
            }
        }
    };
    (@word $word:ident) => { u64 };
}

wrapper!(wrapped1, a);
wrapper!(wrapped2, a, b);
wrapper!(wrapped3, a, b, c);

/// The last reference of an object is gone: its end may run Python code.
///
/// # Safety
/// As for the helper `dealloc`.
pub(crate) unsafe extern "C" fn dealloc(object: O) {
    // SAFETY: compiled code has completed the current frame, since the end of a life may run Python code: it can be walked
    // before, and again after, when the callee's frames are gone. The object's last reference was dropped by the caller, and
    // it is ended once.
    unsafe {
        demand(walk());
        helpers::lives::dealloc(object);
        demand(walk());
        collect();
    }
}

/// As [`dealloc`], for the helper `end_object`.
///
/// # Safety
/// As for that helper.
pub(crate) unsafe extern "C" fn end_object(
    object: O,
    frame: *mut Frame,
    pointer: usize,
    unit: *const u64,
) -> u64 {
    // SAFETY: as above; the instruction pointer is what the helper is about to set.
    unsafe {
        set(frame, at::FRAME_INSTR, pointer);
        demand(walk());
        let watched = helpers::lives::end_object(object, frame, pointer, unit);
        demand(walk());
        collect();
        watched
    }
}

fn runs(helper: u16) -> bool {
    helpers::TABLE[usize::from(helper)].name.starts_with("run_")
}

unsafe fn before(helper: u16, words: &[u64]) {
    // SAFETY: only a helper that may run Python code has its frames walked, and compiled code completes the frame before
    // it calls one. The collector runs where an
    // allocation of the helper could have run it.
    unsafe {
        if is(Mode::Frames) && runs(helper) {
            demand(walk());
            demand(instruction(helper, words));
        }
        collect();
    }
}

unsafe fn after(helper: u16, result: u64) {
    // SAFETY: the helper has left the frame as complete as it was. Its result is owned by the caller, who has not yet used
    // it, so it is live while it is looked at; a collection keeps what is owned.
    unsafe {
        if is(Mode::Frames) && runs(helper) {
            demand(walk());
            demand(outcome(helper, result));
            if next_operation().is_multiple_of(LOOK) {
                demand(look());
            }
        }
        collect();
    }
}

/// A side exit has completed this frame, the thread's current one.
///
/// # Safety
/// The contract above.
pub(crate) unsafe fn at_exit(frame: *mut Frame) {
    if !is_on() {
        return;
    }
    // SAFETY: the frame is complete: its stack pointer says how many slots are in use, all of them owned objects or null.
    unsafe {
        if is(Mode::Frames) {
            let slots = get::<i32, _>(frame, at::FRAME_STACKTOP) as usize;
            demand(walk().and_then(|()| check_slots(frame, 0, slots)));
        }
        collect();
    }
}

fn next_operation() -> u64 {
    OPERATIONS.with(|n| {
        n.set(n.get() + 1);
        n.get()
    })
}

/// Aborts where something is not as it must be.
fn demand(checked: Result<(), Violation>) {
    let Err(violation) = checked else { return };
    let text = CString::new(format!("pyaot: {violation}")).unwrap_or_default();
    // SAFETY: a string that ends with 0 and lives to the end of the process: this does not return.
    unsafe { ffi::Py_FatalError(text.as_ptr()) }
}

/// A full collection, whether or not the program has switched the collector off.
unsafe fn collect() {
    if !is(Mode::Gc) || BUSY.get() {
        return;
    }
    // The first seconds collect at each operation.
    let every = match COLLECTING.get().as_secs() {
        0..2 => 1,
        2..4 => 16,
        _ => 256,
    };
    if !next_operation().is_multiple_of(every) {
        return;
    }
    let started = Instant::now();
    BUSY.set(true);
    // SAFETY: the GIL is held, and no object is half made, because this is called before and after helpers only. The
    // collector itself keeps an exception that is set, and BUSY what it runs from coming here again.
    unsafe {
        let enabled = ffi::PyGC_Enable();
        ffi::PyGC_Collect();
        if enabled == 0 {
            ffi::PyGC_Disable();
        }
    }
    BUSY.set(false);
    stats::count(Counter::Collections);
    COLLECTING.set(COLLECTING.get() + started.elapsed());
}

/// Somebody looks at the current frame.
unsafe fn look() -> Result<(), Violation> {
    if BUSY.get() {
        return Ok(());
    }
    BUSY.set(true);
    // SAFETY: the GIL is held and the current frame complete, so it can get a frame object like any other. References are
    // new and released once; an exception that is set is kept aside, since these calls may not be made with one.
    let seen = unsafe {
        let raised = ffi::PyErr_GetRaisedException();
        let frame = ffi::PyThreadState_GetFrame(ffi::thread());
        let mut good = !frame.is_null();
        if good {
            let locals = ffi::PyFrame_GetLocals(frame);
            let names = if locals.is_null() {
                locals
            } else {
                ffi::PyMapping_Keys(locals)
            };
            let line = ffi::PyFrame_GetLineNumber(frame);
            let unit = ffi::PyFrame_GetLasti(frame) / 2;
            // 3.12 has instructions without a line.
            good = !names.is_null() && (line > 0 || !cfg!(Py_3_13)) && unit >= 0;
            ffi::Py_XDECREF(names);
            ffi::Py_XDECREF(locals);
            ffi::Py_DECREF(frame.cast());
        }
        if !raised.is_null() {
            ffi::PyErr_SetRaisedException(raised);
        }
        good
    };
    BUSY.set(false);
    stats::count(Counter::Looks);
    if seen { Ok(()) } else { Err(Violation::Look) }
}
