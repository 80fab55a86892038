//! The compiler's note in an ELF file (`.comment`), which is not loaded into memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::image::{u16_at, u32_at, u64_at};

/// More sections than a shared library has.
const MOST_SECTIONS: u16 = 1000;
/// Longer than the notes of all compilers that had a hand in a library.
const LONGEST: u64 = 64 << 10;

/// The strings of the section `.comment`, one for each compiler that made a part of the file.
/// Empty where the section was stripped, as Debian does.
pub fn comments(file: &File) -> io::Result<Vec<String>> {
    let mut header = [0; 64];
    file.read_exact_at(&mut header, 0)?;
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (table, size, count, names) =
        (u64_at(&header, 40), u16_at(&header, 58), u16_at(&header, 60), u16_at(&header, 62));
    if size < 64 || count > MOST_SECTIONS || names >= count {
        return Ok(Vec::new());
    }
    let section = |index: u16| -> io::Result<[u8; 64]> {
        let mut entry = [0; 64];
        let at = table.saturating_add(u64::from(index) * u64::from(size));
        file.read_exact_at(&mut entry, at)?;
        Ok(entry)
    };
    let names = u64_at(&section(names)?, 24);
    for index in 0..count {
        let entry = section(index)?;
        let mut name = [0; 9];
        let at = names.saturating_add(u64::from(u32_at(&entry, 0)));
        if file.read_exact_at(&mut name, at).is_err() || name != *b".comment\0" {
            continue;
        }
        let length = u64_at(&entry, 32).min(LONGEST);
        let mut text = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut text, u64_at(&entry, 24))?;
        let strings = text.split(|byte| *byte == 0).filter(|string| !string.is_empty());
        return Ok(strings.map(|s| String::from_utf8_lossy(s).into_owned()).collect());
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_program_names_its_compiler_and_a_text_is_no_elf_file() {
        let own = File::open(std::env::current_exe().unwrap()).unwrap();
        let notes = comments(&own).unwrap();
        assert!(notes.iter().any(|note| note.contains("rustc")), "{notes:?}");
        assert!(
            comments(&File::open(file!().replace("crates/corewise-probe/", "")).unwrap()).is_err()
        );
    }
}
