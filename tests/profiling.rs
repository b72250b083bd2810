//! gdb and `perf` see native functions and name them. Tests that need a program which is not installed say so and pass.
#![forbid(unsafe_code)]

mod common;

use common::pyaot;
use std::fs;
use std::process::Command;

/// `leaf` stands in C with `number` as a signal; 0 is none. It is called by native code all the way.
const PROGRAM: &str = "
import os, signal, sys
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
tell = signal.raise_signal

def leaf(x, number):
    y = x * 3 + 1
    tell(number)
    return y

def middle(x, number):
    return leaf(x, number) + leaf(x + 1, 0)

def loop(n, last, number):
    t = 0
    for i in range(n):
        t += middle(i, i // last * number)
    return t

for i in range(5):
    loop(1000, 2999, 12)
print(loop(3000, 2999, 12), os.getpid(), flush=True)
if len(sys.argv) > 1 and os.fork() == 0:
    print(os.getpid(), flush=True)
";

struct Trial {
    folder: tempfile::TempDir,
}

impl Trial {
    fn new() -> Trial {
        let folder = tempfile::tempdir().expect("a temporary directory");
        fs::write(folder.path().join("script.py"), PROGRAM).expect("a script");
        Trial { folder }
    }

    /// Output of `program` with pyaot's environment; none if it cannot be started.
    fn run(&self, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Option<String> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PYAOT_CACHE_DIR", self.folder.path().join("cache"))
            .env("PYAOT_THRESHOLD", "100")
            .env("PYAOT_STRESS", "gainless")
            .envs(variables.iter().copied());
        let output = command.output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

#[test]
fn gdb_sees_through_native_frames() {
    let (trial, pyaot) = (Trial::new(), pyaot());
    let pyaot = pyaot.to_string_lossy();
    let arguments = [
        "-q",
        "-nx",
        "-batch",
        "-iex",
        "set auto-load no",
        "-ex",
        "run",
        "-ex",
        "bt",
        "--args",
        &pyaot,
        "script.py",
    ];
    // Compiled in the first run, loaded in the second.
    for pass in 1..=2 {
        let Some(text) = trial.run("gdb", &arguments, &[]) else {
            eprintln!("gdb is not installed");
            return;
        };
        if !text.contains("SIGUSR2") {
            eprintln!("gdb cannot run programs here:\n{text}");
            return;
        }
        let mut from = 0;
        for name in [
            " raise_signal|signal_raise_signal",
            " py::leaf:",
            " py::middle:",
            " py::loop:",
            " main|pyaot::main",
        ] {
            let found = name
                .split('|')
                .filter_map(|name| text[from..].find(name.trim()))
                .min();
            let Some(found) = found else {
                panic!("pass {pass}: no {name} after byte {from} of\n{text}");
            };
            from += found;
        }
    }
}

#[test]
fn perf_finds_names_in_the_map() {
    let (trial, pyaot) = (Trial::new(), pyaot());
    let pyaot = pyaot.to_string_lossy();
    let text = trial
        .run(&pyaot, &["script.py", "fork"], &[("PYAOT_PERF", "map")])
        .expect("pyaot");
    let pids: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next_back())
        .collect();
    assert_eq!(pids.len(), 2, "{text}");
    for pid in pids {
        let path = format!("/tmp/perf-{pid}.map");
        let map = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let _ = fs::remove_file(&path);
        for name in ["leaf", "middle", "loop"] {
            let entry = map
                .lines()
                .find(|line| line.contains(&format!(" py::{name}:")));
            let entry = entry.unwrap_or_else(|| panic!("{path} has no {name}:\n{map}"));
            let numbers: Vec<_> = entry
                .split(' ')
                .take(2)
                .map(|n| u64::from_str_radix(n, 16))
                .collect();
            assert!(matches!(numbers[..], [Ok(1..), Ok(1..)]), "{entry}");
        }
    }
    let text = trial.run(&pyaot, &["script.py"], &[]).expect("pyaot");
    let pid = text.trim().split(' ').next_back().expect("a number");
    assert!(!fs::exists(format!("/tmp/perf-{pid}.map")).expect("a look"));
}
