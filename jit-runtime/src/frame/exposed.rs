//! Who could write to the locals of a running frame.
//!
//! From 3.13 on `f_locals` of a function's frame is a proxy that writes through. A frame's object alone does nothing: each
//! traceback has one. So the making of proxies is watched, by the allocation function of their type; until there is
//! one, no frame is exposed.

#[cfg(Py_3_13)]
use crate::ffi;
use crate::ffi::{Frame, PyObject, get};
use crate::layout::offsets as at;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

type O = *mut PyObject;

/// All bits are set once there has been a proxy.
static EXPOSED: AtomicU64 = AtomicU64::new(0);

/// Address of a word whose bits are all set if a frame with an object is exposed, else 0.
pub(crate) fn exposed_address() -> usize {
    EXPOSED.as_ptr() as usize
}

/// Somebody may write to the frame's locals.
pub(crate) unsafe fn is_exposed(frame: *mut Frame) -> bool {
    // SAFETY: a live frame.
    unsafe {
        cfg!(Py_3_13) && EXPOSED.load(Relaxed) != 0 && !get::<O, _>(frame, at::FRAME_OBJ).is_null()
    }
}

/// Begins to watch the making of proxies.
pub(crate) fn watch_proxies() {
    #[cfg(Py_3_13)]
    // SAFETY: the type is ready, lives as long as the process, and is written with the GIL held; the function in place of
    // its own does the same.
    unsafe {
        unsafe extern "C" fn alloc(ty: *mut ffi::PyTypeObject, n: ffi::Py_ssize_t) -> O {
            EXPOSED.store(u64::MAX, Relaxed);
            // SAFETY: called with a type as any allocation function is.
            unsafe { ffi::PyType_GenericAlloc(ty, n) }
        }
        let ty = &raw mut ffi::PyFrameLocalsProxy_Type;
        (*ty).tp_alloc = Some(alloc);
    }
}
