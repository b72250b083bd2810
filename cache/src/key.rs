//! The name of an entry: a hash of everything its bytes depend on.
//!
//! # Why a key is not `std::hash::Hash`
//!
//! A key outlives the process and is read by other builds. `Hash` promises neither: a derived `hash` may feed its fields
//! in another way after a compiler update, `usize` and the length prefixes have the machine's width and byte order,
//! `DefaultHasher` has no fixed algorithm, and its 64 bits collide by accident in a store that trusts the key alone.
//! Nothing warns when a new field of a struct is one that should not count, or an old one that should is skipped.
//!
//! So a key is built by hand, field by field, through one narrow door. Each field goes in as name length, name, value
//! length, value (lengths as 64-bit little-endian), so that no two lists of fields feed the same bytes: `("a", "bc")` is
//! not `("ab", "c")`, and an empty field is not a missing one. The domain, a constant of the caller, separates purposes:
//! equal fields under two domains give unrelated keys.

use std::fmt;

/// Names one entry of a [`Store`](crate::Store): 32 bytes of BLAKE3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// A key from its bytes, as given by [`Key::as_bytes`].
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits: the stem of the entry's file.
    pub fn to_hex(&self) -> String {
        blake3::Hash::from_bytes(self.0)
            .to_hex()
            .as_str()
            .to_owned()
    }

    /// Reads what [`Key::to_hex`] wrote; anything else, upper-case digits too, is no key.
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let hash = blake3::Hash::from_hex(hex).ok()?;
        Some(Self(*hash.as_bytes()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Makes a [`Key`] from named fields, in order. See the head of this file for what goes in.
#[derive(Clone, Debug)]
pub struct KeyBuilder {
    hasher: blake3::Hasher,
}

impl KeyBuilder {
    /// `domain` says what the key is for, and changes when the meaning of a field does: `"pyaot image 1"`.
    pub fn new(domain: &str) -> Self {
        Self {
            hasher: blake3::Hasher::new_derive_key(domain),
        }
    }

    /// Adds one field. The order counts, and so does an empty value.
    pub fn field(mut self, name: &str, value: &[u8]) -> Self {
        for part in [name.as_bytes(), value] {
            self.hasher.update(&(part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
        self
    }

    /// Adds a number, as 8 bytes in little-endian order.
    pub fn number(self, name: &str, value: u64) -> Self {
        self.field(name, &value.to_le_bytes())
    }

    /// The key of the fields added so far.
    pub fn finish(self) -> Key {
        Key(*self.hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_the_same_in_every_build() {
        let key = KeyBuilder::new("test 1")
            .field("code", b"abc")
            .number("version", 7)
            .finish();
        assert_eq!(
            key.to_hex(),
            "11d60031c0139a88483288644dc583c953730475cfb9466bc02df3bad11431ce",
            "keys changed: every cache is cold after this"
        );
    }

    #[test]
    fn hex_reads_back_and_nothing_else_does() {
        let key = KeyBuilder::new("test").finish();
        assert_eq!(Key::from_hex(&key.to_hex()), Some(key));
        for bad in [
            "",
            "ab",
            &"g".repeat(64),
            &"A".repeat(64),
            &"a".repeat(65),
            "é",
        ] {
            assert_eq!(Key::from_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn domains_are_apart() {
        assert_ne!(KeyBuilder::new("a").finish(), KeyBuilder::new("b").finish());
    }

    type Fields = Vec<(String, Vec<u8>)>;

    fn key(fields: &Fields) -> Key {
        fields
            .iter()
            .fold(KeyBuilder::new("test"), |b, (name, value)| {
                b.field(name, value)
            })
            .finish()
    }

    fn fields() -> impl Strategy<Value = Fields> {
        prop::collection::vec(("[ab]{0,2}", prop::collection::vec(97u8..99, 0..3)), 0..4)
    }

    proptest! {
        /// Short fields over a small alphabet: lists whose plain concatenations are equal are frequent.
        #[test]
        fn keys_are_equal_only_if_the_fields_are(a in fields(), b in fields()) {
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }
    }
}
