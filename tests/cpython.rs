//! CPython's own test files under pyaot, twice over one cache: the first pass learns, the second runs specialised.
//! Both must pass, fail and skip exactly the tests that python does, but for those of `cpython/known.toml`, and the
//! number of functions that had native code in the second pass must not fall below `cpython/baseline.toml`, which also
//! says which files are run: what is short and steady. `scripts/cpython-suite` runs all.
//!
//! `PYAOT_UPDATE_BASELINE=1` writes the shares found, less a tenth, as the new minimum.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use std::{env, fs};

use common::{Job, Outcome, Stats, pyaot, python, python_version};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;

/// The others take the native code of regrtest and unittest from this one's cache, and learn only what is theirs.
const COMMON: &str = "test_augassign";

const KNOWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/known.toml");
const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython/baseline.toml");

/// File -> Python version -> the least number of functions with native code in the second pass. A file without a number
/// for this version fails.
type Baseline = BTreeMap<String, BTreeMap<String, u64>>;

/// `cpython/known.toml`.
#[derive(Deserialize)]
struct Known {
    difference: Vec<Difference>,
}

#[derive(Deserialize)]
struct Difference {
    tests: Vec<String>,
    versions: Vec<String>,
}

/// The tests that end otherwise under pyaot of this version, as is known.
fn known() -> BTreeSet<String> {
    let text = fs::read_to_string(KNOWN).unwrap_or_else(|error| panic!("{KNOWN}: {error}"));
    let known: Known = toml::from_str(&text).unwrap_or_else(|error| panic!("{KNOWN}: {error}"));
    let all: Vec<Difference> = known.difference;
    let number: usize = all.iter().map(|one| one.tests.len()).sum();
    assert!(number <= 10, "{number} known differences in {KNOWN}");
    all.into_iter()
        .filter(|one| one.versions.iter().any(|of| of == python_version()))
        .flat_map(|one| one.tests)
        .collect()
}

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let temporary =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory");
    let text = fs::read_to_string(BASELINE).unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
    let baseline: Baseline =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
    let found = Arc::new(Mutex::new(BTreeMap::new()));
    let (missing, known) = if arguments.list {
        Default::default()
    } else {
        (missing(&baseline), known())
    };
    let known = Arc::new(known);
    let layer = Arc::new(Layer {
        directory: temporary.path().join("common"),
        learned: Once::new(),
    });
    let mut trials = Vec::new();
    for file in baseline.keys() {
        let file = file.clone();
        if missing.contains(&file) {
            eprintln!("SKIPPED: {} has no test.{file}", python().display());
        }
        let minimum = (!arguments.list)
            .then(|| baseline.get(&file)?.get(python_version()).copied())
            .flatten();
        let is_missing = missing.contains(&file);
        let (found, known, layer) = (Arc::clone(&found), Arc::clone(&known), Arc::clone(&layer));
        let directory = temporary.path().join(&file);
        let trial = Trial::test(file.clone(), move || {
            let share = check(&file, &directory, &layer, &known)?;
            let verdict = compare(&file, share, minimum);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.insert(file, share);
            verdict
        });
        trials.push(trial.with_ignored_flag(is_missing));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    for (file, share) in &*found {
        println!("compiled share of {file} on {}: {share}", python_version());
    }
    if env::var_os("PYAOT_UPDATE_BASELINE").is_some() {
        update(&text, baseline, &found);
    }
    drop(temporary);
    conclusion.exit();
}

