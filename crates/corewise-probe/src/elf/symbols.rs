//! Looking up one exported symbol by the image's own hash tables.

use super::image::{u16_at, u32_at, u64_at};
use super::{Image, Memory};

/// More symbols in one hash chain than any table that a linker made has.
const LONGEST_CHAIN: u32 = 4096;

/// More words in a Bloom filter than a table needs (2 MiB of them serve a million symbols).
const LARGEST_FILTER: u32 = 1 << 18;

/// A symbol that an image defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbol {
    /// Its address in the process.
    pub address: u64,
    /// Its size in bytes; 0 where the file does not say.
    pub size: u64,
}

/// The Bloom filter of a GNU hash table, read at once for many names.
pub(super) struct Bloom {
    words: Vec<u64>,
    shift: u32,
}

impl Bloom {
    pub(super) fn read(image: &Image, memory: &impl Memory) -> Option<Self> {
        let table = image.gnu_hash?;
        let header: [u8; 16] = memory.bytes(table).ok()?;
        let (count, shift) = (u32_at(&header, 8), u32_at(&header, 12));
        if count == 0 || count > LARGEST_FILTER || shift >= 32 {
            return None;
        }
        let mut bytes = vec![0; count as usize * 8];
        memory.fill(table.checked_add(16)?, &mut bytes).ok()?;
        let (words, _) = bytes.as_chunks::<8>();
        Some(Self { words: words.iter().map(|word| u64::from_le_bytes(*word)).collect(), shift })
    }

    pub(super) fn may_have(&self, name: &str) -> bool {
        let hash = gnu_hash(name);
        let bits = 1u64 << (hash % 64) | 1u64 << ((hash >> self.shift) % 64);
        self.words[hash as usize / 64 % self.words.len()] & bits == bits
    }
}

/// A look-up of a name that is not there costs two or three small reads (the GNU table has a Bloom
/// filter), one that is there about six.
pub(super) fn find(image: &Image, memory: &impl Memory, name: &str) -> Option<Symbol> {
    match (image.gnu_hash, image.hash) {
        (Some(table), _) => by_gnu_hash(image, memory, table, name),
        (None, Some(table)) => by_hash(image, memory, table, name),
        (None, None) => None,
    }
}

/// The layout is described in binutils' `bfd/elflink.c` and glibc's `elf/dl-lookup.c`.
fn by_gnu_hash(image: &Image, memory: &impl Memory, table: u64, name: &str) -> Option<Symbol> {
    let header: [u8; 16] = memory.bytes(table).ok()?;
    let (buckets, first) = (u32_at(&header, 0), u32_at(&header, 4));
    let (bloom_words, shift) = (u32_at(&header, 8), u32_at(&header, 12));
    if buckets == 0 || bloom_words == 0 || shift >= 32 {
        return None;
    }
    let hash = gnu_hash(name);
    let bloom = table.checked_add(16)?;
    let word = u64::from(hash / 64 % bloom_words);
    let bits = 1u64 << (hash % 64) | 1u64 << ((hash >> shift) % 64);
    if memory.u64(bloom.checked_add(word * 8)?).ok()? & bits != bits {
        return None;
    }
    let bucket_table = bloom.checked_add(u64::from(bloom_words) * 8)?;
    let chains = bucket_table.checked_add(u64::from(buckets) * 4)?;
    let mut index = memory.u32(bucket_table.checked_add(u64::from(hash % buckets) * 4)?).ok()?;
    for _ in 0..LONGEST_CHAIN {
        let place = u64::from(index.checked_sub(first)?);
        let entry = memory.u32(chains.checked_add(place * 4)?).ok()?;
        if entry | 1 == hash | 1
            && let Some(symbol) = named(image, memory, index, name)
        {
            return Some(symbol);
        }
        if entry & 1 == 1 {
            return None;
        }
        index = index.checked_add(1)?;
    }
    None
}

fn by_hash(image: &Image, memory: &impl Memory, table: u64, name: &str) -> Option<Symbol> {
    let buckets = memory.u32(table).ok().filter(|n| *n > 0)?;
    let bucket_table = table.checked_add(8)?;
    let chains = bucket_table.checked_add(u64::from(buckets) * 4)?;
    let mut index =
        memory.u32(bucket_table.checked_add(u64::from(hash(name) % buckets) * 4)?).ok()?;
    for _ in 0..LONGEST_CHAIN {
        if index == 0 {
            return None;
        }
        if let Some(symbol) = named(image, memory, index, name) {
            return Some(symbol);
        }
        index = memory.u32(chains.checked_add(u64::from(index) * 4)?).ok()?;
    }
    None
}

