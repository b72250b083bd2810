//! A script under python and under pyaot: its header, its runs, and what differs. Whatever runs it twice shares the
//! first run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use std::{env, fs};

use libtest_mimic::Failed;
use similar::TextDiff;

use super::{Job, Outcome, Stats, pyaot, python_version};

/// A folder of scripts.
pub struct Suite {
    pub folder: &'static str,
    /// The groups of modes that run unless `PYAOT_TEST_MODES` says otherwise; empty: all.
    pub modes: &'static [&'static str],
    /// How long a run may take.
    pub limit: Duration,
    /// Asked for when a test runs, so that listing needs no python.
    pub environment: fn() -> Result<&'static Environment, String>,
}

/// Where scripts run.
#[derive(Clone)]
pub struct Environment {
    pub python: PathBuf,
    /// Set for python and pyaot alike.
    pub variables: Vec<(&'static str, OsString)>,
}

impl Suite {
    /// The path and the header of each script, by name.
    pub fn headers(&self) -> Vec<(PathBuf, Header)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder);
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("a readable folder").path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "py"));
        paths.sort();
        assert!(!paths.is_empty(), "no scripts in {}", folder.display());
        let header = |path: PathBuf| {
            let source = fs::read_to_string(&path).expect("a readable script");
            let header = Header::parse(&path, &source);
            (path, header)
        };
        paths.into_iter().map(header).collect()
    }
}

#[derive(Default)]
pub struct Header {
    pub compiled: Vec<String>,
    pub exits: u64,
    pub broken: Vec<String>,
    pub recompiles: bool,
    gainless: bool,
    python: Vec<String>,
    pub skip: Vec<String>,
    pub packages: Vec<String>,
    args: Vec<String>,
    stdin: String,
}

impl Header {
    fn parse(path: &Path, source: &str) -> Self {
        let mut header = Header::default();
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for line in source.lines().take(20) {
            let Some((key, value)) = line.strip_prefix("# ").and_then(|l| l.split_once(':')) else {
                continue;
            };
            let value = value.trim();
            match key {
                "compiled" => header.compiled.extend(words(value)),
                "exits" => {
                    let least = value.strip_prefix(">=").and_then(|n| n.trim().parse().ok());
                    header.exits =
                        least.unwrap_or_else(|| panic!("{}: bad `exits: {value}`", path.display()));
                }
                "broken" => header.broken = words(value),
                "warm" if value == "recompiles" => header.recompiles = true,
                "keep" if value == "gainless" => header.gainless = true,
                "python" => header.python = words(value),
                "skip" => header.skip = words(value),
                "packages" => header.packages.extend(words(value)),
                "args" => header.args = words(value),
                "stdin" => header.stdin += &format!("{value}\n"),
                _ => {}
            }
        }
        header
    }

    pub fn claims(&self) -> bool {
        !self.compiled.is_empty() || self.exits > 0 || !self.broken.is_empty()
    }
}

/// One run of pyaot with its statistics.
pub struct Run {
    outcome: Outcome,
    pub stats: PathBuf,
    pub line: String,
}

pub struct Script {
    pub name: String,
    pub header: Header,
    suite: &'static Suite,
    path: String,
    /// Caches and statistics files of this script.
    directory: PathBuf,
    serial: AtomicUsize,
    python: OnceLock<Result<Outcome, String>>,
    cold: OnceLock<Result<Run, String>>,
    second: OnceLock<Result<Run, String>>,
    /// Held by whoever runs a third time over the cache of the first two runs.
    third: Mutex<()>,
}

