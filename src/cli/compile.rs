//! `pyaot compile --profile script.py args...`: the offline step. A training run that leaves the cache complete.

use std::ffi::OsString;

use pyaot_cache::{Options, State, Store};
use pyaot_runtime::python;

use crate::engine::{Compiling, Mode};

const USAGE: &str = "usage: pyaot compile --profile [python's options] script.py [arguments]
Runs the script as python does and leaves native code for all that became hot in the cache.";

/// `arguments`: the process's own, `compile` included.
pub fn main(mut arguments: Vec<OsString>) -> i32 {
    match arguments.get(2).and_then(|a| a.to_str()) {
        Some("--profile") if arguments.len() > 3 => {}
        Some("--help" | "-h") => {
            println!("{USAGE}");
            return 0;
        }
        Some("--profile") => return fail(2, &format!("no script is named\n{USAGE}")),
        _ => return fail(2, &format!("--profile is missing\n{USAGE}")),
    }
    if let Err(off) = python::compiling() {
        return fail(1, &format!("nothing is compiled here: {off}"));
    }
    match Store::open(Options::default()).state() {
        State::Writable => {}
        State::ReadOnly(why) => return fail(1, &format!("nothing can be kept: {why}")),
        State::Disabled(why) => return fail(1, &format!("nothing can be kept: {why}")),
    }
    arguments.drain(1..3);
    Compiling::run(Mode::Profile, arguments)
}

fn fail(status: i32, what: &str) -> i32 {
    eprintln!("pyaot compile: {what}");
    status
}
