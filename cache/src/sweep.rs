//! The walk over a store's own directory: eviction, list, size and clear. Nothing here runs on a `get`.
//!
//! Eviction is by time of last use, as far as [`Store::get`] records it: once a day. The oldest go first, until three
//! quarters of the bound are left, so that the next eviction is not the next put. Files of others' making, links and
//! folders are not ours to count or remove.

use crate::store::{TEMPORARY, VERSION_DIR, goal, lock_within};
use crate::{Key, Kind, PutError, Store};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A temporary file that old was left by a process that was killed.
const STALE: Duration = Duration::from_secs(60 * 60);

/// One entry of a store's own directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub key: Key,
    /// The size of its file.
    pub bytes: u64,
    /// When it was last put or used, to the day.
    pub used: SystemTime,
}

/// How much there is, or was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Entries.
    pub entries: u64,
    /// The bytes of their files.
    pub bytes: u64,
}

impl Usage {
    fn add(&mut self, entry: &Listed) {
        self.entries += 1;
        self.bytes += entry.bytes;
    }
}

impl Store {
    /// Every entry of the own directory, oldest use first; layers are not listed. What cannot be read is left out.
    pub fn list(&self) -> Vec<Listed> {
        let mut found = self.readable().map(walk).unwrap_or_default().entries;
        found.sort_by_key(|(_, entry)| (entry.used, entry.key));
        found.into_iter().map(|(_, entry)| entry).collect()
    }

    /// What the entries of the own directory take.
    pub fn size(&self) -> Usage {
        let mut usage = Usage::default();
        self.list().iter().for_each(|entry| usage.add(entry));
        usage
    }

    /// Removes every entry of the own directory; says what is gone. The first failure is reported after all were tried.
    pub fn clear(&self) -> Result<Usage, PutError> {
        let root = self.root()?;
        let found = walk(root);
        sweep_stale(&found);
        let mut gone = Usage::default();
        let mut failed = None;
        for (path, entry) in &found.entries {
            match fs::remove_file(path) {
                Ok(()) => gone.add(entry),
                // Another process was faster.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => failed = failed.or(Some(PutError::from(error))),
            }
        }
        failed.map_or(Ok(gone), Err)
    }

    /// Evicts if the store is larger than it may be, and removes what killed processes left. Puts do this from time to
    /// time; it never fails, and does nothing while another process is at it.
    pub fn trim(&self) {
        let Ok(root) = self.root() else { return };
        let Ok(_lock) = lock_within(&root.join(VERSION_DIR).join("lock"), Duration::ZERO) else {
            return;
        };
        let mut found = walk(root);
        sweep_stale(&found);
        let mut bytes: u64 = found.entries.iter().map(|(_, entry)| entry.bytes).sum();
        if bytes <= self.max_bytes {
            return;
        }
        found
            .entries
            .sort_by_key(|(_, entry)| (entry.used, entry.key));
        for (path, entry) in &found.entries {
            if bytes <= goal(self.max_bytes) {
                break;
            }
            if fs::remove_file(path).is_ok() {
                self.counters.evicted();
            }
            bytes -= entry.bytes;
        }
    }
}

#[derive(Default)]
struct Found {
    entries: Vec<(PathBuf, Listed)>,
    temporary: Vec<(PathBuf, SystemTime)>,
}

fn walk(root: &Path) -> Found {
    let mut found = Found::default();
    let folders = fs::read_dir(root.join(VERSION_DIR))
        .into_iter()
        .flatten()
        .flatten();
    for folder in folders.filter(|folder| folder.file_type().is_ok_and(|kind| kind.is_dir())) {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let name = file.file_name();
            let Some(name) = name.to_str() else { continue };
            // Does not follow links.
            let Some((meta, used)) =
                file.metadata()
                    .ok()
                    .filter(Metadata::is_file)
                    .and_then(|meta| {
                        let used = meta.modified().ok()?;
                        Some((meta, used))
                    })
            else {
                continue;
            };
            if name.starts_with(TEMPORARY) {
                found.temporary.push((file.path(), used));
            } else if let Some((kind, key)) = parse(name) {
                let bytes = meta.len();
                found.entries.push((
                    file.path(),
                    Listed {
                        kind,
                        key,
                        bytes,
                        used,
                    },
                ));
            }
        }
    }
    found
}

fn parse(name: &str) -> Option<(Kind, Key)> {
    let (stem, extension) = name.split_once('.')?;
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.extension() == extension)?;
    Some((kind, Key::from_hex(stem)?))
}

fn sweep_stale(found: &Found) {
    let now = SystemTime::now();
    for (path, written) in &found.temporary {
        if now.duration_since(*written).is_ok_and(|age| age > STALE) {
            // If it fails, the next sweep finds it again.
            let _ = fs::remove_file(path);
        }
    }
}
