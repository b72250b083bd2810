//! The on-disk cache: bytes in, bytes out. No Python, no code generation, no unsafe code.
//!
//! What stands where:
//! - [`key`]: [`Key`] names an entry; [`KeyBuilder`] makes one from everything the entry depends on.
//! - [`entry`]: what a file holds: the payload from byte 0, then a trailer that proves it whole and ours.
//! - [`place`]: which directory, and whether it may be trusted; the state of a store and its reason.
//! - [`store`]: [`Store`]: get, put, update.
//! - [`sweep`]: the walk over a store: eviction, list, size, clear.
//! - [`error`]: every reason why there was no entry, or why one was not kept.
//! - [`stats`]: a counter for each of them.
//!
//! What always holds:
//! - **Any doubt is a miss** with one named, counted reason. Nothing a disk does makes a caller fail or panic.
//! - **A file is whole or absent**: it is written under another name and renamed; no file is ever changed in place. There
//!   is no fsync: after a power failure the trailer does not fit, and that is a miss.
//! - **No lock is waited for without a bound**, and `get` takes none: it is one open, one fstat, one read.
//! - Nothing in here is a Rust lock, so a fork at any moment leaves a usable store on both sides.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod entry;
pub mod error;
pub mod key;
pub mod place;
pub mod stats;
pub mod store;
pub mod sweep;

pub use entry::Kind;
pub use error::{Miss, PutError};
pub use key::{Key, KeyBuilder};
pub use place::{State, WhyDisabled, WhyReadOnly};
pub use stats::Stats;
pub use store::{DEFAULT_MAX_BYTES, Options, Store};
pub use sweep::{Listed, Usage};
