//! A counter for every hit, miss, put and eviction of this process.

use crate::{Miss, PutError};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The live counters; relaxed, since nothing is ordered by them.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: AtomicU64,
    misses: [AtomicU64; Miss::NAMES.len()],
    puts: AtomicU64,
    put_errors: [AtomicU64; PutError::NAMES.len()],
    evictions: AtomicU64,
}

impl Counters {
    pub(crate) fn got<T>(&self, result: &Result<T, Miss>) {
        match result {
            Ok(_) => &self.hits,
            Err(miss) => &self.misses[miss.slot()],
        }
        .fetch_add(1, Relaxed);
    }

    pub(crate) fn put<T>(&self, result: &Result<T, PutError>) {
        match result {
            Ok(_) => &self.puts,
            Err(error) => &self.put_errors[error.slot()],
        }
        .fetch_add(1, Relaxed);
    }

    pub(crate) fn evicted(&self) {
        self.evictions.fetch_add(1, Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        Stats {
            hits: self.hits.load(Relaxed),
            misses: self.misses.each_ref().map(|n| n.load(Relaxed)),
            puts: self.puts.load(Relaxed),
            put_errors: self.put_errors.each_ref().map(|n| n.load(Relaxed)),
            evictions: self.evictions.load(Relaxed),
        }
    }
}

/// What a store did since it was opened, in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Gets that gave an entry.
    pub hits: u64,
    misses: [u64; Miss::NAMES.len()],
    /// Puts and updates that kept an entry.
    pub puts: u64,
    put_errors: [u64; PutError::NAMES.len()],
    /// Entries removed because the store was too large.
    pub evictions: u64,
}

impl Stats {
    /// Every reason for a miss with its count, zeros included, in the order of [`Miss::NAMES`].
    pub fn misses(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Miss::NAMES.into_iter().zip(self.misses)
    }

    /// Every reason for an entry that was not kept, as [`Stats::misses`].
    pub fn put_errors(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        PutError::NAMES.into_iter().zip(self.put_errors)
    }
}
