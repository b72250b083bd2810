//! HIR of small Python functions, pass by pass: what the front end makes of the bytecode, and what inference makes of
//! that. The first line of each script of `tests/hir` names the functions; their code, inline caches and arguments are
//! those of a real run. Snapshots are kept for each minor version of CPython, whose bytecode differs.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test hir`, and read the diff.

mod common;

use common::{Job, pyaot, python_version};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// All dumps of a script's run, in order, by function.
fn dumps(script: &Path) -> BTreeMap<String, Vec<String>> {
    let cache = tempfile::tempdir().expect("a temporary directory");
    let mut job = Job::new(&pyaot());
    job.args([script])
        .env("PYAOT_CACHE_DIR", cache.path())
        .env("PYAOT_THRESHOLD", "20")
        .env("PYAOT_DUMP_HIR", "*");
    let outcome = job.run().expect("pyaot runs");
    assert!(outcome.status.success(), "{outcome}");
    let text = String::from_utf8(outcome.stderr).expect("text");
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for part in text.split("\n\n").filter(|part| !part.trim().is_empty()) {
        let heading = part.trim_start().strip_prefix("; ");
        let name = heading
            .and_then(|h| h.split_once(','))
            .map(|(name, _)| name);
        let name = name.unwrap_or_else(|| panic!("no heading: {part}"));
        all.entry(name.to_owned())
            .or_default()
            .push(part.trim().to_owned());
    }
    all
}

/// The first units of each function: one for each entry and pass, not those that a later recompilation makes.
fn snapshot(script: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hir");
    let path: PathBuf = folder.join(script).with_extension("py");
    let source = fs::read_to_string(&path).expect("a readable script");
    let wanted = source
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# "));
    let dumps = dumps(&path);
    let mut text = String::new();
    for name in wanted.expect("names in the first line").split(' ') {
        let mut seen = Vec::new();
        let units = dumps
            .get(name)
            .unwrap_or_else(|| panic!("{name} was not lowered"));
        for unit in units {
            let heading = unit.lines().next();
            if !seen.contains(&heading) {
                seen.push(heading);
                text += unit;
                text += "\n\n";
            }
        }
        assert!(seen.len() >= 2, "{name} did not pass inference");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.join(python_version()));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(script, text));
}

macro_rules! scripts {
    ($($name:ident)*) => {
        /// Scripts by name: none is left out.
        const SCRIPTS: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { snapshot(stringify!($name).trim_start_matches("r#")) })*
    };
}

scripts! { ints floats loops lists calls r#try unpacking closures attributes methods operators strings iteration names }

#[test]
fn every_script_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hir");
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "py") {
            let name = path.file_stem().expect("a name").to_string_lossy();
            let known = SCRIPTS.iter().any(|s| s.trim_start_matches("r#") == name);
            assert!(known, "{name}.py has no test");
        }
    }
}
