//! All of pyaot that touches CPython and memory, and the only unsafe code.
mod assumptions;
pub mod code;
pub mod dispatch;
pub mod environment;
mod ffi;
mod frame;
pub mod helpers;
pub mod image;
pub mod interpreted;
pub mod layout;
mod monitoring;
pub mod process;
pub mod python;
pub mod region;
pub mod stats;
pub mod unit;
pub mod value;
