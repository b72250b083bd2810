//! Random programs under `python` and under `pyaot`: stdout, stderr and exit status must be equal to the byte.
//!
//! `tests/fuzz/generate.py` writes the program of a seed; it ends, and what it prints depends on nothing else. Each
//! program runs cold and warm, and in one more mode, which the seed chooses. Without variables a fixed range of seeds
//! runs; it fails as well if too few of the programs had native code and side exits.
//!
//! | variable | meaning |
//! |---|---|
//! | `PYAOT_FUZZ_FIRST`, `PYAOT_FUZZ_COUNT` | the range of seeds |
//! | `PYAOT_FUZZ_MODES` | `all`, or names of modes, for each program |
//! | `PYAOT_FUZZ_KEEP` | folder for the programs that differ (default: `target/fuzz`) |
//!
//! `scripts/fuzz` runs thousands, `scripts/minimise` makes a short script of one that differs.

mod common;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{env, fs};

use common::{Job, Outcome, Stats, pyaot, python};
use libtest_mimic::{Arguments, Failed, Trial};

/// Programs in one test.
const CHUNK: u64 = 20;
const COUNT: u64 = 240;
/// Larger outputs tell of a program that got out of hand.
const MOST_OUTPUT: usize = 2_000_000;
/// Least shares, in percent, of programs with native code of their own, and with side exits.
const LEAST_COMPILED: usize = 80;
const LEAST_EXITS: usize = 80;
/// Least shares of programs with units that have a frame and may run Python code, and with some that raised there. Calls
/// that end natively with an exception are not counted.
const LEAST_FRAMED: usize = 60;
const LEAST_RAISED: usize = 15;

/// How a program is run: over one fresh cache, so many times, with these variables. `SEED` in a value is the program's.
struct Mode {
    name: &'static str,
    passes: usize,
    env: &'static [(&'static str, &'static str)],
}

/// The first runs for each program, the others by turns.
const MODES: &[Mode] = &[
    mode("default", 2, &[]),
    mode("threshold0", 1, &[("PYAOT_THRESHOLD", "0")]),
    mode("threshold2", 2, &[("PYAOT_THRESHOLD", "2")]),
    mode("exits", 1, &[("PYAOT_STRESS", "exits:SEED")]),
    mode(
        "exits2",
        2,
        &[("PYAOT_STRESS", "exits:SEED"), ("PYAOT_THRESHOLD", "2")],
    ),
    mode("handover", 1, &[("PYAOT_STRESS", "handover")]),
    mode(
        "handover2",
        1,
        &[("PYAOT_STRESS", "handover"), ("PYAOT_THRESHOLD", "2")],
    ),
    mode("links", 1, &[("PYAOT_STRESS", "links")]),
    mode("threshold30", 2, &[("PYAOT_THRESHOLD", "30")]),
    mode(
        "gainless",
        2,
        &[("PYAOT_STRESS", "gainless"), ("PYAOT_THRESHOLD", "30")],
    ),
    mode(
        "gainless0",
        1,
        &[("PYAOT_STRESS", "gainless"), ("PYAOT_THRESHOLD", "0")],
    ),
    mode(
        "gainless exits",
        1,
        &[
            ("PYAOT_STRESS", "gainless,exits:SEED"),
            ("PYAOT_THRESHOLD", "30"),
        ],
    ),
    mode(
        "gainless handover",
        1,
        &[
            ("PYAOT_STRESS", "gainless,handover"),
            ("PYAOT_THRESHOLD", "30"),
        ],
    ),
    mode(
        "trial",
        2,
        &[
            ("PYAOT_STRESS", "gainless,trial"),
            ("PYAOT_THRESHOLD", "30"),
        ],
    ),
    mode(
        "gc",
        1,
        &[("PYAOT_STRESS", "gc"), ("PYAOT_THRESHOLD", "30")],
    ),
    mode(
        "gc0",
        1,
        &[("PYAOT_STRESS", "gc"), ("PYAOT_THRESHOLD", "0")],
    ),
    mode(
        "frames",
        1,
        &[("PYAOT_STRESS", "frames"), ("PYAOT_THRESHOLD", "30")],
    ),
    mode(
        "frames0",
        1,
        &[("PYAOT_STRESS", "frames"), ("PYAOT_THRESHOLD", "0")],
    ),
    mode(
        "interp",
        1,
        &[("PYAOT_STRESS", "interp"), ("PYAOT_THRESHOLD", "0")],
    ),
    mode(
        "interp frames",
        1,
        &[("PYAOT_STRESS", "interp,frames"), ("PYAOT_THRESHOLD", "2")],
    ),
];

const fn mode(
    name: &'static str,
    passes: usize,
    env: &'static [(&'static str, &'static str)],
) -> Mode {
    Mode { name, passes, env }
}

impl Mode {
    /// Lives may end at other times: collections end those of garbage, and a look at a frame makes 3.12 keep its locals
    /// in a dict.
    fn moves_deaths(&self) -> bool {
        let words = self.env.iter().filter(|(name, _)| *name == "PYAOT_STRESS");
        let looks = common::python_version().starts_with("3.12");
        words
            .flat_map(|(_, value)| value.split(','))
            .any(|word| word == "gc" || looks && word == "frames")
    }
}

