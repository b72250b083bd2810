//! Packages with native code of their own, in a virtual environment that the test makes: each script of
//! `tests/ecosystem` under `python` and under `pyaot`, in the modes of `tests/differential.rs`, with its headers.
//!
//! The environment has what the scripts' `# packages:` name, in wheels from the index that pip is configured for, and the
//! extensions of `tests/ecosystem/extensions`, built there. It is kept and used again while all that is the same.

mod common;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use common::script::{Environment, Suite};
use common::{Job, modes, python};

static SUITE: Suite = Suite {
    folder: "tests/ecosystem",
    modes: &["cold", "claims", "patient", "exits"],
    // Importing alone takes seconds in the stress modes.
    limit: Duration::from_secs(180),
    environment,
};

/// Installing takes a minute; an index that is slow, longer.
const INSTALLING: Duration = Duration::from_secs(900);

fn main() {
    modes::main(&SUITE, |_| Vec::new())
}

fn environment() -> Result<&'static Environment, String> {
    static MADE: OnceLock<Result<Environment, String>> = OnceLock::new();
    MADE.get_or_init(|| {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ecosystem");
        make(&root)?;
        Ok(Environment {
            python: root.join("bin/python"),
            variables: vec![
                ("VIRTUAL_ENV", root.into()),
                // Results and time do not depend on the number of cores.
                ("OPENBLAS_NUM_THREADS", "1".into()),
            ],
        })
    })
    .as_ref()
    .map_err(Clone::clone)
}

/// Makes the environment at `root`, unless it is there, of the same python, packages and extensions.
fn make(root: &Path) -> Result<(), String> {
    let headers = SUITE.headers();
    let packages: BTreeSet<String> = headers.into_iter().flat_map(|(_, h)| h.packages).collect();
    let sources = sources().map_err(|error| format!("the extensions' sources: {error}"))?;
    let of = format!(
        "{} {}\n{packages:?}\n{sources:?}",
        python().display(),
        pyaot_runtime::environment::VERSION
    );
    let stamp = root.join("made-of");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == of) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(root);
    step(python(), ["-m", "venv", "--clear"], [root])
        .map_err(|error| format!("a virtual environment cannot be made: {error}"))?;
    let inside = root.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps"];
    let wheels = pip.into_iter().chain(["--only-binary=:all:"]);
    step(&inside, wheels, packages).map_err(|error| {
        format!("pip cannot install the packages from the index it is configured for: {error}")
    })?;
    let extensions = root.join("extensions");
    let written = fs::create_dir(&extensions).and_then(|()| {
        let mut sources = sources.iter();
        sources.try_for_each(|(name, text)| fs::write(extensions.join(name), text))
    });
    written.map_err(|error| format!("{}: {error}", extensions.display()))?;
    let build = pip
        .into_iter()
        .chain(["--no-index", "--no-build-isolation"]);
    step(&inside, build, [extensions])
        .map_err(|error| format!("the extensions cannot be built: {error}"))?;
    fs::write(&stamp, of).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Name and text of each file of the extensions.
fn sources() -> std::io::Result<BTreeSet<(OsString, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ecosystem/extensions");
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((entry.file_name(), fs::read_to_string(entry.path())?))
    };
    fs::read_dir(folder)?.map(file).collect()
}

fn step<'a, S: Into<OsString>>(
    program: &Path,
    options: impl IntoIterator<Item = &'a str>,
    arguments: impl IntoIterator<Item = S>,
) -> Result<(), String> {
    let mut job = Job::new(program);
    job.args(options).args(arguments).timeout(INSTALLING);
    match job.run() {
        Ok(outcome) if outcome.status.success() => Ok(()),
        Ok(outcome) => Err(format!("{}\n{outcome}", job.line())),
        Err(error) => Err(error),
    }
}
