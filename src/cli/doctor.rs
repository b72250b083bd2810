//! `pyaot doctor`: which CPython this is, whether functions are compiled and if not why, where the cache is.
//!
//! It reports what a run in the same folder and environment would do, and starts Python only to check its structures.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use pyaot_runtime::python::{self, Environment};

/// Prints the report. The status is 0 when functions are compiled, 1 when not.
pub fn main(_arguments: Vec<OsString>) -> i32 {
    let compiling = python::compiling_here();
    match report(&mut io::stdout().lock(), &compiling) {
        Ok(()) if compiling.is_ok() => 0,
        _ => 1,
    }
}

fn report(out: &mut impl Write, compiling: &Result<(), python::Off>) -> io::Result<()> {
    let environment = Environment::of_this_process();
    writeln!(out, "pyaot            {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        out,
        "built against    CPython {} ({})",
        python::VERSION,
        python::PYTHON
    )?;
    writeln!(
        out,
        "running          CPython {}",
        python::running_version()
    )?;
    writeln!(out, "library          {}", shown(python::library()))?;
    writeln!(out, "sys.executable   {}", shown(environment.pyaot))?;
    writeln!(out, "stands for       {}", environment.python.display())?;
    if let Some(root) = environment.virtual_environment {
        writeln!(out, "environment      {}", root.display())?;
    }
    if let Some(root) = environment.passed_over {
        writeln!(
            out,
            "environment      none: {} is not one of CPython {}",
            root.display(),
            python::VERSION
        )?;
    }
    match compiling {
        Ok(()) => writeln!(out, "compiling        on")?,
        Err(reason) => writeln!(out, "compiling        off: {reason}")?,
    }
    writeln!(out, "cache            {}", shown(cache_directory()))
}

fn shown(path: Option<PathBuf>) -> String {
    path.map_or_else(|| "unknown".to_owned(), |path| path.display().to_string())
}

/// `PYAOT_CACHE_DIR`, else `pyaot` in the user's cache directory (XDG Base Directory Specification).
fn cache_directory() -> Option<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    set("PYAOT_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").map(|base| base.join("pyaot")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/pyaot")))
}
