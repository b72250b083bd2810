//! A loop unit is entered on the interpreter's frame.

use crate::dispatch;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::image::Linked;
use crate::interpreted;
use crate::layout::offsets as at;
use crate::stats;
use crate::unit::{split_key, status};
use std::ptr::null_mut;

type O = *mut PyObject;

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
                let names = &names[..linked.meta.names.len()];
                interpreted::enter(linked, program, ts, frame, names)
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
