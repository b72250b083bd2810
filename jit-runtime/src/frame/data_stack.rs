//! Frames on the thread's data stack: pushed and popped as CPython does it.

use super::pointer::set_instr;
use crate::ffi::{self, Frame, PyObject, PyThreadState, get, set};
use crate::image::Linked;
use crate::layout::offsets as at;
use std::ptr::null_mut;

type O = *mut PyObject;

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

/// Ends the frame of a call that returns, or raises: drops its locals, in order, as the caller's business (the frame is no longer
/// linked), and takes it off the data stack (Python/ceval.c, `clear_thread_frame`).
///
/// # Safety
/// `frame` was pushed by [`push_call`] and is current; its instruction pointer and locals are up to date if it has an
/// object that somebody else refers to.
pub unsafe extern "C" fn pop_call(ts: *mut PyThreadState, frame: *mut Frame) {
    // SAFETY: the frame's slots own what they hold; nothing lies above it on the data stack once its locals are gone.
    unsafe {
        *ffi::current_frame(ts) = get(frame, at::FRAME_PREVIOUS);
        let code: O = get(frame, at::FRAME_CODE);
        if !is_taken_over(ts, frame) {
            let n = get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize;
            let slots = ffi::frame_slots(frame);
            for i in 0..n {
                let object = *slots.add(i);
                if !object.is_null() {
                    *slots.add(i) = null_mut();
                    ffi::Py_DECREF(object);
                }
            }
            // 3.12's locals() leaves its dict here, without a frame object.
            let namespace: O = get(frame, at::FRAME_LOCALS);
            if !namespace.is_null() {
                ffi::Py_DECREF(namespace);
            }
            ffi::Py_DECREF(get::<O, _>(frame, at::FRAME_FUNC));
        }
        ffi::Py_DECREF(code);
        pop_words(ts, frame.cast());
    }
}

/// `FRAME_OWNED_BY_FRAME_OBJECT` (Include/internal/pycore_frame.h).
const OWNED_BY_OBJECT: i8 = 2;

/// A frame that is no longer linked loses its object, which takes over what the frame holds if somebody else refers to it
/// (Python/frame.c, `take_ownership`); whether it does.
unsafe fn is_taken_over(ts: *mut PyThreadState, frame: *mut Frame) -> bool {
    // SAFETY: the frame was pushed by `push_call` and holds its locals and nothing else; its object has room for as much
    // as the frame of its code needs. What moves is not used through the frame again, but the code, of which the copy
    // gets a reference of its own.
    unsafe {
        let object: O = get(frame, at::FRAME_OBJ);
        if object.is_null() {
            return false;
        }
        set(frame, at::FRAME_OBJ, null_mut::<PyObject>());
        if ffi::Py_REFCNT(object) == 1 {
            ffi::Py_DECREF(object);
            return false;
        }
        let code: O = get(frame, at::FRAME_CODE);
        ffi::Py_INCREF(code);
        let n = get::<i32, _>(code, at::CODE_NLOCALSPLUS);
        set(frame, at::FRAME_STACKTOP, n);
        let copy = object.cast::<u8>().add(at::FRAMEOBJ_DATA);
        let size = at::FRAME_LOCALSPLUS + 8 * n as usize;
        std::ptr::copy_nonoverlapping(frame.cast::<u8>(), copy, size);
        set(object, at::FRAMEOBJ_FRAME, copy);
        set(copy, at::FRAME_OWNER, OWNED_BY_OBJECT);
        set(copy, at::FRAME_PREVIOUS, null_mut::<Frame>());
        // Making the caller's object must not meet the exception that is being raised.
        let raised = ffi::PyErr_GetRaisedException();
        let back: O = ffi::PyThreadState_GetFrame(ts).cast();
        if !raised.is_null() {
            ffi::PyErr_SetRaisedException(raised);
        }
        set(object, at::FRAMEOBJ_BACK, back);
        if ffi::PyObject_GC_IsTracked(object) == 0 {
            ffi::PyObject_GC_Track(object.cast());
        }
        ffi::Py_DECREF(object);
        true
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
pub(super) unsafe fn push_frame(ts: *mut PyThreadState, function: O, code: O) -> *mut Frame {
    // SAFETY: `function` is a live function with this code; its reference moves into the frame.
    unsafe {
        let size = get::<i32, _>(code, at::CODE_FRAMESIZE) as usize;
        let words = push_words(ts, size);
        let frame = words.cast::<Frame>();
        // The value stack above is nobody's. These are few words: a call that clears them takes longer.
        let locals = get::<i32, _>(code, at::CODE_NLOCALSPLUS) as usize;
        for i in 0..at::FRAME_LOCALSPLUS / 8 + locals {
            words.add(i).write_volatile(null_mut());
        }
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
