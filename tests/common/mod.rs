//! What the tests that start real processes share: the two interpreters, a run with a time limit, the statistics file.
#![allow(dead_code, reason = "each test crate uses its own part")]

pub mod modes;
pub mod script;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, fmt, thread};

use serde_json::Value;

pub const TIMEOUT: Duration = Duration::from_secs(60);

/// The pyaot under test. `PYAOT_TEST_BIN` names another build.
pub fn pyaot() -> PathBuf {
    env::var_os("PYAOT_TEST_BIN")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pyaot")), PathBuf::from)
}

/// The python that pyaot was built against. `PYAOT_TEST_PYTHON` names another one.
pub fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let default = || PathBuf::from(pyaot_runtime::environment::PYTHON);
        env::var_os("PYAOT_TEST_PYTHON").map_or_else(default, PathBuf::from)
    })
}

/// `3.12` or `3.13`: the version of [`python`].
pub fn python_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut job = Job::new(python());
        job.args([
            "-I",
            "-c",
            "import sys; print('%d.%d' % sys.version_info[:2])",
        ]);
        let output = job
            .run()
            .unwrap_or_else(|error| panic!("asking python for its version: {error}"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}

/// One process: its environment is the caller's without any `PYTHON*` and `PYAOT*` variable. pyaot compiles after few
/// calls or iterations, whatever it expects to gain, unless `PYAOT_THRESHOLD` is set otherwise (empty: as for a user).
#[derive(Clone)]
pub struct Job {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(String, OsString)>,
    stdin: Vec<u8>,
    timeout: Duration,
}

/// What a process left behind. Two outcomes are equal if no byte of them differs.
#[derive(Clone, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        writeln!(f, "--- stdout\n{}", String::from_utf8_lossy(&self.stdout))?;
        writeln!(f, "--- stderr\n{}", String::from_utf8_lossy(&self.stderr))
    }
}

impl Job {
    pub fn new(program: &Path) -> Self {
        let env = (program == pyaot()).then(|| ("PYAOT_THRESHOLD".to_owned(), "400".into()));
        Job {
            program: program.to_owned(),
            args: Vec::new(),
            env: env.into_iter().collect(),
            stdin: Vec::new(),
            timeout: TIMEOUT,
        }
    }

    pub fn args<S: Into<OsString>>(&mut self, args: impl IntoIterator<Item = S>) -> &mut Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn env(&mut self, key: &str, value: impl Into<OsString>) -> &mut Self {
        self.env.push((key.to_owned(), value.into()));
        self
    }

    pub fn stdin(&mut self, bytes: &[u8]) -> &mut Self {
        self.stdin = bytes.to_vec();
        self
    }

    pub fn timeout(&mut self, limit: Duration) -> &mut Self {
        self.timeout = limit;
        self
    }

    /// The command line to type to see the same.
    pub fn line(&self) -> String {
        let env = self
            .env
            .iter()
            .map(|(k, v)| format!("{k}={} ", v.to_string_lossy()));
        let args = self
            .args
            .iter()
            .map(|a| format!(" {}", a.to_string_lossy()));
        env.collect::<String>() + &self.program.to_string_lossy() + &args.collect::<String>()
    }

    /// Runs it in the root of the repository.
    pub fn run(&self) -> Result<Outcome, String> {
        let mut command = Command::new(&self.program);
        for (key, _) in env::vars_os() {
            let name = key.to_string_lossy();
            if name.starts_with("PYTHON") || name.starts_with("PYAOT") {
                command.env_remove(&key);
            }
        }
        let mut child = command
            .args(&self.args)
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.program.display()))?;
        if let Some(mut pipe) = child.stdin.take() {
            // A process that ends without reading closes the pipe: no error of ours.
            let _ = pipe.write_all(&self.stdin);
        }
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        let status = loop {
            match child
                .try_wait()
                .map_err(|error| format!("cannot wait: {error}"))?
            {
                Some(status) => break status,
                None if start.elapsed() > self.timeout => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!(
                        "still running after {} s: {}",
                        self.timeout.as_secs(),
                        self.line()
                    ));
                }
                None => thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        let bytes = |reader: thread::JoinHandle<Vec<u8>>| {
            reader.join().map_err(|_| "a reader panicked".to_owned())
        };
        Ok(Outcome {
            stdout: bytes(stdout)?,
            stderr: bytes(stderr)?,
            status,
        })
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The file that pyaot writes at exit where `PYAOT_STATS` says.
#[derive(Clone)]
pub struct Stats(Value);

impl Stats {
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("no statistics at {}: {error}", path.display()))?;
        serde_json::from_str(&text)
            .map(Stats)
            .map_err(|error| format!("statistics that are no JSON: {error}\n{text}"))
    }

    fn names(&self, key: &str) -> Vec<&str> {
        self.0[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Functions whose native code this process had, freshly compiled or linked from the cache.
    pub fn native(&self) -> Vec<&str> {
        let mut names = self.names("compiled");
        names.extend(self.names("linked"));
        names
    }

    /// Functions that the HIR interpreter ran.
    pub fn interpreted(&self) -> Vec<&str> {
        self.names("interpreted")
    }

    /// Operations that may run Python code and that the HIR interpreter ran, by helper.
    pub fn interpreted_runs(&self) -> Vec<&str> {
        let runs = self.0["interpreted_runs"].as_object();
        runs.into_iter()
            .flatten()
            .map(|(name, _)| &**name)
            .collect()
    }

    /// Why `name` is not compiled, if pyaot says so.
    pub fn refusal(&self, name: &str) -> Option<&str> {
        let refused = self.0["refused"].as_array()?;
        refused
            .iter()
            .find(|r| r["name"] == name)
            .and_then(|r| r["reason"].as_str())
    }

    pub fn exits(&self) -> u64 {
        self.0["exits"]["total"].as_u64().unwrap_or(0)
    }

    /// Side exits for this reason.
    pub fn exits_because(&self, reason: &str) -> u64 {
        let sites = self.0["exits"]["by_site"].as_array().into_iter().flatten();
        sites
            .filter(|site| site["reason"] == reason)
            .filter_map(|site| site["count"].as_u64())
            .sum()
    }

    pub fn broken(&self, kind: &str) -> u64 {
        self.0["broken"][kind].as_u64().unwrap_or(0)
    }

    /// Entries that the cache did not give, or did not keep, for this reason.
    pub fn cache(&self, kind: &str, reason: &str) -> u64 {
        self.0["cache"][kind][reason].as_u64().unwrap_or(0)
    }

    /// Statistics that were written to a stream.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(text)
            .map(Stats)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(text)))
    }

    /// A counter that must be there: a misspelt one proves nothing.
    pub fn counter(&self, name: &str) -> Result<u64, String> {
        self.0["counters"][name]
            .as_u64()
            .ok_or_else(|| format!("the statistics have no counter `{name}`"))
    }
}
