//! [`Store`]: get, put and update of entries in one directory, with read-only layers below it.
//!
//! ```text
//! v1/ab/abcd...ef.o         an image whose key begins with the byte ab
//! v1/ab/abcd...ef.profile   a profile
//! v1/ab/lock                held while a profile of this folder is merged; empty, never removed
//! v1/ab/.tmp-...            being written, or left by a process that was killed: swept after an hour
//! v1/lock                   held by the one process that evicts
//! ```
//!
//! A lock file is one per folder and never removed: with one per entry, a process could lock a file that another has
//! just unlinked, and both would think that they are alone.

use crate::entry::{self, MAX_FILE, TRAILER};
use crate::place::{self, State};
use crate::stats::Counters;
use crate::{Key, Kind, Miss, PutError, Stats, WhyDisabled};
use std::fs::{File, FileTimes, Metadata, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

/// What a store may hold if nothing else is said: 512 MiB.
pub const DEFAULT_MAX_BYTES: u64 = 512 << 20;
/// The folder of this format version.
pub(crate) const VERSION_DIR: &str = "v1";
/// Begins the name of a file that is being written.
pub(crate) const TEMPORARY: &str = ".tmp-";
/// How long [`Store::update`] tries to get the lock; a merge takes far less than a millisecond.
const LOCK_WAIT: Duration = Duration::from_millis(20);
/// A hit makes its file new for eviction, at most this often, so that reading seldom writes.
const TOUCH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// How to open a [`Store`].
#[derive(Clone, Debug)]
pub struct Options {
    /// The store's own directory. None: `PYAOT_CACHE_DIR`, else `pyaot` in the user's cache directory.
    pub dir: Option<PathBuf>,
    /// Directories asked after the own one, in order, and never written to.
    pub read_only_layers: Vec<PathBuf>,
    /// What the files of the own directory may take in bytes. It can be exceeded by a few 32nds between two evictions.
    pub max_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: None,
            read_only_layers: Vec::new(),
            max_bytes: DEFAULT_MAX_BYTES,
        }
    }
}

/// Entries on disk, by kind and key. Shared by reference between threads, and by its directory between processes.
#[derive(Debug)]
pub struct Store {
    dir: Option<PathBuf>,
    state: State,
    layers: Vec<(PathBuf, Result<(), WhyDisabled>)>,
    user: u32,
    pub(crate) max_bytes: u64,
    /// Bytes put since the last eviction, plus a random start (see [`Store::wrote`]).
    written: AtomicU64,
    pub(crate) counters: Counters,
}

impl Store {
    /// Never fails: a directory that cannot be used gives a store whose [`Store::state`] says why.
    pub fn open(options: Options) -> Self {
        let user = place::user();
        let (dir, state) = place::own(options.dir, user);
        let layers = options
            .read_only_layers
            .into_iter()
            .map(|layer| {
                let checked = place::check(&layer, user, true).map(drop);
                (std::path::absolute(&layer).unwrap_or(layer), checked)
            })
            .collect();
        let start = RandomState::new().hash_one(std::process::id()) % step(options.max_bytes);
        Self {
            dir,
            state,
            layers,
            user,
            max_bytes: options.max_bytes,
            written: AtomicU64::new(start),
            counters: Counters::default(),
        }
    }

    /// Whether it reads and writes, and if not, why.
    pub fn state(&self) -> State {
        self.state
    }

    /// Its own directory, used or not; none if no home was found.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// The layers below it, each used, or not used for a reason.
    pub fn layers(&self) -> impl Iterator<Item = (&Path, Result<(), WhyDisabled>)> {
        self.layers
            .iter()
            .map(|(dir, checked)| (dir.as_path(), *checked))
    }

    /// What it did in this process.
    pub fn stats(&self) -> Stats {
        self.counters.snapshot()
    }

    /// The payload of an entry: from the own directory, else from the first layer that has it whole.
    pub fn get(&self, kind: Kind, key: &Key) -> Result<Vec<u8>, Miss> {
        let result = self
            .own(kind, key)
            .or_else(|miss| self.below(kind, key, miss));
        self.counters.got(&result);
        result
    }

