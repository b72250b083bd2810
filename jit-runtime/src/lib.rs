//! All of pyaot that touches CPython and memory, and the only unsafe code.
mod assumptions;
pub mod code;
pub mod dispatch;
pub mod environment;
mod ffi;
mod frame;
pub mod helpers;
pub mod image;
#[cfg(Py_3_13)]
mod instances;
pub mod interpreted;
pub mod layout;
pub mod methods;
mod monitoring;
pub mod operation;
mod operators;
pub mod process;
pub mod profiling;
pub mod python;
pub mod region;
mod shape;
pub use shape::{
    BOXED, ENTRIES, ENTRY_WORDS, GROUP, GROUP_HEAD, GROUP_SLOTS, GROUP_STORED, NO_VERSION,
    SITE_WORDS,
};
pub mod stats;
pub mod stress;
mod thread_exit;
mod tracemalloc;
pub mod unit;
pub mod value;
