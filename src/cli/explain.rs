//! `pyaot explain script.py args...`: was my code compiled, and if not, why?

use std::ffi::OsString;

use pyaot_runtime::python;

use crate::engine::{Compiling, Mode};

const USAGE: &str = "usage: pyaot explain [python's options] script.py [arguments]
Runs the script as python does and then says of each function whether it was compiled, and if not, why.";

/// `arguments`: the process's own, `explain` included.
pub fn main(mut arguments: Vec<OsString>) -> i32 {
    match arguments.get(2).and_then(|a| a.to_str()) {
        None if arguments.len() < 3 => {
            eprintln!("pyaot explain: no script is named\n{USAGE}");
            return 2;
        }
        Some("--help" | "-h") => {
            println!("{USAGE}");
            return 0;
        }
        _ => {}
    }
    if let Err(off) = python::compiling() {
        eprintln!("pyaot explain: nothing is compiled here: {off}");
        return 1;
    }
    arguments.remove(1);
    Compiling::run(Mode::Explain, arguments)
}
