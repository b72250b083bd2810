//! How long code may wait until it is worth its compilation.
//!
//! A call that is counted goes through C; the interpreter's own does not. So all counting of code that has been looked at
//! has a budget. Once it is used up, each function is compiled at its next call, if it is at least half worth it, or given
//! back.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Nanoseconds that a counted call takes longer.
const COUNTING: u64 = 40;

/// Nanoseconds that counting may take from the start, and the part of the process's time.
const AT_LEAST: u64 = 4_000_000;
const PART: u64 = 50;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
static LONG: AtomicBool = AtomicBool::new(false);
/// Calls of waiting code.
static COUNTED: AtomicU64 = AtomicU64::new(0);
/// How many there may be until the clock is looked at again.
static ALLOWED: AtomicU64 = AtomicU64::new(AT_LEAST / COUNTING);

/// A program that ends sooner gains nothing from loops of libraries: looking for hot ones would only cost time.
const SHORT: Duration = Duration::from_millis(50);

/// The program has run for so long that loops of libraries are counted.
pub(super) fn runs_long() -> bool {
    LONG.load(Relaxed) || {
        let long = STARTED.elapsed() > SHORT;
        LONG.store(long, Relaxed);
        long
    }
}

/// Counts a call of waiting code; true if there were too many.
pub(super) fn is_too_long() -> bool {
    let counted = COUNTED.load(Relaxed) + 1;
    COUNTED.store(counted, Relaxed);
    if counted <= ALLOWED.load(Relaxed) {
        return false;
    }
    let elapsed = STARTED.elapsed().as_nanos() as u64;
    let allowed = (AT_LEAST + elapsed / PART) / COUNTING;
    ALLOWED.store(allowed, Relaxed);
    counted > allowed
}
