//! Whether a unit that goes through the C API pays: measured.
//!
//! What native code saves against the interpreter's specialised instructions, where most of its work is done by helpers,
//! no estimate says well. So the calls of such a unit are on trial at first: each goes to native code or to the
//! interpreter at random, timed, until the difference is clear. The verdict is kept in the profile.

use super::calls::ONLY_NATIVE;
use super::state::State;
use super::{COMPILER, EAGER, Site};
use crate::ffi::PyObject;
use crate::image::Linked;
use crate::stats::{self, Counter};
use crate::unit::Worth;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

type O = *mut PyObject;

/// What the trial of a unit has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    #[default]
    Open,
    Faster,
    /// Perhaps because what it calls was not native yet: the next run tries again.
    SlowerOnce,
    Slower,
}

impl Verdict {
    fn is_slower(self) -> bool {
        matches!(self, Verdict::Slower | Verdict::SlowerOnce)
    }
}

/// `PYAOT_STRESS=trial`: each unit is on trial, and chance decides.
pub(super) static STRESS: AtomicBool = AtomicBool::new(false);

/// Who runs a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    Native,
    Interpreter,
}

/// Durations of calls, in ticks.
#[derive(Clone, Copy, Default)]
struct Sample {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Sample {
    fn mean(self) -> f64 {
        self.sum / self.n
    }

    /// Variance of the mean.
    fn variance(self) -> f64 {
        let spread = self.squares / self.n - self.mean() * self.mean();
        spread.max(0.0) / (self.n - 1.0)
    }
}

/// The calls of one code object that were timed.
#[derive(Default)]
pub(super) struct Trial {
    on: Cell<bool>,
    /// Who runs the call that is being timed: calls inside it go the same way.
    running: Cell<Option<Runner>>,
    /// Native calls that are not timed, because the first ones look up what later ones find.
    warming: Cell<u32>,
    random: Cell<u64>,
    native: Cell<Sample>,
    interpreted: Cell<Sample>,
}

/// Time stamp counter.
pub(super) fn ticks() -> u64 {
    // SAFETY: x86-64 always has it; other targets do not compile code.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    0
}

/// The interpreter calls a function of its own without the C call through which trials go, which takes so many ticks.
const C_CALL: f64 = 80.0;

/// Calls that are timed at most.
const LIMIT: f64 = 400.0;

/// A call that took so many times the mean was interrupted: it counts as this much.
const INTERRUPTED: f64 = 20.0;

impl Trial {
    pub(super) fn is_on(&self) -> bool {
        self.on.get()
    }

    fn begin(&self) {
        self.on.set(true);
        self.warming.set(2);
        self.random.set(0x9E37_79B9_7F4A_7C15);
        self.native.set(Sample::default());
        self.interpreted.set(Sample::default());
    }

    fn choose(&self) -> Runner {
        // xorshift64
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random.set(x);
        if self.warming.get() > 0 || x & 1 == 0 {
            Runner::Native
        } else {
            Runner::Interpreter
        }
    }

    fn add(&self, runner: Runner, ticks: f64) {
        if runner == Runner::Native && self.warming.get() > 0 {
            return self.warming.set(self.warming.get() - 1);
        }
        let of = match runner {
            Runner::Native => &self.native,
            Runner::Interpreter => &self.interpreted,
        };
        let mut sample = of.get();
        let ticks = if sample.n > 3.0 {
            ticks.min(sample.mean() * INTERRUPTED)
        } else {
            ticks
        };
        sample.n += 1.0;
        sample.sum += ticks;
        sample.squares += ticks * ticks;
        of.set(sample);
    }

