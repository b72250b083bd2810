//! The hooks of the embedding: called once each, in order, whichever way a program ends.
//!
//! The test is its own child: with `HOOKS_TEST` in its environment it is a `python` that reports its hooks, so it
//! cannot use the standard test harness.

use std::env;
use std::process::{Command, ExitCode};

use pyaot_runtime::python::{self, Hooks};
use pyo3::prelude::*;

struct Reporting;

impl Hooks for Reporting {
    fn before_init(&self) {
        println!("before_init");
    }

    fn started(&self) {
        println!("started");
        if env::var_os("HOOKS_TEST").is_some_and(|value| value == "panic") {
            panic!("in a hook");
        }
    }

    fn finished(&self) {
        // Python is alive: what the program made can still be called.
        let answer = Python::attach(|py| py.import("__main__")?.call_method0("answer").map(drop));
        println!("finished {}", answer.is_ok());
    }
}

const ANSWER: &str = "import sys, os, atexit, threading
def answer(): print('answer', flush=True)
atexit.register(lambda: print('atexit', flush=True))
print('program', flush=True)
";

fn main() -> ExitCode {
    if env::var_os("HOOKS_TEST").is_some() {
        std::process::exit(python::run(&Reporting));
    }
    let started = "before_init\nstarted\nprogram\n";
    let both = "before_init\nstarted\nprogram\natexit\nanswer\nfinished true\n";
    for (ending, mode, expected, status) in [
        ("", "", both, Some(0)),
        ("sys.exit(3)", "", both, Some(3)),
        ("1 / 0", "", both, Some(1)),
        ("raise KeyboardInterrupt", "", both, None),
        (
            "t = threading.Thread(target=sys.exit); t.start()",
            "",
            both,
            Some(0),
        ),
        ("os._exit(4)", "", started, Some(4)),
        ("atexit._clear()", "", started, Some(0)),
        ("", "panic", both, Some(0)),
        (
            "atexit._run_exitfuncs(); print('on', flush=True)",
            "",
            "before_init\nstarted\nprogram\natexit\nanswer\nfinished true\non\n",
            Some(0),
        ),
        (
            "os.waitpid(pid, 0) if (pid := os.fork()) else os._exit(0)",
            "",
            both,
            Some(0),
        ),
    ] {
        let output = Command::new(env::current_exe().expect("its own path"))
            .args(["-c", &format!("{ANSWER}{ending}")])
            .env("HOOKS_TEST", mode)
            .output()
            .expect("it starts");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stdout, expected, "{ending} {mode}\n{stderr}");
        assert_eq!(output.status.code(), status, "{ending} {mode}\n{stderr}");
    }
    let output = Command::new(env::current_exe().expect("its own path"))
        .args(["-c", "print('program')"])
        .env("HOOKS_TEST", "")
        .env("PYAOT", "0")
        .output()
        .expect("it starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "program\n");
    println!("hooks: ok");
    ExitCode::SUCCESS
}
