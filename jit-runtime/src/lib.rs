//! All of pyaot that touches CPython and memory, and the only unsafe code.
pub mod environment;
pub mod layout;
mod process;
pub mod python;