    fn verdict(&self) -> Verdict {
        let (native, interpreted) = (self.native.get(), self.interpreted.get());
        let fewest = native.n.min(interpreted.n);
        if STRESS.load(Relaxed) {
            return match fewest {
                10.0.. if self.random.get() & 2 == 0 => Verdict::Slower,
                _ => Verdict::Open,
            };
        }
        if fewest < 4.0 {
            return Verdict::Open;
        }
        let gain = interpreted.mean() - C_CALL - native.mean();
        let error = (native.variance() + interpreted.variance()).sqrt();
        let clear = if fewest < 12.0 { 6.0 } else { 4.0 };
        if native.n + interpreted.n < LIMIT && gain.abs() <= clear * error {
            Verdict::Open
        } else if gain > 0.0 {
            Verdict::Faster
        } else {
            Verdict::Slower
        }
    }
}

/// A unit is about to run the calls of this code.
pub(super) fn begin(state: &State, linked: &'static Linked) {
    state.trial.on.set(false);
    let doubtful = linked.meta.worth == Worth::Doubtful && !EAGER.load(Relaxed);
    if linked.program.is_some() || !(doubtful || STRESS.load(Relaxed)) {
        return;
    }
    match linked.verdict.get() {
        Verdict::Open | Verdict::SlowerOnce => {
            state.trial.begin();
        }
        Verdict::Faster => {}
        Verdict::Slower => state.next.set(ONLY_NATIVE),
    }
    // The calls that the interpreter runs are its alone, and count no jumps.
    state.loops_rest.set(true);
}

/// Runs a call of a unit on trial.
pub(super) fn run(
    state: &'static State,
    linked: &'static Linked,
    function: O,
    call: impl FnOnce(Runner) -> O,
) -> O {
    let trial = &state.trial;
    if let Some(runner) = trial.running.get() {
        return call(runner);
    }
    let runner = trial.choose();
    trial.running.set(Some(runner));
    let before = ticks();
    let result = call(runner);
    let after = ticks();
    trial.running.set(None);
    if !trial.is_on()
        || state
            .unit
            .get()
            .is_none_or(|unit| !std::ptr::eq(unit, linked))
    {
        return result;
    }
    trial.add(runner, after.wrapping_sub(before) as f64);
    let verdict = trial.verdict();
    if verdict != Verdict::Open {
        trial.on.set(false);
        let again = linked.verdict.get().is_slower();
        linked.verdict.set(match verdict {
            Verdict::Slower if !again => Verdict::SlowerOnce,
            verdict => verdict,
        });
        if verdict.is_slower() {
            // Native code may still call it.
            state.next.set(ONLY_NATIVE);
            stats::count(Counter::Slower);
            if let Some(compiler) = COMPILER.get() {
                // SAFETY: the function is alive during its call.
                compiler.slower(&unsafe { Site::of_call(function, state, &[]) });
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict after calls that take these ticks by turns, and how many there were.
    fn tried(native: &[f64], interpreted: &[f64]) -> (Verdict, usize) {
        let trial = Trial::default();
        trial.begin();
        trial.warming.set(0);
        let mut calls = 0;
        while trial.verdict() == Verdict::Open {
            trial.add(Runner::Native, native[calls % native.len()]);
            trial.add(Runner::Interpreter, interpreted[calls % interpreted.len()]);
            calls += 1;
        }
        (trial.verdict(), calls)
    }

    #[test]
    fn what_is_clear_is_decided_soon() {
        let noisy = [1000.0, 1100.0, 950.0, 1020.0];
        let twice = noisy.map(|t| 2.0 * t);
        assert_eq!(tried(&noisy, &twice), (Verdict::Faster, 4));
        assert_eq!(tried(&twice, &noisy), (Verdict::Slower, 4));
    }

    #[test]
    fn the_call_in_c_is_not_the_interpreters() {
        let native = [1000.0, 1001.0];
        assert_eq!(tried(&native, &[1000.0 + C_CALL / 2.0]).0, Verdict::Slower);
        assert_eq!(tried(&native, &[1000.0 + C_CALL * 2.0]).0, Verdict::Faster);
    }

    #[test]
    fn what_is_never_clear_ends() {
        let wide = [100.0, 100_000.0, 3000.0];
        let (verdict, calls) = tried(&wide, &wide);
        assert_eq!((verdict, calls), (Verdict::Slower, LIMIT as usize / 2));
    }

    #[test]
    fn an_interruption_decides_nothing() {
        let mut native = vec![1000.0, 1010.0, 990.0, 1005.0, 1000.0, 995.0];
        native.push(50_000_000.0);
        let interpreted = [3000.0, 3030.0, 2970.0];
        assert_eq!(tried(&native, &interpreted).0, Verdict::Faster);
    }

    #[test]
    fn native_calls_that_warm_up_do_not_count() {
        let trial = Trial::default();
        trial.begin();
        for ticks in [9e9, 9e9, 500.0] {
            assert!(trial.choose() == Runner::Native || trial.warming.get() == 0);
            trial.add(Runner::Native, ticks);
        }
        assert_eq!(trial.native.get().n, 1.0);
        assert_eq!(trial.native.get().mean(), 500.0);
    }
}