impl Script {
    pub fn all(suite: &'static Suite, temporary: &Path) -> Vec<Arc<Script>> {
        let script = |(path, header): (PathBuf, Header)| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let directory = temporary.join(&name);
            fs::create_dir(&directory).expect("a directory for the script");
            Arc::new(Script {
                path: format!("{}/{name}.py", suite.folder),
                suite,
                header,
                name,
                directory,
                serial: AtomicUsize::new(0),
                python: OnceLock::new(),
                cold: OnceLock::new(),
                second: OnceLock::new(),
                third: Mutex::new(()),
            })
        };
        suite.headers().into_iter().map(script).collect()
    }

    pub fn applies(&self, group: &str) -> bool {
        let version = python_version();
        let skip = format!("{group}@{version}");
        let wanted = &self.header.python;
        !self.header.skip.contains(&skip)
            && (wanted.is_empty() || wanted.iter().any(|v| v == version))
    }

    fn job(&self, program: &Path, environment: &Environment) -> Job {
        let mut job = Job::new(program);
        job.args([&self.path])
            .args(&self.header.args)
            .stdin(self.header.stdin.as_bytes())
            .timeout(self.suite.limit);
        for (key, value) in &environment.variables {
            job.env(key, value);
        }
        job
    }

    /// What python does. Computed once and shared by the modes.
    fn expected(&self) -> Result<&Outcome, Failed> {
        let outcome = self.python.get_or_init(|| {
            let environment = (self.suite.environment)()?;
            self.job(&environment.python, environment).run()
        });
        outcome
            .as_ref()
            .map_err(|error| format!("python: {error}").into())
    }

    pub fn fresh(&self, what: &str) -> PathBuf {
        self.directory.join(format!(
            "{what}{}",
            self.serial.fetch_add(1, Ordering::Relaxed)
        ))
    }

    pub fn run(&self, cache: &Path, extra: &[(&str, &str)]) -> Result<Run, String> {
        let mut job = self.job(&pyaot(), (self.suite.environment)()?);
        let stats = self.fresh("stats");
        job.env("PYAOT_CACHE_DIR", cache).env("PYAOT_STATS", &stats);
        if self.header.gainless {
            job.env("PYAOT_STRESS", "gainless");
        }
        for (key, value) in extra {
            if self.header.gainless && *key == "PYAOT_STRESS" && !value.is_empty() {
                job.env(key, format!("{value},gainless"));
            } else {
                job.env(key, value);
            }
        }
        Ok(Run {
            outcome: job.run()?,
            stats,
            line: job.line(),
        })
    }

    fn shared_cache(&self) -> PathBuf {
        self.directory.join("cache")
    }

    pub fn cold(&self) -> Result<&Run, Failed> {
        self.cold
            .get_or_init(|| self.run(&self.shared_cache(), &[]))
            .as_ref()
            .map_err(Failed::from)
    }

    pub fn second(&self) -> Result<&Run, Failed> {
        self.cold()?;
        self.second
            .get_or_init(|| self.run(&self.shared_cache(), &[]))
            .as_ref()
            .map_err(Failed::from)
    }

    pub fn third(&self, extra: &[(&str, &str)]) -> Result<Run, Failed> {
        self.second()?;
        let _guard = self
            .third
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        self.run(&self.shared_cache(), extra).map_err(Failed::from)
    }

    pub fn check(&self, run: &Run, what: &str) -> Result<(), Failed> {
        let expected = self.expected()?;
        if run.outcome == *expected {
            // A process that ends by a signal leaves no statistics.
            let panics = Stats::read(&run.stats).and_then(|stats| stats.counter("panics"));
            return match panics {
                Ok(n) if n > 0 => Err(format!("{what}: {n} panics\n  {}", run.line).into()),
                _ => Ok(()),
            };
        }
        let mut report = format!("{what} differs from python\n  {}\n", run.line);
        if run.outcome.status != expected.status {
            report += &format!(
                "status: python {}, pyaot {}\n",
                expected.status, run.outcome.status
            );
        }
        report += &diff("stdout", &expected.stdout, &run.outcome.stdout);
        report += &diff("stderr", &expected.stderr, &run.outcome.stderr);
        Err(report.into())
    }

    /// `n` runs over one fresh cache (unless `extra` names another), each compared.
    pub fn passes(&self, n: usize, extra: &[(&str, &str)]) -> Result<(), Failed> {
        let cache = self.fresh("cache");
        for pass in 1..=n {
            let run = self.run(&cache, extra)?;
            self.check(&run, &format!("pass {pass} with {extra:?}"))?;
        }
        let _ = fs::remove_dir_all(&cache);
        Ok(())
    }
}

/// A unified diff, cut after 120 lines; lines are shown with escapes where bytes are not text.
fn diff(what: &str, expected: &[u8], found: &[u8]) -> String {
    const LINES: usize = 120;
    if expected == found {
        return String::new();
    }
    let (expected, found) = (
        String::from_utf8_lossy(expected),
        String::from_utf8_lossy(found),
    );
    if expected == found {
        return format!("{what}: only bytes that are not UTF-8 differ\n");
    }
    let text = TextDiff::from_lines(&*expected, &*found);
    let (left, right) = (format!("python {what}"), format!("pyaot {what}"));
    let text = text
        .unified_diff()
        .context_radius(3)
        .header(&left, &right)
        .to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let tail = if more > 0 {
        format!("\n... {more} more lines")
    } else {
        String::new()
    };
    lines.join("\n") + &tail + "\n"
}
