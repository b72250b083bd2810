//! The launcher: `pyaot script.py` is `python script.py`.
#![forbid(unsafe_code)]

fn main() {}
