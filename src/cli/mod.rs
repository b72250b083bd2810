//! The command line: one of pyaot's own commands, or else Python's, taken as it is.

mod doctor;

use std::env;
use std::fs;

use pyaot_runtime::python;

use crate::engine::Compiling;

/// Runs the process and returns its exit status.
pub fn main() -> i32 {
    match own_command() {
        Some(command) => command(),
        None => python::run(&Compiling),
    }
}

/// The command that the first argument names. A file or folder of that name in the current folder goes first: `pyaot
/// doctor` runs it, as `python doctor` does. `pyaot ./doctor` is a file in any case.
fn own_command() -> Option<fn() -> i32> {
    let name = env::args_os().nth(1)?;
    let command = match name.to_str()? {
        "doctor" => doctor::main,
        _ => return None,
    };
    fs::symlink_metadata(&name).is_err().then_some(command)
}
