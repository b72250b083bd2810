//! What a file of the store holds: the payload from byte 0, then a trailer of 88 bytes.
//!
//! The payload comes first so that an image is an ELF file as it lies there: objdump, gdb and a loader that maps it see
//! the ELF header at byte 0 and never look at what follows. All integers are little-endian:
//!
//! | from the trailer's start | bytes | what |
//! |---|---|---|
//! | 0 | 8 | length of the payload |
//! | 8 | 4 | [`Kind`] |
//! | 12 | 32 | [`Key`] |
//! | 44 | 32 | BLAKE3 of all bytes of the file before this field |
//! | 76 | 4 | format version |
//! | 80 | 8 | magic |
//!
//! Version and magic are the last 12 bytes in every version to come, so they are checked before anything that depends on
//! them. The key and the kind are inside: a file under another's name is not taken for it. Every byte of a file is either
//! compared or hashed, so that no changed bit goes unseen.

use crate::{Key, Miss};

/// The version of the trailer and of the directory layout (`v1/`). Whoever raises it lets the sweep remove older ones.
pub const FORMAT_VERSION: u32 = 1;
/// The last bytes of every entry.
pub const MAGIC: [u8; 8] = *b"\x00pyaot\x1a\n";
/// The trailer's fixed size in bytes.
pub const TRAILER: usize = 88;
/// No entry's file is larger than this (256 MiB): a bound for what a damaged directory makes us allocate.
pub const MAX_FILE: u64 = 256 << 20;

/// What an entry is. The number is part of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Kind {
    /// Native code: an ELF object. Written once for a key; two writers write the same.
    Image = 1,
    /// What was learned about a program: grows by [`Store::update`](crate::Store::update).
    Profile = 2,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Image, Self::Profile];

    /// The ending of its files, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Image => "o",
            Self::Profile => "profile",
        }
    }
}

/// The trailer of `payload`, to be written right behind it.
pub(crate) fn seal(kind: Kind, key: &Key, payload: &[u8]) -> [u8; TRAILER] {
    let mut trailer = [0; TRAILER];
    trailer[..8].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    trailer[8..12].copy_from_slice(&(kind as u32).to_le_bytes());
    trailer[12..44].copy_from_slice(key.as_bytes());
    let digest = blake3::Hasher::new()
        .update(payload)
        .update(&trailer[..44])
        .finalize();
    trailer[44..76].copy_from_slice(digest.as_bytes());
    trailer[76..80].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    trailer[80..].copy_from_slice(&MAGIC);
    trailer
}

/// A whole file to its payload, or why it is not this entry.
pub(crate) fn unseal(kind: Kind, key: &Key, mut file: Vec<u8>) -> Result<Vec<u8>, Miss> {
    let Some((hashed, trailer)) = file.split_last_chunk::<TRAILER>() else {
        return Err(Miss::Truncated);
    };
    if trailer[80..] != MAGIC {
        return Err(Miss::Truncated);
    }
    if trailer[76..80] != FORMAT_VERSION.to_le_bytes() {
        return Err(Miss::Foreign);
    }
    if trailer[8..12] != (kind as u32).to_le_bytes() || trailer[12..44] != *key.as_bytes() {
        return Err(Miss::Misplaced);
    }
    let payload = hashed.len();
    if trailer[..8] != (payload as u64).to_le_bytes() {
        return Err(Miss::Truncated);
    }
    let digest = blake3::hash(&file[..payload + 44]);
    if digest.as_bytes()[..] != trailer[44..76] {
        return Err(Miss::Checksum);
    }
    file.truncate(payload);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed(kind: Kind, key: &Key, payload: &[u8]) -> Vec<u8> {
        [payload, &seal(kind, key, payload)].concat()
    }

    #[test]
    fn a_valid_trailer_of_another_version_is_foreign() {
        let key = Key::from_bytes([3; 32]);
        let mut file = sealed(Kind::Image, &key, b"payload");
        let at = file.len() - 12;
        file[at] += 1;
        assert_eq!(unseal(Kind::Image, &key, file), Err(Miss::Foreign));
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_unsealed(payload: Vec<u8>, key: [u8; 32]) {
            let key = Key::from_bytes(key);
            let file = sealed(Kind::Profile, &key, &payload);
            prop_assert_eq!(unseal(Kind::Profile, &key, file.clone()), Ok(payload));
            prop_assert_eq!(unseal(Kind::Image, &key, file), Err(Miss::Misplaced));
        }

        /// No bytes make it panic, and no bytes but sealed ones pass.
        #[test]
        fn noise_is_a_miss(noise: Vec<u8>) {
            prop_assert!(unseal(Kind::Image, &Key::from_bytes([0; 32]), noise).is_err());
        }
    }
}
