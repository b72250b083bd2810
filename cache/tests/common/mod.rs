//! What the tests of the store share: a store in a new folder, and this test binary as another process.
#![allow(dead_code, reason = "each test binary uses a part")]

use pyaot_cache::{Key, KeyBuilder, Kind, Options, Store};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const ROLE: &str = "PYAOT_CACHE_TEST_ROLE";
pub const DIR: &str = "PYAOT_CACHE_TEST_DIR";
pub const ARG: &str = "PYAOT_CACHE_TEST_ARG";

pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub fn open(dir: &Path) -> Store {
    Store::open(Options {
        dir: Some(dir.to_owned()),
        ..Options::default()
    })
}

pub fn key(n: u64) -> Key {
    KeyBuilder::new("test").number("n", n).finish()
}

pub fn file(dir: &Path, kind: Kind, key: &Key) -> PathBuf {
    let hex = key.to_hex();
    dir.join("v1")
        .join(&hex[..2])
        .join(format!("{hex}.{}", kind.extension()))
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Tests that cannot be done here say so, instead of passing in silence.
pub fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// This test binary, running only its test `child`, which plays `role` on the store in `dir`.
pub fn process(role: &str, dir: &Path, arg: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test binary"));
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(DIR, dir).env(ARG, arg);
    command
}

/// The same, started by a shell that runs `before` first.
pub fn process_after(before: &str, role: &str, dir: &Path, arg: &str) -> Command {
    let plain = process(role, dir, arg);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{before}\nexec \"$0\" \"$@\""));
    command.arg(plain.get_program()).args(plain.get_args());
    command.env(ROLE, role).env(DIR, dir).env(ARG, arg);
    command
}

/// Runs it to its end; the lines that it printed after `> `. Fails with its output if it failed.
pub fn said(mut command: Command) -> Vec<String> {
    let output = command.output().expect("a child process");
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}\n{out}\n{err}", output.status);
    out.lines()
        .filter_map(|line| Some(line.split_once("> ")?.1.to_owned()))
        .collect()
}

/// In the child: the role and its arguments; none in an ordinary test run.
pub fn role() -> Option<(String, PathBuf, String)> {
    let role = std::env::var(ROLE).ok()?;
    let dir = std::env::var_os(DIR).expect("a directory").into();
    Some((role, dir, std::env::var(ARG).unwrap_or_default()))
}
