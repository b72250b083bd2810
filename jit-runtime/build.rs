//! Takes the struct layouts and the instruction set from the CPython found at build time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Prints, one a line: the executable outside of any virtual environment, the version, the folder of the headers, and
/// what is wrong with this Python, if anything.
const FACTS: &str = "
import sys, sysconfig
var = sysconfig.get_config_var
print(sys._base_executable)
print('%d.%d.%d' % sys.version_info[:3])
print(sysconfig.get_path('include'))
unfit = ''
if sys.implementation.name != 'cpython' or sys.version_info[:2] not in ((3, 12), (3, 13)):
    unfit = '%s %d.%d' % (sys.implementation.name, *sys.version_info[:2])
elif var('Py_GIL_DISABLED'):
    unfit = 'a free-threaded build'
elif not var('Py_ENABLE_SHARED'):
    unfit = 'built without --enable-shared'
print(unfit, end='')
";

fn run(command: &mut Command, what: &str) -> String {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => fail(&format!("cannot run {command:?} ({what}): {error}")),
    };
    if !output.status.success() {
        fail(&format!(
            "{what} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn fail(message: &str) -> ! {
    // Cargo shows these lines as errors of their own.
    for line in message.lines() {
        println!("cargo::error={line}");
    }
    std::process::exit(1)
}

fn main() {
    println!("cargo:rerun-if-changed=src/layout/offsets.c");
    println!("cargo:rerun-if-changed=src/layout/opcodes.py");
    println!("cargo:rerun-if-env-changed=PYO3_PYTHON");
    println!("cargo:rerun-if-env-changed=CC");
    pyo3_build_config::use_pyo3_cfgs();
    let config = pyo3_build_config::get();
    if let Some(dir) = config.lib_dir() {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{dir}");
        // For the build script of the launcher.
        println!("cargo:lib_dir={dir}");
    }
    let Some(python) = config.executable() else {
        fail("the build configuration names no Python executable; export PYO3_PYTHON")
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let facts = run(
        Command::new(python).args(["-I", "-c", FACTS]),
        "asking Python what it is",
    );
    let &[base, version, include, unfit] = facts.split('\n').collect::<Vec<_>>().as_slice() else {
        fail(&format!("{python} gave no sensible answer: {facts:?}"))
    };
    if !unfit.is_empty() {
        fail(&format!(
            "{python} is {unfit}; pyaot needs a CPython 3.13 or 3.12 built with --enable-shared; \
             choose one with PYO3_PYTHON=/path/to/python"
        ));
    }
    println!("cargo:rustc-env=PYAOT_PYTHON={base}");
    println!("cargo:rustc-env=PYAOT_PYTHON_VERSION={version}");
    if !Path::new(include).join("internal/pycore_frame.h").exists() {
        fail(&format!(
            "{include} lacks CPython's internal headers; install its development files"
        ));
    }
    let program = out.join("offsets");
    run(
        Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
            .arg(format!("-I{include}"))
            .arg("-o")
            .arg(&program)
            .arg("src/layout/offsets.c"),
        "compiling src/layout/offsets.c",
    );
    let offsets = run(&mut Command::new(&program), "running offsets");
    let names: Vec<&str> = offsets
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .collect();
    let all = format!("/// The names of all of them.\npub const ALL: &[&str] = &{names:?};\n");
    fs::write(out.join("offsets.rs"), offsets + &all).expect("OUT_DIR is writable");
    let opcodes = run(
        Command::new(python).args(["-I", "src/layout/opcodes.py"]),
        "running src/layout/opcodes.py",
    );
    fs::write(out.join("opcodes.rs"), opcodes).expect("OUT_DIR is writable");
}
