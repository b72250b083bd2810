//! Which directory a store uses, and whether what lies there may be run.
//!
//! An image is code: whoever can write to the directory runs code as the user. So the directory must be owned by the user
//! and writable by nobody else, and [`Store::get`](crate::Store::get) asks the same of each file it opens, on the open
//! file itself. The second test is what holds against a directory that is exchanged later, for example through a
//! parent that others may write to; the first gives a reason that a user can act on.
//!
//! A layer is read, never written. It may belong to root as well: a cache that was installed with the code.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What a store can do, decided when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Reads and writes.
    Writable,
    /// Reads; puts fail with this reason.
    ReadOnly(WhyReadOnly),
    /// Its own directory is not touched; layers still serve.
    Disabled(WhyDisabled),
}

/// Why a store's own directory is only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyReadOnly {
    /// It lies on a read-only file system.
    #[error("its directory is on a read-only file system")]
    Filesystem,
    /// The owner has no write permission, by its mode. Root keeps to that too.
    #[error("its directory is not writable by its owner")]
    Mode,
    /// The system says that it cannot be written to.
    #[error("writing to its directory is not permitted: {0}")]
    Denied(io::ErrorKind),
}

/// Why a directory is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyDisabled {
    /// None was named and the user has no home.
    #[error("there is no home directory and PYAOT_CACHE_DIR is not set")]
    NoHome,
    /// It is missing and could not be made.
    #[error("its directory cannot be made: {0}")]
    CannotMake(io::ErrorKind),
    /// It cannot be looked at; for a layer also: it is missing.
    #[error("its directory cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// Something else has that name.
    #[error("its directory is not a directory")]
    NotADirectory,
    /// It belongs to somebody else.
    #[error("its directory belongs to user {uid}")]
    ForeignOwner {
        /// Whose it is.
        uid: u32,
    },
    /// Others may write to it.
    #[error("its directory is writable by others (mode {mode:o})")]
    WritableByOthers {
        /// Its permission bits.
        mode: u32,
    },
    /// Root with somebody's home (`sudo` that keeps HOME): a directory made there would lock that user out.
    #[error("it would be made by root in the home of user {uid}")]
    ForeignHome {
        /// Whose home it is.
        uid: u32,
    },
}

/// The user this process acts for.
pub(crate) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether a file or directory can only have been written by `user` (or by root, in a layer).
pub(crate) fn trusted(meta: &Metadata, user: u32, layer: bool) -> Result<(), WhyDisabled> {
    let uid = meta.uid();
    if uid != user && !(layer && uid == 0) {
        return Err(WhyDisabled::ForeignOwner { uid });
    }
    match meta.mode() & 0o7777 {
        mode if mode & 0o022 != 0 => Err(WhyDisabled::WritableByOthers { mode }),
        _ => Ok(()),
    }
}

/// The store's own directory: `chosen`, else `PYAOT_CACHE_DIR`, else `pyaot` in the user's cache directory.
/// Absolute, since scripts change their working directory.
pub(crate) fn own(chosen: Option<PathBuf>, user: u32) -> (Option<PathBuf>, State) {
    let named = chosen.or_else(|| {
        std::env::var_os("PYAOT_CACHE_DIR")
            .filter(|dir| !dir.is_empty())
            .map(PathBuf::from)
    });
    let (dir, by_default) = match named {
        Some(dir) => (dir, false),
        None => match directories::BaseDirs::new() {
            Some(base) => (base.cache_dir().join("pyaot"), true),
            None => return (None, State::Disabled(WhyDisabled::NoHome)),
        },
    };
    let state = match std::path::absolute(&dir) {
        Ok(dir) => {
            let state = prepare(&dir, user, by_default);
            return (Some(dir), state);
        }
        Err(error) => State::Disabled(WhyDisabled::Unreadable(error.kind())),
    };
    (Some(dir), state)
}

fn prepare(dir: &Path, user: u32, by_default: bool) -> State {
    match check_or_make(dir, user, by_default) {
        Err(why) => State::Disabled(why),
        Ok(meta) => match writable(dir, &meta) {
            Err(why) => State::ReadOnly(why),
            Ok(()) => State::Writable,
        },
    }
}

fn check_or_make(dir: &Path, user: u32, by_default: bool) -> Result<Metadata, WhyDisabled> {
    match check(dir, user, false) {
        Err(WhyDisabled::Unreadable(io::ErrorKind::NotFound)) => {
            if by_default && user == 0 {
                at_home(dir)?;
            }
            make_dirs(dir).map_err(|error| WhyDisabled::CannotMake(error.kind()))?;
            // Looked at again: somebody else may have been first.
            check(dir, user, false)
        }
        checked => checked,
    }
}

/// Whether `dir` is a directory that may be read from. Follows symbolic links: what counts is where they lead.
pub(crate) fn check(dir: &Path, user: u32, layer: bool) -> Result<Metadata, WhyDisabled> {
    let meta = fs::metadata(dir).map_err(|error| match error.kind() {
        io::ErrorKind::NotADirectory => WhyDisabled::NotADirectory,
        kind => WhyDisabled::Unreadable(kind),
    })?;
    if !meta.is_dir() {
        return Err(WhyDisabled::NotADirectory);
    }
    trusted(&meta, user, layer)?;
    Ok(meta)
}

fn at_home(dir: &Path) -> Result<(), WhyDisabled> {
    let existing = dir
        .ancestors()
        .skip(1)
        .find_map(|parent| fs::metadata(parent).ok());
    match existing.map(|meta| meta.uid()) {
        Some(uid) if uid != 0 => Err(WhyDisabled::ForeignHome { uid }),
        _ => Ok(()),
    }
}

fn writable(dir: &Path, meta: &Metadata) -> Result<(), WhyReadOnly> {
    if meta.mode() & 0o200 == 0 {
        return Err(WhyReadOnly::Mode);
    }
    rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).map_err(|errno| match errno {
        rustix::io::Errno::ROFS => WhyReadOnly::Filesystem,
        errno => WhyReadOnly::Denied(io::Error::from(errno).kind()),
    })
}

/// Makes a directory and its parents, for the user alone.
pub(crate) fn make_dirs(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
