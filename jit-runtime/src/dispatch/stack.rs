//! How much of the C stack native code may use.

use crate::ffi;
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static STACK_LIMIT: AtomicUsize = AtomicUsize::new(0);

/// The thread that the limit is for.
static LIMIT_OF: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn limit_of_address() -> usize {
    LIMIT_OF.as_ptr() as usize
}

/// The limit of the stack is this thread's.
pub(super) fn is_limit_of(ts: *mut ffi::PyThreadState) -> bool {
    LIMIT_OF.load(Relaxed) == ts as usize
}

pub(crate) fn stack_limit_address() -> usize {
    STACK_LIMIT.as_ptr() as usize
}

thread_local! {
    static THREAD_LIMIT: Cell<usize> = const { Cell::new(0) };
    static THREAD_END: Cell<usize> = const { Cell::new(0) };
    static THREAD_MIDDLE: Cell<usize> = const { Cell::new(0) };
}

/// Room that native code leaves at the end of the stack: the interpreter and C libraries run there.
const STACK_RESERVE: usize = 512 * 1024;

/// Sets the limit of the current thread's stack for native code.
pub(super) fn set_stack_limit(ts: *mut ffi::PyThreadState) {
    STACK_LIMIT.store(stack_limit(), Relaxed);
    LIMIT_OF.store(ts as usize, Relaxed);
}

/// Lowest address of the current thread's stack that native code may use.
fn stack_limit() -> usize {
    let limit = THREAD_LIMIT.get();
    if limit != 0 {
        limit
    } else {
        // SAFETY: plain queries of the current thread.
        let found = unsafe {
            let mut attributes = std::mem::zeroed();
            let (mut base, mut size) = (null_mut(), 0);
            if libc::pthread_getattr_np(libc::pthread_self(), &mut attributes) == 0 {
                libc::pthread_attr_getstack(&attributes, &mut base, &mut size);
                libc::pthread_attr_destroy(&mut attributes);
            }
            THREAD_END.set(base as usize);
            THREAD_MIDDLE.set(base as usize + size / 2);
            base as usize + STACK_RESERVE.min(size / 2)
        };
        THREAD_LIMIT.set(found);
        found
    }
}

/// What a unit of CPython's counter of C recursion may take of the stack: its limit is 10,000 of them in 8 MB.
const BYTES_OF_UNIT: usize = 800;

/// How many units of CPython's counter of C recursion the rest of the stack is enough for. Native frames are not in the
/// counter: where they have taken the stack, it would allow more than there is.
pub(super) fn units_left() -> i32 {
    let here = 0u8;
    let left = (&raw const here as usize).saturating_sub(THREAD_END.get());
    i32::try_from(left / BYTES_OF_UNIT).unwrap_or(i32::MAX)
}

/// So little of the stack is left that calls which come through C must not take more of it: the interpreter, which runs
/// its own calls without, may have to go much deeper, and C functions between them need what is left.
pub(super) fn stack_is_low() -> bool {
    let here = 0u8;
    stack_limit();
    (&raw const here as usize) < THREAD_MIDDLE.get()
}
