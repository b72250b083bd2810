//! The on-disk cache.
#![forbid(unsafe_code)]
