//! The symbols that an ELF file names for linkers and debuggers (`.symtab`), which is not loaded into
//! memory and has those too that a library keeps to itself.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::image::{u16_at, u32_at, u64_at};

/// The type of the section that holds all symbols.
const SHT_SYMTAB: u32 = 2;
/// More than the tables of any runtime have (OpenBLAS with debug information: 20 MB).
const LONGEST: u64 = 256 << 20;
const SYMBOL: usize = 24;

/// The addresses, as the file has them, of its symbols that `wanted` accepts by name. Empty where the
/// table was stripped.
pub fn unloaded_symbols(
    file: &File,
    wanted: impl Fn(&str) -> bool,
) -> io::Result<HashMap<String, u64>> {
    let mut header = [0; 64];
    file.read_exact_at(&mut header, 0)?;
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (table, size, count) = (u64_at(&header, 40), u16_at(&header, 58), u16_at(&header, 60));
    let section = |index: u32| -> io::Result<[u8; 64]> {
        let mut entry = [0; 64];
        let at = table.saturating_add(u64::from(index) * u64::from(size));
        file.read_exact_at(&mut entry, at)?;
        Ok(entry)
    };
    let content = |entry: &[u8; 64]| -> io::Result<Vec<u8>> {
        let length = u64_at(entry, 32);
        if length > LONGEST.min(file.metadata()?.len()) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, u64_at(entry, 24))?;
        Ok(bytes)
    };
    let mut found = HashMap::new();
    for index in 0..u32::from(count) {
        let entry = section(index)?;
        if size < 64 || u32_at(&entry, 4) != SHT_SYMTAB {
            continue;
        }
        let (symbols, names) = (content(&entry)?, content(&section(u32_at(&entry, 40))?)?);
        for symbol in symbols.chunks_exact(SYMBOL) {
            let name = names.get(u32_at(symbol, 0) as usize..).unwrap_or_default();
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            // Section 0: of another file.
            if let Ok(name) = std::str::from_utf8(name)
                && u16_at(symbol, 6) != 0
                && wanted(name)
            {
                found.insert(name.to_owned(), u64_at(symbol, 8));
            }
        }
        // A file has one at most.
        break;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_program_s_functions_are_there_and_a_text_is_no_elf_file() {
        let own = File::open(std::env::current_exe().unwrap()).unwrap();
        let found = unloaded_symbols(&own, |name| name == "main" || name == "no_such").unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["main"]);
        let text = File::open(file!().replace("crates/corewise-probe/", "")).unwrap();
        assert!(unloaded_symbols(&text, |_| true).is_err());
    }
}
