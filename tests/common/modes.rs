//! The modes in which scripts run, each compared with python, and the tests made of scripts and modes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use pyaot_runtime::helpers::TABLE;

use super::script::{Script, Suite};
use super::{Stats, python_version};

/// A mode: its name, its group in `PYAOT_TEST_MODES`, and how it runs.
struct Mode {
    name: &'static str,
    group: &'static str,
    run: fn(&Script) -> Result<(), Failed>,
}

const MODES: &[Mode] = &[
    Mode {
        name: "cold",
        group: "cold",
        run: cold,
    },
    Mode {
        name: "warm",
        group: "warm",
        run: warm,
    },
    Mode {
        name: "claims",
        group: "claims",
        run: claims,
    },
    Mode {
        name: "patient",
        group: "patient",
        run: |s| s.passes(2, &[("PYAOT_THRESHOLD", ""), ("PYAOT_STRESS", "")]),
    },
    Mode {
        name: "nocache",
        group: "nocache",
        run: |s| s.passes(1, &[("PYAOT_CACHE_DIR", "/dev/null/x")]),
    },
    Mode {
        name: "threshold0",
        group: "threshold0",
        run: |s| s.passes(1, &[("PYAOT_THRESHOLD", "0")]),
    },
    Mode {
        name: "threshold2",
        group: "threshold2",
        run: |s| s.passes(2, &[("PYAOT_THRESHOLD", "2")]),
    },
    Mode {
        name: "verify",
        group: "verify",
        run: verify,
    },
    Mode {
        name: "exits1",
        group: "exits",
        run: |s| s.passes(1, &[("PYAOT_STRESS", "exits:1")]),
    },
    Mode {
        name: "exits2",
        group: "exits",
        run: |s| s.passes(1, &[("PYAOT_STRESS", "exits:2")]),
    },
    Mode {
        name: "handover",
        group: "handover",
        run: |s| s.passes(1, &[("PYAOT_STRESS", "handover")]),
    },
    Mode {
        name: "links",
        group: "links",
        run: |s| s.passes(1, &[("PYAOT_STRESS", "links")]),
    },
    Mode {
        name: "gainless",
        group: "gainless",
        run: |s| s.passes(2, &[("PYAOT_STRESS", "gainless")]),
    },
    Mode {
        name: "trial",
        group: "trial",
        run: |s| s.passes(2, &[("PYAOT_STRESS", "trial")]),
    },
    Mode {
        name: "gc",
        group: "gc",
        run: |s| operations(s, "gc", "stress_collections", &COLLECTIONS),
    },
    Mode {
        name: "frames",
        group: "frames",
        run: |s| operations(s, "frames", "stress_walks", &WALKS),
    },
    Mode {
        name: "text",
        group: "text",
        run: text,
    },
    Mode {
        name: "interp",
        group: "interp",
        run: interp,
    },
];

/// Runs each script of the suite in each mode, and what `more` makes of the scripts' names.
pub fn main(suite: &'static Suite, more: impl FnOnce(Vec<String>) -> Vec<Trial>) -> ! {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let wanted = env::var("PYAOT_TEST_MODES").ok();
    let wanted: Option<Vec<&str>> = wanted
        .as_deref()
        .map(|w| w.split(',').map(str::trim).collect())
        .or_else(|| (!suite.modes.is_empty()).then(|| suite.modes.to_vec()));
    if let Some(wanted) = &wanted {
        for name in wanted {
            assert!(
                MODES.iter().any(|m| m.group == *name),
                "PYAOT_TEST_MODES names no mode: {name:?}"
            );
        }
    }
    let temporary =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory");
    let scripts = Script::all(suite, temporary.path());
    let mut trials = more(scripts.iter().map(|s| s.name.clone()).collect());
    for mode in MODES {
        if wanted.as_ref().is_some_and(|w| !w.contains(&mode.group)) {
            continue;
        }
        for script in &scripts {
            let skipped = script.header.skip.iter().any(|group| group == mode.group);
            if skipped || mode.name == "claims" && !script.header.claims() {
                continue;
            }
            let (script, run) = (Arc::clone(script), mode.run);
            // The version too is asked for only when a test runs.
            let name = format!("{}::{}", mode.name, script.name);
            trials.push(Trial::test(name, move || {
                if script.applies(mode.group) {
                    run(&script)
                } else {
                    Ok(())
                }
            }));
        }
    }
    drop(scripts);
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(temporary);
    COLLECTIONS.assert("gc");
    WALKS.assert("frames");
    FRAMED.assert("interp");
    if conclusion.num_failed == 0 {
        RUNS.assert();
    }
    conclusion.exit()
}

fn cold(script: &Script) -> Result<(), Failed> {
    script.check(script.cold()?, "the cold run")
}

