//! Why there was no entry, and why one was not kept. Each variant is one reason with one counter in [`crate::stats`].

use crate::{WhyDisabled, WhyReadOnly};
use std::io;

/// Why [`Store::get`](crate::Store::get) gave nothing. With layers, the first that is not `Absent` is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// Nobody has put it, or it was evicted.
    #[error("there is no such entry")]
    Absent,
    /// Cut short, or never an entry at all: the two look the same from the end.
    #[error("the file does not end in a whole trailer, or its length is not the one recorded")]
    Truncated,
    /// A trailer of another format version.
    #[error("the file has another format version")]
    Foreign,
    /// A sound entry of another key or kind under this name: a file was renamed or copied.
    #[error("the file is the entry of another key or kind")]
    Misplaced,
    /// Some bit is not what was written.
    #[error("the checksum does not match")]
    Checksum,
    /// A symbolic link, a directory, a pipe or a device.
    #[error("the entry is not a regular file")]
    NotAFile,
    /// The file belongs to somebody else, or others may write to it.
    #[error("the file is owned or writable by another user")]
    Untrusted,
    /// Larger than [`MAX_FILE`](crate::entry::MAX_FILE), or than memory.
    #[error("the file is too large")]
    TooLarge,
    /// Opening or reading failed.
    #[error("the file cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// The store's directory is not used at all.
    #[error("the cache is off: {0}")]
    Disabled(WhyDisabled),
}

impl Miss {
    /// The names of all reasons, in the order of their counters.
    pub const NAMES: [&'static str; 10] = [
        "absent",
        "truncated",
        "foreign",
        "misplaced",
        "checksum",
        "not_a_file",
        "untrusted",
        "too_large",
        "unreadable",
        "disabled",
    ];

    pub(crate) const fn slot(&self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Truncated => 1,
            Self::Foreign => 2,
            Self::Misplaced => 3,
            Self::Checksum => 4,
            Self::NotAFile => 5,
            Self::Untrusted => 6,
            Self::TooLarge => 7,
            Self::Unreadable(_) => 8,
            Self::Disabled(_) => 9,
        }
    }

    /// The reason's name in counters and reports.
    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.slot()]
    }
}

/// Why an entry was not kept. The caller goes on without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// The store's directory is not used at all.
    #[error("the cache is off: {0}")]
    Disabled(WhyDisabled),
    /// The store was found to be read-only when it was opened.
    #[error("the cache is read-only: {0}")]
    ReadOnly(WhyReadOnly),
    /// The entry alone would make the store overflow, or exceeds [`MAX_FILE`](crate::entry::MAX_FILE).
    #[error("the entry is too large")]
    TooLarge,
    /// No space: the disk, a quota or a limit on the size of files.
    #[error("no space is left")]
    Full,
    /// The file system became read-only.
    #[error("the file system is read-only")]
    ReadOnlyFilesystem,
    /// Permission denied.
    #[error("permission denied")]
    Denied,
    /// Others held the lock for longer than an update waits.
    #[error("the profile is locked by another process")]
    LockBusy,
    /// This file system has no locks, or locking failed.
    #[error("the profile cannot be locked: {0}")]
    Lock(io::ErrorKind),
    /// The old profile is there but could not be read now; it is not overwritten.
    #[error("the old profile cannot be read: {0}")]
    OldUnreadable(io::ErrorKind),
    /// Anything else.
    #[error("writing failed: {0}")]
    Io(io::ErrorKind),
}

impl PutError {
    /// The names of all reasons, in the order of their counters.
    pub const NAMES: [&'static str; 10] = [
        "disabled",
        "read_only",
        "too_large",
        "full",
        "read_only_filesystem",
        "denied",
        "lock_busy",
        "lock",
        "old_unreadable",
        "io",
    ];

    pub(crate) const fn slot(&self) -> usize {
        match self {
            Self::Disabled(_) => 0,
            Self::ReadOnly(_) => 1,
            Self::TooLarge => 2,
            Self::Full => 3,
            Self::ReadOnlyFilesystem => 4,
            Self::Denied => 5,
            Self::LockBusy => 6,
            Self::Lock(_) => 7,
            Self::OldUnreadable(_) => 8,
            Self::Io(_) => 9,
        }
    }

    /// The reason's name in counters and reports.
    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.slot()]
    }
}

impl From<io::Error> for PutError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // EFBIG is what a limit on the size of files (RLIMIT_FSIZE) gives.
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnlyFilesystem,
            io::ErrorKind::PermissionDenied => Self::Denied,
            kind => Self::Io(kind),
        }
    }
}
