//! Struct layouts and the instruction set of the CPython that pyaot is built against.
//!
//! Everything here is generated at build time from that CPython's own headers; nothing is written by hand.

/// Struct offsets in bytes, from the headers.
pub mod offsets {
    include!(concat!(env!("OUT_DIR"), "/offsets.rs"));
}

/// The instruction set.
pub mod opcodes {
    include!(concat!(env!("OUT_DIR"), "/opcodes.rs"));
}