/// The second run prints the same, and neither parses nor compiles. Where exits taught something, later runs go on
/// learning from where the run before ended; what there is to learn is finite, so soon one compiles nothing.
fn warm(script: &Script) -> Result<(), Failed> {
    let second = script.second()?;
    script.check(second, "the warm run")?;
    if script.header.recompiles {
        return Ok(());
    }
    let work = |stats: &Path| -> Result<(u64, u64), String> {
        let stats = Stats::read(stats)?;
        Ok((stats.counter("parsed")?, stats.counter("compiled")?))
    };
    let (parsed, compiled) = work(&second.stats)?;
    if (parsed, compiled) == (0, 0) {
        return Ok(());
    }
    if Stats::read(&script.cold()?.stats)?.exits() == 0 {
        return Err(format!(
            "the warm run parsed {parsed} and compiled {compiled} functions\n  {}",
            second.line
        )
        .into());
    }
    const MORE: usize = 4;
    for _ in 0..MORE {
        let later = script.third(&[])?;
        script.check(&later, "a later run")?;
        if work(&later.stats)? == (0, 0) {
            return Ok(());
        }
    }
    Err(format!("after {MORE} more runs code is still compiled").into())
}

/// Over the cache of the first two runs, all that is loaded is compiled again and is the same to the byte.
fn verify(script: &Script) -> Result<(), Failed> {
    let run = script.third(&[("PYAOT_VERIFY", "1")])?;
    script.check(&run, "the run with PYAOT_VERIFY=1")?;
    let second = Stats::read(&script.second()?.stats)?;
    let stats = Stats::read(&run.stats)?;
    let (verified, failed) = (stats.counter("verified")?, stats.counter("verify_failed")?);
    if failed > 0 {
        return Err(format!("{failed} of {verified} images are not what their facts give").into());
    }
    // What an exit or a broken assumption ended in the second run need not be in the cache.
    let kept = second.counter("loaded")? > 0 && second.counter("link_failures")? == 0;
    if kept && verified == 0 {
        return Err(format!("nothing was verified\n  {}", run.line).into());
    }
    Ok(())
}

/// The header's claims, over the cold and the second run together.
fn claims(script: &Script) -> Result<(), Failed> {
    let cold = Stats::read(&script.cold()?.stats)?;
    let second = Stats::read(&script.second()?.stats)?;
    let header = &script.header;
    let mut missing = Vec::new();
    for name in &header.compiled {
        if !cold.native().contains(&name.as_str()) && !second.native().contains(&name.as_str()) {
            let reason = cold
                .refusal(name)
                .or(second.refusal(name))
                .unwrap_or("no reason given");
            missing.push(format!("{name} was not compiled ({reason})"));
        }
    }
    let exits = cold.exits() + second.exits();
    if exits < header.exits {
        missing.push(format!("{exits} side exits, not {}", header.exits));
    }
    for kinds in &header.broken {
        if kinds
            .split('|')
            .all(|kind| cold.broken(kind) + second.broken(kind) == 0)
        {
            missing.push(format!("no assumption of kind {kinds} broke"));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing.join("\n").into())
    }
}

/// Each unit is printed and read back, and what was read is compiled. A unit that does not read back is named on stderr.
fn text(script: &Script) -> Result<(), Failed> {
    let cache = script.fresh("cache");
    let run = script.run(&cache, &[("PYAOT_STRESS", "text")])?;
    script.check(&run, "with each unit read from its text")?;
    let stats = Stats::read(&run.stats)?;
    // Once after lowering, once after inference.
    let (texts, compiled) = (stats.counter("texts_read")?, stats.counter("compiled")?);
    if texts < 2 * compiled {
        return Err(format!("{compiled} units were compiled, {texts} texts read").into());
    }
    let mut missing = script.header.compiled.clone();
    // What only a rerun compiles is not asked for.
    let cold = Stats::read(&script.cold()?.stats)?;
    missing.retain(|name| {
        cold.native().contains(&name.as_str()) && !stats.native().contains(&name.as_str())
    });
    let _ = fs::remove_dir_all(&cache);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("not compiled from its text: {missing:?}").into())
    }
}

/// In how many scripts a stress mode of operations found some.
struct Share {
    scripts: AtomicUsize,
    stressed: AtomicUsize,
}

static COLLECTIONS: Share = Share::new();
static WALKS: Share = Share::new();
/// Of the scripts with native units that have a frame: those where interpreted units ran Python code.
static FRAMED: Share = Share::new();
/// Least share, in percent. Some scripts only compute with numbers.
const LEAST_STRESSED: usize = 60;

impl Share {
    const fn new() -> Share {
        Share {
            scripts: AtomicUsize::new(0),
            stressed: AtomicUsize::new(0),
        }
    }

