//! What the parent process handed us, kept from Rust's runtime.
//!
//! Before `main`, Rust's runtime opens `/dev/null` on standard streams that are closed, ignores SIGPIPE, and handles
//! SIGSEGV and SIGBUS on an alternate stack to report stack overflow. `python` does none of that, and all of it is
//! inherited or observed by Python programs: `sys.stdin is None`, the exit status of a crash, `faulthandler`. So the
//! state is read by an initialiser that runs before Rust's, and put back before CPython starts.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

/// The signals whose disposition Rust's runtime changes (`library/std/src/sys/pal/unix`).
const SIGNALS: [c_int; 3] = [libc::SIGPIPE, libc::SIGSEGV, libc::SIGBUS];

struct Inherited {
    /// One for each of [`SIGNALS`], in that order.
    dispositions: [Option<libc::sigaction>; 3],
    alternate_stack: bool,
    /// Which of the file descriptors 0, 1 and 2 are closed.
    closed: [bool; 3],
}

static INHERITED: OnceLock<Inherited> = OnceLock::new();

#[used]
// SAFETY: the section holds pointers to functions that the loader calls once, in a single thread, before `main`;
// `observe` has a compatible signature (it ignores the arguments) and needs nothing that `main` would set up.
#[unsafe(link_section = ".init_array")]
static OBSERVE: extern "C" fn() = observe;

extern "C" fn observe() {
    let inherited = Inherited {
        dispositions: SIGNALS.map(disposition),
        alternate_stack: has_alternate_stack(),
        // SAFETY: F_GETFD only reads, and answers EBADF for a descriptor that is not open.
        closed: [0, 1, 2].map(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1),
    };
    // A second call cannot happen; were it to, the first observation is the right one.
    let _ = INHERITED.set(inherited);
}

fn disposition(signal: c_int) -> Option<libc::sigaction> {
    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: without a new action the call only writes the current one to `action`, which has room for it; it is
    // initialised when the call succeeds.
    unsafe {
        (libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0)
            .then(|| action.assume_init())
    }
}

fn has_alternate_stack() -> bool {
    let mut stack = MaybeUninit::<libc::stack_t>::uninit();
    // SAFETY: without a new stack the call only writes the current one to `stack`, which is initialised when the call
    // succeeds.
    unsafe {
        libc::sigaltstack(ptr::null(), stack.as_mut_ptr()) == 0
            && stack.assume_init().ss_flags & libc::SS_DISABLE == 0
    }
}

static END: AtomicI32 = AtomicI32::new(0);

/// Makes the process end with `status` instead of the program's own, once the program is over. A signal, `os._exit` and
/// `exec` end it as they would.
pub fn end_with(status: i32) {
    if END.swap(status, Relaxed) == 0 {
        // SAFETY: a function without arguments that does not return to Rust code of ours.
        unsafe { libc::atexit(ending) };
    }
}

extern "C" fn ending() {
    // SAFETY: CPython is finalised or will not be; C streams are written out as `exit` would.
    unsafe {
        libc::fflush(ptr::null_mut());
        libc::_exit(END.load(Relaxed));
    }
}

/// Puts back what [`observe`] saw. Call it on the main thread, before CPython starts and before anything is opened.
pub(crate) fn restore() {
    let Some(inherited) = INHERITED.get() else {
        return;
    };
    for (signal, action) in SIGNALS.into_iter().zip(&inherited.dispositions) {
        if let Some(action) = action {
            // SAFETY: `action` is what the kernel reported for this very signal.
            unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
        }
    }
    if !inherited.alternate_stack {
        let none = libc::stack_t {
            ss_sp: ptr::null_mut(),
            ss_flags: libc::SS_DISABLE,
            ss_size: 0,
        };
        // SAFETY: the main thread does not run on its alternate stack, so it may be given up. The memory is Rust's
        // and stays mapped.
        unsafe { libc::sigaltstack(&none, ptr::null_mut()) };
    }
    for (fd, closed) in (0..).zip(inherited.closed) {
        if closed {
            // SAFETY: the descriptor was closed when the process began; Rust's runtime opened it, and it is the only
            // code that ran since. Nothing in Rust owns it.
            unsafe { libc::close(fd) };
        }
    }
}
