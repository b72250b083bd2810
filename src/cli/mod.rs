//! The command line: one of pyaot's own commands, or else Python's, taken as it is.

mod compile;
mod doctor;
mod explain;

use std::env;
use std::ffi::OsString;
use std::fs;

use crate::engine::{Compiling, Mode};

/// Runs the process and returns its exit status.
pub fn main() -> i32 {
    let arguments: Vec<OsString> = env::args_os().collect();
    match own_command(&arguments) {
        Some(command) => command(arguments),
        None => Compiling::run(Mode::Run, arguments),
    }
}

/// The command that the first argument names. A file or folder of that name in the current folder goes first: `pyaot
/// doctor` runs it, as `python doctor` does. `pyaot ./doctor` is a file in any case.
fn own_command(arguments: &[OsString]) -> Option<fn(Vec<OsString>) -> i32> {
    let name = arguments.get(1)?;
    let command = match name.to_str()? {
        "compile" => compile::main,
        "doctor" => doctor::main,
        "explain" => explain::main,
        _ => return None,
    };
    fs::symlink_metadata(name).is_err().then_some(command)
}