    /// A script in which `found` operations were stressed.
    fn add(&self, found: u64) {
        self.scripts.fetch_add(1, Ordering::Relaxed);
        let stressed = usize::from(found > 0);
        self.stressed.fetch_add(stressed, Ordering::Relaxed);
    }

    /// A mode that does nothing finds nothing.
    fn assert(&self, mode: &str) {
        let (scripts, stressed) = (&self.scripts, &self.stressed);
        let (scripts, stressed) = (
            scripts.load(Ordering::Relaxed),
            stressed.load(Ordering::Relaxed),
        );
        assert!(
            scripts < 50 || stressed * 100 >= scripts * LEAST_STRESSED,
            "{mode}: only {stressed} of {scripts} scripts were stressed"
        );
    }
}

/// The runtime does something at each operation that allocates or may run Python code, and at exits.
fn operations(script: &Script, mode: &str, counter: &str, share: &Share) -> Result<(), Failed> {
    let cache = script.fresh("cache");
    let run = script.run(&cache, &[("PYAOT_STRESS", mode)])?;
    script.check(&run, &format!("PYAOT_STRESS={mode}"))?;
    let _ = fs::remove_dir_all(&cache);
    // A process that ends by a signal leaves no statistics.
    let found = Stats::read(&run.stats).and_then(|stats| stats.counter(counter));
    share.add(found.unwrap_or(0));
    Ok(())
}

/// The helpers of operations that may run Python code, which interpreted units ran in some script.
struct Runs {
    scripts: AtomicUsize,
    helpers: Mutex<BTreeSet<String>>,
}

static RUNS: Runs = Runs {
    scripts: AtomicUsize::new(0),
    helpers: Mutex::new(BTreeSet::new()),
};

/// Only native code calls these: an interpreted unit leaves with an exception, so that it enters no handler.
const NOT_INTERPRETED: [&str; 2] = ["run_len", "run_with_except"];
/// No instruction of 3.12, or of 3.13, needs these.
const NOT_IN_3_12: [&str; 3] = ["run_convert", "run_format", "run_set_function_attribute"];
const NOT_IN_3_13: [&str; 1] = ["run_format_value"];

impl Runs {
    fn add(&self, found: &[&str]) {
        self.scripts.fetch_add(1, Ordering::Relaxed);
        let mut helpers = self.helpers.lock().unwrap_or_else(PoisonError::into_inner);
        helpers.extend(found.iter().map(|&name| name.to_owned()));
    }

    /// The oracle does all there is.
    fn assert(&self) {
        let helpers = self.helpers.lock().unwrap_or_else(PoisonError::into_inner);
        if self.scripts.load(Ordering::Relaxed) < 50 {
            return;
        }
        let elsewhere: &[&str] = match python_version() {
            "3.12" => &NOT_IN_3_12,
            _ => &NOT_IN_3_13,
        };
        let missing: Vec<&str> = TABLE
            .iter()
            .map(|helper| helper.name)
            .filter(|name| name.starts_with("run_") && !helpers.contains(*name))
            .filter(|name| !NOT_INTERPRETED.contains(name) && !elsewhere.contains(name))
            .collect();
        assert!(missing.is_empty(), "no interpreted unit ran {missing:?}");
    }
}

/// Generic HIR is interpreted where native code would run. What the header says is compiled was interpreted.
fn interp(script: &Script) -> Result<(), Failed> {
    let cache = script.fresh("cache");
    let extra = [("PYAOT_STRESS", "interp"), ("PYAOT_THRESHOLD", "0")];
    let run = script.run(&cache, &extra)?;
    script.check(&run, "the HIR interpreter")?;
    let stats = Stats::read(&run.stats)?;
    let _ = fs::remove_dir_all(&cache);
    let compiled = stats.counter("compiled")? + stats.counter("loaded")?;
    if compiled > 0 {
        return Err(format!("{compiled} units had native code").into());
    }
    let mut missing = script.header.compiled.clone();
    missing.retain(|name| !stats.interpreted().contains(&name.as_str()));
    let (entries, steps) = (
        stats.counter("interpreted_entries")?,
        stats.counter("interpreted_steps")?,
    );
    RUNS.add(&stats.interpreted_runs());
    let framed = Stats::read(&script.cold()?.stats)?.counter("framed")?;
    if framed > 0 {
        FRAMED.add(stats.counter("interpreted_runs")?);
    }
    if !missing.is_empty() {
        Err(format!("not interpreted: {missing:?}").into())
    } else if !script.header.compiled.is_empty() && (entries == 0 || steps < 2 * entries) {
        Err(format!("only {steps} instructions in {entries} entries were interpreted").into())
    } else {
        Ok(())
    }
}