    /// Keeps `bytes` under `key`. An entry that was there is replaced at once and as a whole; a reader that has it open
    /// keeps what it had. Of two writers the later one stays: use [`Store::update`] for what several processes add to.
    pub fn put(&self, kind: Kind, key: &Key, bytes: &[u8]) -> Result<(), PutError> {
        let result = self
            .root()
            .and_then(|root| self.write(root, kind, key, bytes));
        self.counters.put(&result);
        result
    }

    /// Replaces the profile of `key` by what `merge` makes of the old one, alone among all processes. `merge` is given
    /// nothing if there is no sound old profile, and is not called at all if the lock is not had within 20 ms.
    pub fn update(
        &self,
        key: &Key,
        merge: impl FnOnce(Option<Vec<u8>>) -> Vec<u8>,
    ) -> Result<(), PutError> {
        let result = self.root().and_then(|root| self.merge(root, key, merge));
        self.counters.put(&result);
        result
    }

    fn merge(
        &self,
        root: &Path,
        key: &Key,
        merge: impl FnOnce(Option<Vec<u8>>) -> Vec<u8>,
    ) -> Result<(), PutError> {
        let folder = folder(root, key);
        let lock = lock_within(&folder.join("lock"), LOCK_WAIT)?;
        let own = self.own(Kind::Profile, key);
        if let Err(Miss::Unreadable(kind)) = own {
            return Err(PutError::OldUnreadable(kind));
        }
        let before = own.as_deref().map(blake3::hash).ok();
        // What was shipped in a layer is the start of the user's own profile, which hides it from now on.
        let old = own
            .or_else(|miss| self.below(Kind::Profile, key, miss))
            .ok();
        let new = merge(old);
        let result = match before {
            Some(before) if before == blake3::hash(&new) => Ok(()),
            _ => self.write(root, Kind::Profile, key, &new),
        };
        drop(lock);
        result
    }

    /// The directory to write to.
    pub(crate) fn root(&self) -> Result<&Path, PutError> {
        match (self.state, &self.dir) {
            (State::Writable, Some(dir)) => Ok(dir),
            (State::ReadOnly(why), _) => Err(PutError::ReadOnly(why)),
            (State::Disabled(why), _) => Err(PutError::Disabled(why)),
            (State::Writable, None) => Err(PutError::Disabled(WhyDisabled::NoHome)),
        }
    }

    /// The directory to read from.
    pub(crate) fn readable(&self) -> Result<&Path, WhyDisabled> {
        match (self.state, &self.dir) {
            (State::Disabled(why), _) => Err(why),
            (_, None) => Err(WhyDisabled::NoHome),
            (_, Some(dir)) => Ok(dir),
        }
    }

    fn own(&self, kind: Kind, key: &Key) -> Result<Vec<u8>, Miss> {
        let root = self.readable().map_err(Miss::Disabled)?;
        let (file, meta, payload) = self.read(root, kind, key, false)?;
        if self.state == State::Writable {
            touch(&file, &meta);
        }
        Ok(payload)
    }

    fn below(&self, kind: Kind, key: &Key, mut miss: Miss) -> Result<Vec<u8>, Miss> {
        for (layer, _) in self.layers.iter().filter(|(_, checked)| checked.is_ok()) {
            match self.read(layer, kind, key, true) {
                Ok((_, _, payload)) => return Ok(payload),
                Err(other) if miss == Miss::Absent => miss = other,
                Err(_) => {}
            }
        }
        Err(miss)
    }

