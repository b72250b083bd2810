//! Named counters of everything that can be counted; read by `PYAOT_STATS`.

use crate::helpers::Id;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

macro_rules! counters {
    ($($(#[$doc:meta])* $id:ident = $name:literal,)*) => {
        /// A counter of this process.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Counter { $($(#[$doc])* $id),* }
        /// Names of all counters, in order.
        pub const NAMES: &[&str] = &[$($name),*];
        static VALUES: [AtomicU64; NAMES.len()] = [const { AtomicU64::new(0) }; NAMES.len()];
    };
}

counters! {
    /// Functions created.
    Created = "functions_created",
    /// Functions whose source was parsed.
    Parsed = "parsed",
    /// Units compiled in this process.
    Compiled = "compiled",
    /// Units among them that have no image, since none could be kept.
    Placed = "placed",
    /// Units with a frame in which something may run Python code, compiled or loaded when they were hot.
    Framed = "framed",
    /// Units loaded from the cache.
    Loaded = "loaded",
    /// Images that were compiled again and compared (`PYAOT_VERIFY`).
    Verified = "verified",
    /// Images that differ from what is compiled from the same code and facts.
    VerifyFailed = "verify_failed",
    /// Files of the cache that are sound and yet no image or profile.
    Malformed = "malformed",
    /// Units linked.
    Linked = "linked",
    /// Native calls from the interpreter.
    Calls = "native_calls",
    /// Native calls that missed: other types, keywords, another namespace.
    CallMisses = "call_misses",
    /// Loops entered in running frames.
    LoopEntries = "loop_entries",
    /// Loop entries that missed.
    LoopMisses = "loop_misses",
    /// Side exits.
    Exits = "exits",
    /// Exceptions that native code handled itself.
    Caught = "caught",
    /// Units given up.
    Dropped = "dropped",
    /// Units that the interpreter turned out to be faster than.
    Slower = "slower",
    /// Recompilations because a fact widened.
    Recompiled = "recompiled",
    /// Broken: a global was rebound.
    BrokenGlobal = "broken_global",
    /// Broken: a builtin was shadowed or replaced.
    BrokenBuiltin = "broken_builtin",
    /// Broken: a function's code was replaced, or the function is gone.
    BrokenCode = "broken_code",
    /// Nanoseconds spent compiling.
    CompileNanos = "compile_ns",
    /// Nanoseconds of them on what was then not compiled.
    RefusedNanos = "refused_ns",
    /// Compilations that a defect of pyaot ended.
    Panics = "panics",
    /// Links that failed because a fact no longer holds.
    LinkFailures = "link_failures",
    /// Calls and loops that the HIR interpreter ran (a stress mode).
    InterpretedEntries = "interpreted_entries",
    /// HIR instructions that it ran.
    InterpretedSteps = "interpreted_steps",
    /// Operations among them that may run Python code, done on a real frame.
    InterpretedRuns = "interpreted_runs",
    /// Units that went through their text (a stress mode).
    Texts = "texts_read",
    /// Garbage collections at operations (a stress mode).
    Collections = "stress_collections",
    /// Times that the frames were walked (a stress mode).
    Walks = "stress_walks",
    /// Times that somebody looked at a frame (a stress mode).
    Looks = "stress_looks",
    /// The program uses sys.monitoring: native code rests.
    Monitoring = "foreign_monitoring",
}

/// Adds one.
pub fn count(counter: Counter) {
    add(counter, 1);
}

/// Adds `n`. The GIL is held, so that a plain load and store do.
pub fn add(counter: Counter, n: u64) {
    let value = &VALUES[counter as usize];
    value.store(value.load(Relaxed) + n, Relaxed);
}

/// Adds the nanoseconds that `run` takes: once, if something in it is timed too.
pub fn timed<T>(counter: Counter, run: impl FnOnce() -> T) -> T {
    let before = get(counter);
    let started = Instant::now();
    let result = run();
    let spent = started.elapsed().as_nanos() as u64;
    VALUES[counter as usize].store(before + spent, Relaxed);
    result
}

/// How often interpreted units ran each operation that may run Python code, by helper.
static RUNS: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());

/// An interpreted unit is about to run this helper.
pub(crate) fn ran(helper: Id) {
    count(Counter::InterpretedRuns);
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    *runs.entry(helper.get().name).or_default() += 1;
}

/// How often interpreted units ran each operation, by helper.
pub fn runs() -> BTreeMap<&'static str, u64> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Current value.
pub fn get(counter: Counter) -> u64 {
    VALUES[counter as usize].load(Relaxed)
}

/// All counters by name.
pub fn all() -> impl Iterator<Item = (&'static str, u64)> {
    NAMES
        .iter()
        .zip(&VALUES)
        .map(|(name, value)| (*name, value.load(Relaxed)))
}