/// The symbol at this place of the table, if it has this name and is defined.
fn named(image: &Image, memory: &impl Memory, index: u32, name: &str) -> Option<Symbol> {
    let at = image.symbols.checked_add(u64::from(index) * 24)?;
    let entry: [u8; 24] = memory.bytes(at).ok()?;
    if u16_at(&entry, 6) == 0 {
        return None;
    }
    let at = image.strings.checked_add(u64::from(u32_at(&entry, 0)))?;
    if memory.string(at, name.len() + 1)? != name {
        return None;
    }
    let address = u64_at(&entry, 8).wrapping_add(image.bias);
    Some(Symbol { address, size: u64_at(&entry, 16) })
}

fn gnu_hash(name: &str) -> u32 {
    name.bytes().fold(5381, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)))
}

fn hash(name: &str) -> u32 {
    name.bytes().fold(0, |hash: u32, byte| {
        let hash = (hash << 4).wrapping_add(u32::from(byte));
        let high = hash & 0xf000_0000;
        (hash ^ high >> 24) & !high
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io;

    use corewise_model::Pid;
    use proptest::prelude::*;

    use super::*;
    use crate::processes::{Module, Modules};
    use crate::remote::Remote;

    /// Our own memory, some bytes of which read differently.
    struct Damaged {
        remote: Remote,
        bytes: HashMap<u64, u8>,
    }

    impl Memory for Damaged {
        fn fill(&self, address: u64, buffer: &mut [u8]) -> io::Result<()> {
            self.remote.fill(address, buffer)?;
            for (byte, at) in buffer.iter_mut().zip(address..) {
                *byte = *self.bytes.get(&at).unwrap_or(byte);
            }
            Ok(())
        }
    }

    fn c_library() -> (Remote, Module) {
        let pid = Pid(std::process::id());
        let modules = Modules::read(pid).unwrap();
        let is_libc = |module: &&Module| module.name().starts_with("libc.so");
        (Remote::new(pid), modules.list().iter().find(is_libc).unwrap().clone())
    }

    #[test]
    fn hashes_are_those_of_the_specifications() {
        assert_eq!((gnu_hash("printf"), gnu_hash("")), (0x156b_2bb8, 5381));
        assert_eq!((hash("printf"), hash("exit")), (0x0779_05a6, 0x0006_cf04));
    }

    #[test]
    fn a_function_is_found_where_it_is() {
        let (remote, libc) = c_library();
        let image = libc.image.unwrap();
        let getpid = image.symbol(&remote, "getpid").unwrap();
        assert_eq!(getpid.address, libc::getpid as *const () as u64);
        assert_eq!(image.symbol(&remote, "no_such_function"), None);
        let names = ["no_such_function", "getpid"];
        assert_eq!(image.first_symbol(&remote, names), Some(("getpid", getpid)));
        // A symbol that is needed is none that is defined.
        assert_eq!(image.symbol(&remote, "__tls_get_addr"), None);
        let names: Vec<String> = image.needed(&remote);
        assert!(names.iter().any(|name| name.starts_with("ld-")), "{names:?}");
    }

    proptest! {
        #[test]
        fn damaged_images_are_survived(
            places in proptest::collection::vec((0u64..0x2000, any::<u8>(), 0usize..4), 1..20),
        ) {
            let (remote, libc) = c_library();
            let image = libc.image.clone().unwrap();
            let starts = [
                libc.base,
                image.gnu_hash.unwrap(),
                image.symbols,
                libc.segments.last().unwrap().start,
            ];
            let bytes = places.into_iter().map(|(at, byte, start)| (starts[start] + at, byte));
            let damaged = Damaged { remote, bytes: bytes.collect() };
            if let Ok(image) = Image::read(&damaged, &libc.segments) {
                let _ = image.symbol(&damaged, "getpid");
                let _ = image.first_symbol(&damaged, ["malloc", "no_such_function"]);
                let _ = image.needed(&damaged);
            }
        }
    }
}
