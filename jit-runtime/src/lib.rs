//! All of pyaot that touches CPython and memory, and the only unsafe code.
pub mod layout;
