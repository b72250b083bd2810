//! The launcher: `pyaot script.py` is `python script.py`.
#![forbid(unsafe_code)]

mod cli;

fn main() {
    std::process::exit(cli::main())
}