    fn read(
        &self,
        root: &Path,
        kind: Kind,
        key: &Key,
        layer: bool,
    ) -> Result<(File, Metadata, Vec<u8>), Miss> {
        // Not through a link, and not waiting for the other end of a pipe that stands there.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits() as i32)
            .open(path(root, kind, key))
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => Miss::Absent,
                _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                    Miss::NotAFile
                }
                kind => Miss::Unreadable(kind),
            })?;
        let meta = file
            .metadata()
            .map_err(|error| Miss::Unreadable(error.kind()))?;
        if !meta.is_file() {
            return Err(Miss::NotAFile);
        }
        place::trusted(&meta, self.user, layer).map_err(|_| Miss::Untrusted)?;
        if meta.len() > MAX_FILE {
            return Err(Miss::TooLarge);
        }
        let mut bytes = Vec::new();
        let len = meta.len() as usize;
        bytes.try_reserve_exact(len).map_err(|_| Miss::TooLarge)?;
        bytes.resize(len, 0);
        file.read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => Miss::Truncated,
                kind => Miss::Unreadable(kind),
            })?;
        let payload = entry::unseal(kind, key, bytes)?;
        Ok((file, meta, payload))
    }

    fn write(&self, root: &Path, kind: Kind, key: &Key, bytes: &[u8]) -> Result<(), PutError> {
        let size = bytes.len() as u64 + TRAILER as u64;
        // More than eviction leaves standing would be the next thing to go.
        if size > MAX_FILE || size > goal(self.max_bytes) {
            return Err(PutError::TooLarge);
        }
        let folder = folder(root, key);
        let mut file = with_folder(&folder, || {
            tempfile::Builder::new()
                .prefix(TEMPORARY)
                .tempfile_in(&folder)
        })?;
        file.write_all(bytes)?;
        file.write_all(&entry::seal(kind, key, bytes))?;
        file.persist(path(root, kind, key))
            .map_err(|error| error.error)?;
        self.wrote(size);
        Ok(())
    }

    /// Evicts once in a 32nd of `max_bytes` written. A process starts counting at a random place in that step: a
    /// thousand short processes then walk the store as often as one long one that writes as much, and no count is kept
    /// on disk.
    fn wrote(&self, size: u64) {
        if self.written.fetch_add(size, Relaxed).saturating_add(size) >= step(self.max_bytes) {
            self.written.store(0, Relaxed);
            self.trim();
        }
    }
}

/// How much is written between two evictions.
fn step(max_bytes: u64) -> u64 {
    (max_bytes / 32).max(1)
}

/// What eviction leaves standing.
pub(crate) fn goal(max_bytes: u64) -> u64 {
    max_bytes - max_bytes / 4
}

fn folder(root: &Path, key: &Key) -> PathBuf {
    let mut path = root.join(VERSION_DIR);
    path.push(&key.to_hex()[..2]);
    path
}

fn path(root: &Path, kind: Kind, key: &Key) -> PathBuf {
    let mut name = key.to_hex();
    name.push('.');
    name.push_str(kind.extension());
    folder(root, key).join(name)
}

/// Does `make` in `folder`; if that is missing, makes it and tries once more.
fn with_folder<T>(folder: &Path, make: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match make() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            place::make_dirs(folder)?;
            make()
        }
        made => made,
    }
}

/// An advisory lock, given back when dropped.
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not do: a child forked meanwhile has the same open file, and would hold the lock on.
        let _ = self.0.unlock();
    }
}

/// The lock at `path`, waiting at most `wait`.
pub(crate) fn lock_within(path: &Path, wait: Duration) -> Result<Lock, PutError> {
    let open = || {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(
                (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32,
            )
            .open(path)
    };
    let file = match path.parent() {
        Some(folder) => with_folder(folder, open)?,
        None => open()?,
    };
    let until = Instant::now() + wait;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                return Err(PutError::LockBusy);
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_micros(500)),
            Err(TryLockError::Error(error)) => return Err(PutError::Lock(error.kind())),
        }
    }
}

/// Makes the file new for eviction, if it was not so lately, or if a wrong clock dated it far ahead.
fn touch(file: &File, meta: &Metadata) {
    let Ok(modified) = meta.modified() else {
        return;
    };
    let now = SystemTime::now();
    let apart = now
        .duration_since(modified)
        .unwrap_or_else(|ahead| ahead.duration());
    if apart > TOUCH_EVERY {
        // If it fails the entry only looks older than it is.
        let _ = file.set_times(FileTimes::new().set_accessed(now).set_modified(now));
    }
}
