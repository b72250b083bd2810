//! Struct layouts and the instruction set of the CPython that pyaot is built against.
//!
//! Everything here is generated at build time from that CPython's own headers; nothing is written by hand.

pub mod check;

/// Struct offsets in bytes, from the headers.
pub mod offsets {
    include!(concat!(env!("OUT_DIR"), "/offsets.rs"));
}

/// The instruction set.
pub mod opcodes {
    include!(concat!(env!("OUT_DIR"), "/opcodes.rs"));

    /// Name of the instruction in this code unit, as it is before it is specialised or bears an event.
    pub fn name(unit: u16) -> &'static str {
        NAMES[usize::from(DEOPT[usize::from(unit & 0xff)])]
    }
}

/// Built against 3.13 or later.
pub const PY_3_13: bool = cfg!(Py_3_13);

/// Offset of the eval breaker in the thread state; 3.12 has one per interpreter.
#[cfg(Py_3_13)]
pub const EVAL_BREAKER_IN_THREAD: Option<usize> = Some(offsets::THREAD_EVAL_BREAKER);
/// Offset of the eval breaker in the thread state; 3.12 has one per interpreter.
#[cfg(not(Py_3_13))]
pub const EVAL_BREAKER_IN_THREAD: Option<usize> = None;
