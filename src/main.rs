//! The launcher: `pyaot script.py` is `python script.py`.
#![forbid(unsafe_code)]

mod cli;
mod codegen;
mod engine;
mod explain;
mod facts;
mod frontend;
mod gain;
mod hir;
mod interp;
mod passes;
mod stats;
mod tier;
mod verify;

fn main() {
    std::process::exit(cli::main())
}
