//! Which `python` this process stands for: the executable that CPython is told it is, and pyaot's own path.
//!
//! CPython derives its prefix, and with it everything it imports, from its executable. That is the `python` of a
//! virtual environment, if one is meant and fits, else the one pyaot was built against. Nothing here starts Python or
//! changes the process.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{env, path};

/// The executable of the CPython that pyaot was built against. It is in no virtual environment.
pub const PYTHON: &str = env!("PYAOT_PYTHON");

/// The version of [`PYTHON`], such as `3.13.0`.
pub const VERSION: &str = env!("PYAOT_PYTHON_VERSION");

/// Where this process stands, found from its arguments, environment variables and the file system.
#[derive(Debug)]
pub struct Environment {
    /// What becomes `sys.executable`: the path by which pyaot was called, absolute, symbolic links kept.
    pub pyaot: Option<PathBuf>,
    /// What CPython takes for its executable when it computes `sys.prefix` and the rest.
    pub python: PathBuf,
    /// The virtual environment of `python`.
    pub virtual_environment: Option<PathBuf>,
    /// A virtual environment that was meant and is not used, because it belongs to another version of Python.
    pub passed_over: Option<PathBuf>,
}

impl Environment {
    /// A file of the executable's name with `._pth` after it says all of `sys.path` (Modules/getpath.py). Else looks for
    /// a virtual environment first around pyaot's own path (`pyvenv.cfg` beside it or one folder above it,
    /// as `python` does, PEP 405), then in `VIRTUAL_ENV`. The first one named decides; if it does not fit, the base
    /// Python is used.
    pub fn of_this_process() -> Environment {
        let pyaot = own_path();
        if let Some(python) = pyaot.clone().filter(|path| is_isolated(path)) {
            return Environment {
                pyaot,
                python,
                virtual_environment: None,
                passed_over: None,
            };
        }
        let around = pyaot.as_deref().and_then(environment_around);
        let activated = || env::var_os("VIRTUAL_ENV").map(PathBuf::from);
        let named = around.or_else(activated).filter(|root| root.is_absolute());
        match named {
            Some(root) => match python_of(&root) {
                Some(python) => Environment {
                    pyaot,
                    python,
                    virtual_environment: Some(root),
                    passed_over: None,
                },
                None => Environment {
                    pyaot,
                    python: PYTHON.into(),
                    virtual_environment: None,
                    passed_over: Some(root),
                },
            },
            None => Environment {
                pyaot,
                python: PYTHON.into(),
                virtual_environment: None,
                passed_over: None,
            },
        }
    }
}

/// `argv[0]`, searched on `PATH` if it is a bare name, as the shell found it. A caller is free to pass anything there,
/// so it counts only if it leads to the running file.
fn own_path() -> Option<PathBuf> {
    let running = fs::metadata("/proc/self/exe").ok();
    let is_running = |candidate: &PathBuf| match (fs::metadata(candidate), &running) {
        (Ok(found), Some(running)) => {
            (found.dev(), found.ino()) == (running.dev(), running.ino())
                && found.permissions().mode() & 0o111 != 0
        }
        _ => false,
    };
    let name = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let called = if name.components().count() > 1 || name.is_absolute() {
        path::absolute(&name).ok().filter(is_running)
    } else {
        env::var_os("PATH").and_then(|path| {
            env::split_paths(&path)
                .filter_map(|folder| path::absolute(folder.join(&name)).ok())
                .find(is_running)
        })
    };
    called.or_else(|| env::current_exe().ok())
}

fn is_isolated(executable: &Path) -> bool {
    let mut file = executable.as_os_str().to_owned();
    file.push("._pth");
    Path::new(&file).is_file()
}

fn environment_around(executable: &Path) -> Option<PathBuf> {
    let folder = executable.parent()?;
    [folder, folder.parent()?]
        .into_iter()
        .find(|root| root.join("pyvenv.cfg").is_file())
        .map(Path::to_path_buf)
}

/// The `python` of the virtual environment at `root`, if it belongs to the minor version built against.
///
/// Free-threaded builds have a library folder of their own (`python3.13t`), so theirs do not fit either.
fn python_of(root: &Path) -> Option<PathBuf> {
    let minor = VERSION.rsplit_once('.').map_or(VERSION, |(minor, _)| minor);
    let settings = fs::read_to_string(root.join("pyvenv.cfg")).ok()?;
    // `venv` writes `version`, virtualenv and uv write `version_info`.
    let other_version = settings.lines().any(|line| match line.split_once('=') {
        Some((key, version)) if matches!(key.trim(), "version" | "version_info") => {
            let version = version.trim();
            version != minor && !version.starts_with(&format!("{minor}."))
        }
        _ => false,
    });
    if other_version || !root.join("lib").join(format!("python{minor}")).is_dir() {
        return None;
    }
    ["python", "python3", &format!("python{minor}")]
        .into_iter()
        .map(|name| root.join("bin").join(name))
        .find(|python| python.exists())
}
