//! One loaded ELF image: its dynamic section.

use std::io;

use super::{Memory, Symbol, symbols};

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;

const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_DEBUG: u64 = 21;
const DT_GNU_HASH: u64 = 0x6fff_fef5;

/// More program headers than any library has (patchelf leaves 10 to 15).
const MOST_HEADERS: u16 = 128;
/// More dynamic entries than any library has; each needed library is one.
const MOST_ENTRIES: u64 = 2048;

/// Where a part of a file lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The first address.
    pub start: u64,
    /// The address after the last.
    pub end: u64,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
}

/// The dynamic section of a loaded image: enough to look up what it exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// What is added to an address of the file to have one of the process.
    pub bias: u64,
    /// The table of symbols.
    pub symbols: u64,
    /// The table of their names.
    pub strings: u64,
    /// The GNU hash table.
    pub gnu_hash: Option<u64>,
    /// The System V hash table.
    pub hash: Option<u64>,
    /// Where in the table of names those of the libraries stand that the image needs.
    needed: Vec<u64>,
    /// What the dynamic linker left for debuggers (`struct r_debug`), in the program's image only.
    pub debug: Option<u64>,
}

impl Image {
    /// The image whose file is mapped in `segments`, one of which holds the ELF header.
    ///
    /// # Errors
    ///
    /// Where the memory cannot be read, or holds no 64-bit little-endian ELF with a dynamic section.
    pub fn read(memory: &impl Memory, segments: &[Segment]) -> io::Result<Self> {
        let foreign = || io::Error::new(io::ErrorKind::InvalidData, "no dynamic 64-bit ELF image");
        let base = segments.iter().find(|s| s.offset == 0).ok_or_else(foreign)?.start;
        let header: [u8; 64] = memory.bytes(base)?;
        if header[..6] != *b"\x7fELF\x02\x01" {
            return Err(foreign());
        }
        let offset = u64_at(&header, 32);
        let size = u16_at(&header, 54);
        let count = u16_at(&header, 56);
        if !(56..=256).contains(&size) || count > MOST_HEADERS {
            return Err(foreign());
        }
        // patchelf moves the program headers to the end of the file: ask the mappings where it is.
        let headers = segments
            .iter()
            .find(|s| s.offset <= offset && offset - s.offset < s.end - s.start)
            .map(|s| s.start + (offset - s.offset))
            .ok_or_else(foreign)?;
        let mut first_load = None;
        let mut dynamic = None;
        let mut table = vec![0; usize::from(count) * usize::from(size)];
        memory.fill(headers, &mut table)?;
        for entry in table.chunks_exact(usize::from(size)) {
            let address = u64_at(entry, 16);
            match u32_at(entry, 0) {
                // The one with the ELF header, which the mapping at `base` holds as well.
                PT_LOAD if first_load.is_none() && u64_at(entry, 8) < 4096 => {
                    first_load = Some(address.wrapping_sub(u64_at(entry, 8)));
                }
                PT_DYNAMIC => dynamic = Some((address, u64_at(entry, 40))),
                _ => {}
            }
        }
        let bias = base.wrapping_sub(first_load.ok_or_else(foreign)?);
        let (dynamic, length) = dynamic.ok_or_else(foreign)?;
        let mut entries =
            vec![0; usize::try_from(length.min(MOST_ENTRIES * 16)).unwrap_or_default()];
        memory.fill(dynamic.wrapping_add(bias), &mut entries)?;
        Self::dynamic(&entries, base, bias).ok_or_else(foreign)
    }

    fn dynamic(entries: &[u8], base: u64, bias: u64) -> Option<Self> {
        // glibc turns most of these into addresses of the process; musl, some architectures, and
        // an image that is not loaded yet have addresses of the file.
        let address = |value: u64| if value < base { value.wrapping_add(bias) } else { value };
        let (mut symbols, mut strings, mut gnu_hash, mut hash, mut debug) =
            (None, None, None, None, None);
        let mut needed = Vec::new();
        for entry in entries.chunks_exact(16) {
            let value = u64_at(entry, 8);
            match u64_at(entry, 0) {
                0 => break,
                DT_NEEDED => needed.push(value),
                DT_HASH => hash = Some(address(value)),
                DT_STRTAB => strings = Some(address(value)),
                DT_SYMTAB => symbols = Some(address(value)),
                DT_GNU_HASH => gnu_hash = Some(address(value)),
                DT_DEBUG => debug = (value != 0).then_some(value),
                _ => {}
            }
        }
        let (symbols, strings) = symbols.zip(strings)?;
        Some(Self { bias, symbols, strings, gnu_hash, hash, needed, debug })
    }

    /// The symbol of this name that the image defines; `None` where it has none or cannot be read.
    pub fn symbol(&self, memory: &impl Memory, name: &str) -> Option<Symbol> {
        symbols::find(self, memory, name)
    }

    /// The first of these names that the image defines. Much cheaper than one look-up after the
    /// other where it defines none of them.
    pub fn first_symbol<'n>(
        &self,
        memory: &impl Memory,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<(&'n str, Symbol)> {
        let filter = symbols::Bloom::read(self, memory);
        names
            .into_iter()
            .filter(|name| filter.as_ref().is_none_or(|filter| filter.may_have(name)))
            .find_map(|name| Some((name, self.symbol(memory, name)?)))
    }

    /// The names of the libraries that the image needs: `libgomp.so.1`.
    pub fn needed(&self, memory: &impl Memory) -> Vec<String> {
        let names = self.needed.iter();
        names.filter_map(|at| memory.string(self.strings.checked_add(*at)?, 256)).collect()
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
