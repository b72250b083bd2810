//! `pthread_exit` in a thread that has our frames on its stack.
//!
//! A daemon thread that wants the GIL of an interpreter which is being finalised ends there and then, by `pthread_exit`
//! (Python/ceval_gil.c, `take_gil`). glibc unwinds the stack for that, and Rust lets no unwinding but its own through: the
//! process would abort at its end. So libpython's calls come here (an executable's symbols come before a library's). With a
//! frame of ours on the stack the real function is called from code that has no unwind information: the unwinder takes
//! that for the end of the stack, and glibc ends the thread without unwinding. No destructor of ours runs, which would need the
//! GIL anyway. In any other thread the real function is called as if we were not there.

use std::arch::global_asm;
use std::ffi::{c_int, c_void};

global_asm!(
    ".globl pthread_exit",
    ".type pthread_exit,@function",
    "pthread_exit:",
    ".cfi_startproc",
    "push rdi",
    ".cfi_adjust_cfa_offset 8",
    "call {choose}",
    "pop rdi",
    ".cfi_adjust_cfa_offset -8",
    "test rdx, rdx",
    "jne 2f",
    "jmp rax",
    ".cfi_endproc",
    // What follows is described nowhere.
    "2:",
    "sub rsp, 8",
    "call rax",
    "ud2",
    ".size pthread_exit, . - pthread_exit",
    choose = sym choose,
);

unsafe extern "C" {
    fn pthread_exit(value: *mut c_void) -> !;
    fn _Unwind_Backtrace(
        each: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
    static __executable_start: u8;
    static etext: u8;
}

/// The linker keeps the definition for this; libpython's reference makes it a dynamic symbol.
#[used]
static KEPT: unsafe extern "C" fn(*mut c_void) -> ! = pthread_exit;

/// What the assembly gets, in two registers.
#[repr(C)]
struct Choice {
    real: usize,
    hidden: usize,
}

/// Frames of the executable that stand there in any case: the assembly's and that of [`choose`].
const OWN: usize = 2;

extern "C" fn choose() -> Choice {
    let mut frames = 0usize;
    // SAFETY: a look-up, and a walk that only reads the stack; the count outlives it.
    unsafe {
        let real = libc::dlsym(libc::RTLD_NEXT, c"pthread_exit".as_ptr());
        if real.is_null() {
            libc::abort();
        }
        _Unwind_Backtrace(count, (&raw mut frames).cast());
        Choice {
            real: real as usize,
            hidden: (frames > OWN).into(),
        }
    }
}

/// Counts frames of this executable's code.
extern "C" fn count(context: *mut c_void, frames: *mut c_void) -> c_int {
    // SAFETY: the unwinder's context, and the count of `choose`; of the linker's symbols only addresses are taken.
    unsafe {
        let text = &raw const __executable_start as usize..&raw const etext as usize;
        if text.contains(&_Unwind_GetIP(context)) {
            *frames.cast::<usize>() += 1;
        }
    }
    0
}
