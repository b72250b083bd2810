//! gdb's JIT interface ("Debugging with GDB", JIT Compilation Interface): a list of object files in memory, and a function
//! that does nothing, in which gdb has a breakpoint. A debugger that attaches later reads the list.

use super::Function;
use super::elf::describe;
use std::ptr::null_mut;

/// `struct jit_code_entry`.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// `struct jit_descriptor`.
#[repr(C)]
pub struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

const REGISTER: u32 = 1;

/// What gdb reads.
#[unsafe(no_mangle)]
// SAFETY: the name is gdb's; no other object of this program has it.
static mut __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: 0,
    relevant: null_mut(),
    first: null_mut(),
};

/// Where gdb stops to read it.
#[unsafe(no_mangle)]
#[inline(never)]
// SAFETY: as above.
extern "C" fn __jit_debug_register_code() {
    // SAFETY: no instruction; the compiler must not take calls of this function for needless.
    unsafe { std::arch::asm!("", options(nostack)) }
}

/// Tells gdb of native code at `base`. The GIL is held: nobody else changes the list.
pub(super) fn register(base: usize, text: u32, functions: &[Function<'_>], unwind: &[u8]) {
    let file: &'static [u8] = describe(base, text, functions, unwind).leak();
    // SAFETY: entries are never freed, as native code is not; one thread at a time is here, and gdb reads while all
    // threads stand.
    unsafe {
        let all = &raw mut __jit_debug_descriptor;
        let first = (*all).first;
        let entry = Box::leak(Box::new(Entry {
            next: first,
            previous: null_mut(),
            file: file.as_ptr(),
            size: file.len() as u64,
        }));
        if let Some(first) = first.as_mut() {
            first.previous = entry;
        }
        (*all).first = entry;
        (*all).relevant = entry;
        (*all).action = REGISTER;
    }
    __jit_debug_register_code();
}
