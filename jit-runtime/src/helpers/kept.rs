//! Helpers that change no register: entered through a thunk that saves all of them.
//!
//! A call of these stands in a cold block of a hot loop (the last reference of an object, an integer of more than 30
//! bits, a list that must grow). With the platform's convention each such call would end the life of every float
//! register, and the register allocator would keep the loop's values in memory for a call that hardly ever happens.
//! Compiled code calls them with Cranelift's `PreserveAll` convention. That has no results: the result is stored to the
//! address in the parameter behind the last one.

use super::{frees_safely, lives, objects};
use std::arch::naked_asm;

/// A thunk: saves what a callee may change, calls the function, stores its result to the address that came in the
/// register saved at `$out`.
macro_rules! thunk {
    ($name:ident = $target:path $(, out $out:literal)?) => {
        /// Thunk of the helper of this name.
        ///
        /// # Safety
        /// Called by compiled code with the arguments of the helper, the stack aligned as at any call.
        #[unsafe(naked)]
        pub unsafe extern "C" fn $name() {
            // SAFETY: nine words and the return address keep the stack aligned for the call; registers that the
            // platform's convention preserves are preserved by the target, all others here (floats: the low half, which
            // is all that compiled code uses).
            naked_asm!(
                "push rax", "push rcx", "push rdx", "push rsi", "push rdi", "push r8", "push r9", "push r10", "push r11",
                "sub rsp, 128",
                "movsd [rsp], xmm0", "movsd [rsp + 8], xmm1", "movsd [rsp + 16], xmm2", "movsd [rsp + 24], xmm3",
                "movsd [rsp + 32], xmm4", "movsd [rsp + 40], xmm5", "movsd [rsp + 48], xmm6", "movsd [rsp + 56], xmm7",
                "movsd [rsp + 64], xmm8", "movsd [rsp + 72], xmm9", "movsd [rsp + 80], xmm10", "movsd [rsp + 88], xmm11",
                "movsd [rsp + 96], xmm12", "movsd [rsp + 104], xmm13", "movsd [rsp + 112], xmm14", "movsd [rsp + 120], xmm15",
                "call {target}",
                $(concat!("mov rcx, [rsp + ", $out, "]"), "mov [rcx], rax",)?
                "movsd xmm0, [rsp]", "movsd xmm1, [rsp + 8]", "movsd xmm2, [rsp + 16]", "movsd xmm3, [rsp + 24]",
                "movsd xmm4, [rsp + 32]", "movsd xmm5, [rsp + 40]", "movsd xmm6, [rsp + 48]", "movsd xmm7, [rsp + 56]",
                "movsd xmm8, [rsp + 64]", "movsd xmm9, [rsp + 72]", "movsd xmm10, [rsp + 80]", "movsd xmm11, [rsp + 88]",
                "movsd xmm12, [rsp + 96]", "movsd xmm13, [rsp + 104]", "movsd xmm14, [rsp + 112]", "movsd xmm15, [rsp + 120]",
                "add rsp, 128",
                "pop r11", "pop r10", "pop r9", "pop r8", "pop rdi", "pop rsi", "pop rdx", "pop rcx", "pop rax",
                "ret",
                target = sym $target,
            )
        }
    };
}

// The result's address is the integer argument behind the helper's own: the first is saved at 128 + 32, the second at
// 128 + 40, the third at 128 + 48; the fifth at 128 + 24.
thunk!(box_float = super::box_float, out "160");
thunk!(box_int = super::box_int, out "168");
thunk!(release = lives::release);
thunk!(dealloc = lives::dealloc);
thunk!(dealloc_stressed = crate::stress::dealloc);
thunk!(end_object = lives::end_object, out "152");
thunk!(end_object_stressed = crate::stress::end_object, out "152");
thunk!(free_or_defer = lives::free_or_defer, out "168");
thunk!(frees_safe = frees_safely, out "168");
thunk!(free_plainly = lives::free_plainly, out "168");
thunk!(sync_int = super::run::sync_int);
thunk!(sync_float = super::run::sync_float);
thunk!(sync_object = super::run::sync_object);
thunk!(unbox_int = objects::unbox_int, out "176");
thunk!(list_append = objects::list_append, out "176");
