//! Each script of `tests/semantics` under `python` and under `pyaot`, in every mode: stdout, stderr and exit status must
//! be equal to the byte. `MATRIX.md` there says what meets what.
//!
//! A script's header says what must have happened, so that a test cannot pass because nothing was compiled:
//!
//! | line | meaning |
//! |---|---|
//! | `# compiled: f C.m <module>` | these qualnames had native code in the cold run or in the second one |
//! | `# exits: >= 1` | so many side exits in the two runs |
//! | `# broken: global` | an assumption of this kind broke (`a\|b`: of one of these kinds) |
//! | `# warm: recompiles` | a rerun may compile again (code without a home on disk) |
//! | `# keep: gainless` | units that gain nothing are kept in every mode but `patient`: the estimate is not what is tested |
//! | `# python: 3.13` | only for these versions |
//! | `# skip: gc frames@3.12` | not in these modes, on any version or one (where the mode itself changes what python would show) |
//! | `# packages: a==1 b==2` | what must be installed (repeatable; for `tests/ecosystem`) |
//! | `# args: a b`, `# stdin: line` | arguments; one line of input (repeatable) |
//!
//! Each script x mode is one test: `cargo test --test differential -- cold::int_pow`.
//! `PYAOT_TEST_MODES=cold,warm` limits the modes.

mod common;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use common::script::{Environment, Suite};
use common::{TIMEOUT, modes, python};
use libtest_mimic::{Failed, Trial};

static SUITE: Suite = Suite {
    folder: "tests/semantics",
    modes: &[],
    limit: TIMEOUT,
    environment,
};

fn main() {
    modes::main(&SUITE, |names| {
        vec![Trial::test("matrix", move || matrix(&names))]
    })
}

fn environment() -> Result<&'static Environment, String> {
    static PLAIN: OnceLock<Environment> = OnceLock::new();
    Ok(PLAIN.get_or_init(|| Environment {
        python: python().to_owned(),
        variables: Vec::new(),
    }))
}

/// `MATRIX.md` names every script, and no other.
fn matrix(names: &[String]) -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(SUITE.folder)
        .join("MATRIX.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let cells = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .flat_map(|line| line.split('|').skip(2));
    let mut found: Vec<&str> = cells
        .flat_map(|cell| cell.split([',', ' ']))
        .filter(|word| !word.is_empty())
        .collect();
    found.sort_unstable();
    found.dedup();
    let absent: Vec<&String> = names
        .iter()
        .filter(|name| found.binary_search(&name.as_str()).is_err())
        .collect();
    let unknown: Vec<&&str> = found
        .iter()
        .filter(|word| !names.iter().any(|name| name == **word))
        .collect();
    if absent.is_empty() && unknown.is_empty() {
        return Ok(());
    }
    Err(format!("not in the matrix: {absent:?}; in the matrix, but no script: {unknown:?}").into())
}