/// The files that this python lacks: another version's, or all (distributions leave the test package out).
fn missing(baseline: &Baseline) -> BTreeSet<String> {
    let code = "import sys, importlib.util as u\nfor n in sys.argv[1:]:\n    try: s = u.find_spec('test.' + n)\n    \
                except ImportError: s = None\n    if s is None: print(n)";
    let mut job = Job::new(python());
    job.args(["-I", "-c", code]).args(baseline.keys());
    let output = job
        .run()
        .unwrap_or_else(|error| panic!("looking for python's tests: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(str::to_owned).collect()
}

/// The cache that [`COMMON`] has filled.
struct Layer {
    directory: PathBuf,
    learned: Once,
}

impl Layer {
    fn cache(&self) -> PathBuf {
        let cache = self.directory.join("cache");
        self.learned.call_once(|| {
            // Without it the others learn for themselves.
            let mut job = Job::new(&pyaot());
            job.env("PYAOT_CACHE_DIR", &cache);
            let _ = fs::create_dir(&self.directory);
            let _ = results(COMMON, job, &self.directory, "learn");
        });
        cache
    }
}

/// Runs a file under python and twice under pyaot; the compiled share.
fn check(
    file: &str,
    directory: &Path,
    layer: &Layer,
    known: &BTreeSet<String>,
) -> Result<u64, Failed> {
    fs::create_dir(directory)?;
    let expected = results(file, Job::new(python()), directory, "python")?;
    if expected.is_empty() {
        return Err(format!("python ran no test of {file}").into());
    }
    let mut share = 0;
    for pass in ["learn", "specialised"] {
        let stats = directory.join(format!("{pass}.json"));
        let mut job = Job::new(&pyaot());
        job.env("PYAOT_CACHE_DIR", directory.join("cache"))
            .env("PYAOT_CACHE_LAYERS", layer.cache())
            .env("PYAOT_STATS", &stats);
        let results = results(file, job, directory, pass)?;
        let mut differ = differences(&expected, &results);
        differ.retain(|name, _| !known.contains(name));
        if !differ.is_empty() {
            let log = fs::read_to_string(directory.join(format!("{pass}.log"))).unwrap_or_default();
            // What differs from run to run under python counts for nothing.
            let again = self::results(file, Job::new(python()), directory, "python")?;
            let unsteady = differences(&expected, &again);
            differ.retain(|name, _| !unsteady.contains_key(name));
            if !differ.is_empty() {
                let lines: String = differ.values().map(|line| format!("{line}\n")).collect();
                return Err(format!("{file}, pass {pass}:\n{lines}\n{log}").into());
            }
        }
        let stats = Stats::read(&stats)?;
        share = stats.native().into_iter().collect::<BTreeSet<_>>().len() as u64;
    }
    Ok(share)
}

/// Test name -> what to say of it.
fn differences(
    python: &BTreeMap<String, String>,
    pyaot: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    python
        .keys()
        .chain(pyaot.keys())
        .filter(|name| python.get(*name) != pyaot.get(*name))
        .map(|name| {
            let (python, pyaot) = (python.get(name), pyaot.get(name));
            (
                name.clone(),
                format!("{name}: python {python:?}, pyaot {pyaot:?}"),
            )
        })
        .collect()
}

fn compare(file: &str, share: u64, minimum: Option<u64>) -> Result<(), Failed> {
    match minimum {
        Some(minimum) if share < minimum => {
            Err(format!("{share} functions of {file} compiled, {minimum} before").into())
        }
        Some(_) => Ok(()),
        None => Err(format!(
            "no baseline of {file} for {}: set it to {share} in {BASELINE}",
            python_version()
        )
        .into()),
    }
}

/// Test name -> `passed`, `failed`, `error` or `skipped`.
fn results(
    file: &str,
    mut job: Job,
    directory: &Path,
    pass: &str,
) -> Result<BTreeMap<String, String>, Failed> {
    let xml = directory.join(format!("{pass}.xml"));
    job.timeout(Duration::from_secs(300));
    // A test file is a short program: it gets hot sooner than others.
    job.env("PYAOT_THRESHOLD", "2");
    let mut regrtest = job.clone();
    regrtest
        // Tests of denial of service skip themselves by the clock.
        .args([
            "-m",
            "test",
            "-v",
            "-i",
            "test_denial_of_service*",
            "--junit-xml",
        ])
        .args([&xml])
        .args([file]);
    let outcome = regrtest.run()?;
    log(directory, pass, &outcome)?;
    if let Ok(text) = fs::read_to_string(&xml) {
        return Ok(junit(&text));
    }
    // No regrtest here: plain unittest, whose verbose lines are read.
    job.args(["-m", "unittest", "-v", &format!("test.{file}")]);
    let outcome = job.run()?;
    log(directory, pass, &outcome)?;
    Ok(verbose(&String::from_utf8_lossy(&outcome.stderr)))
}

fn log(directory: &Path, pass: &str, outcome: &Outcome) -> Result<(), Failed> {
    let path: PathBuf = directory.join(format!("{pass}.log"));
    Ok(fs::write(path, outcome.to_string())?)
}

/// Reads what regrtest writes: `<testcase name="..." ...>` with a `<failure>`, `<error>` or `<skipped>` in it, or none.
fn junit(text: &str) -> BTreeMap<String, String> {
    let mut results = BTreeMap::new();
    for case in text.split("<testcase ").skip(1) {
        let Some(name) = case
            .split("name=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        let case = case.split("</testcase>").next().unwrap_or(case);
        let kinds = [
            ("<failure", "failed"),
            ("<error", "error"),
            ("<skipped", "skipped"),
        ];
        let result = kinds
            .iter()
            .find(|(tag, _)| case.contains(tag))
            .map_or("passed", |(_, result)| result);
        // Subtests come under one name: the worst counts, and `passed` is the best.
        let slot = results
            .entry(name.to_owned())
            .or_insert_with(|| result.to_owned());
        if result != "passed" {
            result.clone_into(slot);
        }
    }
    results
}

/// Reads unittest's verbose lines: `name (where) ... ok`, with a line of the docstring between in some.
fn verbose(text: &str) -> BTreeMap<String, String> {
    let mut results = BTreeMap::new();
    let mut name = "";
    for line in text.lines() {
        if let Some((head, _)) = line
            .split_once(" (")
            .filter(|(head, _)| !head.is_empty() && !head.contains(' '))
        {
            name = line.split(" ... ").next().unwrap_or(head);
        }
        let Some((_, result)) = line.split_once(" ... ") else {
            continue;
        };
        let word = result.split_whitespace().next().unwrap_or("unfinished");
        results.insert(name.to_owned(), word.to_owned());
    }
    results
}

/// Writes the minimum anew, the comments at the top kept: a tenth below what was found, because the order of the tests,
/// and with it what gets hot, varies a little from run to run.
fn update(text: &str, mut baseline: Baseline, found: &BTreeMap<String, u64>) {
    for (file, share) in found {
        baseline
            .entry(file.clone())
            .or_default()
            .insert(python_version().to_owned(), share - share / 10);
    }
    let mut out: String = text
        .lines()
        .take_while(|line| line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    for (file, versions) in &baseline {
        out += &format!("\n[{file}]\n");
        for (version, share) in versions {
            out += &format!("\"{version}\" = {share}\n");
        }
    }
    fs::write(BASELINE, out).unwrap_or_else(|error| panic!("{BASELINE}: {error}"));
}