/// Where the lines of destructors stand is not compared.
fn same_but_for_deaths(left: &Outcome, right: &Outcome) -> bool {
    let lines = |outcome: &Outcome| -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let lines = outcome.stdout.split(|&byte| byte == b'\n');
        let (mut deaths, others) = lines
            .map(<[u8]>::to_vec)
            .partition::<Vec<_>, _>(|line| line.starts_with(b"del ") || line.starts_with(b"gone "));
        deaths.sort();
        (deaths, others)
    };
    (left.status, &left.stderr) == (right.status, &right.stderr) && lines(left) == lines(right)
}

static RUN: AtomicUsize = AtomicUsize::new(0);
static DIFFERENT: AtomicUsize = AtomicUsize::new(0);
/// Programs that are no test: too slow, too much output or memory, or different in python itself.
static DISCARDED: AtomicUsize = AtomicUsize::new(0);
static COMPILED: AtomicUsize = AtomicUsize::new(0);
static WITH_EXITS: AtomicUsize = AtomicUsize::new(0);
static FRAMED: AtomicUsize = AtomicUsize::new(0);
static RAISED: AtomicUsize = AtomicUsize::new(0);
/// Programs in the HIR interpreter, and those among them where it ran Python code.
static INTERPRETED: AtomicUsize = AtomicUsize::new(0);
static RAN: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let number = |name: &str, default: u64| match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
        Err(_) => default,
    };
    let (first, count) = (
        number("PYAOT_FUZZ_FIRST", 0),
        number("PYAOT_FUZZ_COUNT", COUNT),
    );
    let temporary =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory");
    let trials = (first..first + count)
        .step_by(CHUNK as usize)
        .map(|start| {
            let end = (start + CHUNK).min(first + count);
            let folder = temporary.path().join(start.to_string());
            Trial::test(format!("seeds {start}..{end}"), move || {
                chunk(start, end, &folder)
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(temporary);
    let programs = RUN.load(Relaxed);
    if programs > 0 {
        let share = |n: &AtomicUsize| n.load(Relaxed) * 100 / programs;
        let (compiled, exits) = (share(&COMPILED), share(&WITH_EXITS));
        let (framed, raised) = (share(&FRAMED), share(&RAISED));
        println!(
            "fuzz: {programs} programs, {} differ, {} discarded; {compiled} % had native code, {exits} % side exits, \
             {framed} % units with frames, {raised} % exceptions in them",
            DIFFERENT.load(Relaxed),
            DISCARDED.load(Relaxed),
        );
        if programs >= 100 {
            assert!(
                compiled >= LEAST_COMPILED,
                "at least {LEAST_COMPILED} % must have native code"
            );
            assert!(
                exits >= LEAST_EXITS,
                "at least {LEAST_EXITS} % must have side exits"
            );
            assert!(
                framed >= LEAST_FRAMED,
                "at least {LEAST_FRAMED} % must have units with frames"
            );
            assert!(
                raised >= LEAST_RAISED,
                "at least {LEAST_RAISED} % must raise in them"
            );
            assert!(share(&DISCARDED) < 3, "too many programs are no test");
            let (interpreted, ran) = (INTERPRETED.load(Relaxed), RAN.load(Relaxed));
            assert!(
                ran * 100 >= interpreted * LEAST_FRAMED,
                "at least {LEAST_FRAMED} % must run Python code in the HIR interpreter"
            );
        }
    }
    conclusion.exit();
}

fn chunk(start: u64, end: u64, folder: &Path) -> Result<(), Failed> {
    fs::create_dir(folder)?;
    let mut generator = Job::new(python());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/generate.py");
    // No compiled files in the source tree.
    generator
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args([script.as_os_str()])
        .args([start.to_string(), (end - start).to_string()])
        .args([folder]);
    let outcome = generator.run()?;
    if !outcome.status.success() {
        return Err(format!("the generator failed: {outcome}").into());
    }
    let mut wrong = Vec::new();
    for seed in start..end {
        let program = Program {
            seed,
            folder: folder.to_owned(),
        };
        if let Err(difference) = program.check() {
            DIFFERENT.fetch_add(1, Relaxed);
            wrong.push(difference);
        }
    }
    fs::remove_dir_all(folder)?;
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

struct Program {
    seed: u64,
    folder: PathBuf,
}

impl Program {
    fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.py", self.seed))
    }

    fn job(&self, program: &Path) -> Job {
        let mut job = Job::new(program);
        job.args([self.path()]).env("PYTHONHASHSEED", "0");
        job
    }

    /// What python does; `None`: the program is no test.
    fn expected(&self) -> Option<Outcome> {
        let outcome = self
            .job(python())
            .timeout(Duration::from_secs(20))
            .run()
            .ok()?;
        let memory = b"MemoryError";
        let starved = |text: &[u8]| text.windows(memory.len()).any(|w| w == memory);
        let usual = outcome.stdout.len() < MOST_OUTPUT
            && !starved(&outcome.stdout)
            && !starved(&outcome.stderr);
        usual.then_some(outcome)
    }

    fn modes(&self) -> Vec<&'static Mode> {
        match env::var("PYAOT_FUZZ_MODES") {
            Ok(names) if names == "all" => MODES.iter().collect(),
            Ok(names) => names
                .split(',')
                .map(|name| {
                    MODES
                        .iter()
                        .find(|m| m.name == name)
                        .unwrap_or_else(|| panic!("PYAOT_FUZZ_MODES names no mode: {name:?}"))
                })
                .collect(),
            Err(_) => {
                let others = &MODES[1..];
                vec![&MODES[0], &others[self.seed as usize % others.len()]]
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        RUN.fetch_add(1, Relaxed);
        let Some(expected) = self.expected() else {
            DISCARDED.fetch_add(1, Relaxed);
            return Ok(());
        };
        let (mut compiled, mut exits, mut wrong) = (false, false, Vec::new());
        let (mut framed, mut raised) = (false, false);
        for mode in self.modes() {
            let cache = self.folder.join("cache");
            for pass in 1..=mode.passes {
                let stats = self.folder.join("stats");
                let found = self
                    .pyaot(mode, &cache, &stats)
                    .timeout(Duration::from_secs(60))
                    .run();
                if let Ok(stats) = Stats::read(&stats) {
                    compiled |= stats.native().iter().any(|name| is_generated(name));
                    exits |= stats.exits() > 0;
                    framed |= stats.counter("framed").is_ok_and(|n| n > 0);
                    raised |= stats.exits_because("Raised") > 0
                        || stats.counter("caught").is_ok_and(|n| n > 0);
                    if stats.counter("interpreted_entries").is_ok_and(|n| n > 0) {
                        let ran = stats.counter("interpreted_runs").is_ok_and(|n| n > 0);
                        INTERPRETED.fetch_add(1, Relaxed);
                        RAN.fetch_add(usize::from(ran), Relaxed);
                    }
                }
                let _ = fs::remove_file(&stats);
                let what = match &found {
                    Ok(found) if *found == expected => continue,
                    Ok(found) if mode.moves_deaths() && same_but_for_deaths(found, &expected) => {
                        continue;
                    }
                    Ok(found) if found.status != expected.status => found.status.to_string(),
                    Ok(_) => "another output".to_owned(),
                    Err(error) => error.clone(),
                };
                // A program that python itself runs in two ways proves nothing.
                if self.expected().as_ref() != Some(&expected) {
                    DISCARDED.fetch_add(1, Relaxed);
                    return Ok(());
                }
                wrong.push(self.keep(mode, pass, &what));
                break;
            }
            let _ = fs::remove_dir_all(&cache);
        }
        COMPILED.fetch_add(usize::from(compiled), Relaxed);
        WITH_EXITS.fetch_add(usize::from(exits), Relaxed);
        FRAMED.fetch_add(usize::from(framed), Relaxed);
        RAISED.fetch_add(usize::from(raised), Relaxed);
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.join("\n"))
        }
    }

    fn variables(&self, mode: &Mode) -> Vec<(&'static str, String)> {
        let seed = (self.seed % 1000 + 1).to_string();
        mode.env
            .iter()
            .map(|(key, value)| (*key, value.replace("SEED", &seed)))
            .collect()
    }

    fn pyaot(&self, mode: &Mode, cache: &Path, stats: &Path) -> Job {
        let mut job = self.job(&pyaot());
        job.env("PYAOT_CACHE_DIR", cache).env("PYAOT_STATS", stats);
        for (key, value) in self.variables(mode) {
            job.env(key, value);
        }
        job
    }

    /// Keeps the program and says how to look into it.
    fn keep(&self, mode: &Mode, pass: usize, what: &str) -> String {
        let keep = env::var_os("PYAOT_FUZZ_KEEP").map_or_else(
            || Path::new(env!("CARGO_TARGET_TMPDIR")).join("../fuzz"),
            PathBuf::from,
        );
        let kept = keep.join(format!("{}.py", self.seed));
        let copied = fs::create_dir_all(&keep).and_then(|()| fs::copy(self.path(), &kept));
        let place = copied.map_or_else(
            |error| format!("{}.py ({error})", self.seed),
            |_| kept.display().to_string(),
        );
        let variables: String = self
            .variables(mode)
            .iter()
            .map(|(key, value)| format!("-e {key}={value} "))
            .collect();
        format!(
            "seed {} differs from python ({}, pass {pass}): {what}\n  scripts/minimise {variables}--runs {pass} {place}",
            self.seed, mode.name
        )
    }
}

/// A function, method or body of the program, not of its prelude: `f1`, `f1.<locals>.v2`, `C0.m1`, `B7`, `drive9`.
fn is_generated(qualname: &str) -> bool {
    let letters = qualname.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let head = &qualname[..qualname.len() - letters.len()];
    qualname == "<module>"
        || (matches!(head, "f" | "g" | "C" | "B" | "drive" | "other")
            && letters.starts_with(|c: char| c.is_ascii_digit()))
}
