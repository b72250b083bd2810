//! Operations that may run Python code, for units with a frame.
//!
//! Compiled code brings the frame up to date first (instruction pointer, locals), puts the operands where the
//! interpreter has them, on the frame's value stack from `base` on, and calls a helper with `(base, arg, extra)`. The
//! helper uses the operands up, as the interpreter's instruction does and in its order, and returns the result, or null
//! (or -1) with an exception set. Results that are several objects are left at `base`, and 1 is returned.
//!
//! **The contract**, which the `SAFETY` comments of these files refer to, is that of all helpers, and: the operands at `base`
//! are owned (null where the interpreter has null), as many as the helper's description says, the object `extra` is alive,
//! and the frame is current and complete.

mod attributes;
mod calls;
mod containers;
mod iteration;
mod names;
mod operators;
mod raise;
mod sync;
mod with;

pub use attributes::*;
pub use calls::*;
pub use containers::*;
pub use iteration::*;
pub use names::*;
pub use operators::*;
pub use raise::*;
pub use sync::*;
pub use with::*;

use crate::ffi::{self, PyObject};

type O = *mut PyObject;

/// Drops `n` operands.
unsafe fn drop_operands(base: *mut O, n: usize) {
    // SAFETY: the contract.
    unsafe {
        for i in 0..n {
            ffi::Py_XDECREF(*base.add(i));
        }
    }
}

fn done(status: i32) -> u64 {
    u64::from(status >= 0)
}
