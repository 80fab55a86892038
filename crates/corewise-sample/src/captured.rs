//! What a program printed to one stream, in bounded memory.

use std::hash::{DefaultHasher, Hasher};

/// How much of the beginning is kept, so that two outputs can be compared byte by byte. What comes
/// after is known by its length and its hash.
const HEAD: usize = 4 << 20;

/// How much of the end is kept, where error messages stand.
const TAIL: usize = 4 << 10;

/// The output of one stream: its beginning, its end, its length and a hash of all of it.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    hasher: DefaultHasher,
}

impl Captured {
    /// Takes in what came next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hasher.write(bytes);
        self.length += bytes.len() as u64;
        let room = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
    }

    /// The first bytes, at most 4 MiB.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The last bytes, at most 4 KiB.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// How many bytes there were.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// A hash of all bytes (`SipHash`, 64 bits, without a key), the same however the bytes were
    /// divided when they came.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(parts: &[&[u8]]) -> Captured {
        let mut captured = Captured::default();
        for part in parts {
            captured.push(part);
        }
        captured
    }

    #[test]
    fn how_the_bytes_came_does_not_matter() {
        let (one, two) = (captured(&[b"hello world"]), captured(&[b"hel", b"", b"lo world"]));
        assert_eq!((one.hash(), one.length()), (two.hash(), two.length()));
        assert_eq!(one.head(), two.head());
        assert_ne!(one.hash(), captured(&[b"hello worle"]).hash());
    }

    #[test]
    fn a_long_output_keeps_its_beginning_its_end_and_a_hash_of_all() {
        let block = vec![b'x'; 1 << 20];
        let mut long = captured(&[b"first", &block, &block, &block, &block, &block]);
        let before = long.hash();
        long.push(b"last");
        assert_eq!(long.length(), (5 << 20) + 9);
        assert_eq!((long.head().len(), long.tail().len()), (HEAD, TAIL));
        assert!(long.head().starts_with(b"firstxx") && long.tail().ends_with(b"xlast"));
        assert_ne!(long.hash(), before);
    }
}
