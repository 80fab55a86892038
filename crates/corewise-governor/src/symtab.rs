//! Symbols that a library keeps to itself, from the table in its file that is not loaded.
//!
//! Wheels of NumPy from 2.5 on export the routines of their OpenBLAS alone (0.3.34), and not the
//! variables by which it decides; the file's own table (`.symtab`) still names them.

use std::ffi::c_void;
use std::mem::size_of;

use crate::elf::Library;

/// The type of the section that holds all symbols.
const SHT_SYMTAB: u32 = 2;

/// The addresses of these symbols in a loaded library; `None` for each that its file does not name.
/// All are `None` where the file is not the one that was loaded, so far as can be told.
pub(crate) fn addresses<const N: usize>(
    library: &Library,
    names: [&[u8]; N],
) -> [Option<usize>; N] {
    let nothing = [None; N];
    let Some(file) = File::of(library) else { return nothing };
    let Some((symbols, strings)) = file.table() else { return nothing };
    let mut found = nothing;
    for symbol in symbols.chunks_exact(size_of::<libc::Elf64_Sym>()) {
        // SAFETY: as many bytes as the record has, which is made of numbers.
        let symbol: libc::Elf64_Sym = unsafe { std::ptr::read_unaligned(symbol.as_ptr().cast()) };
        let Some(name) = strings.get(symbol.st_name as usize..) else { continue };
        let is = |wanted: &[u8]| name.starts_with(wanted) && name.get(wanted.len()) == Some(&0);
        let Some(place) = names.iter().position(|wanted| is(wanted)) else { continue };
        let Ok(value) = usize::try_from(symbol.st_value) else { continue };
        let address = library.bias.wrapping_add(value);
        if symbol.st_shndx != 0 && library.maps(address) {
            found[place] = Some(address);
        }
    }
    found
}

/// A library's file, mapped.
struct File {
    start: *mut c_void,
    size: usize,
}

impl File {
    fn of(library: &Library) -> Option<Self> {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        // SAFETY: a C string.
        let descriptor = unsafe { libc::open(library.path().as_ptr(), flags) };
        if descriptor < 0 {
            return None;
        }
        // SAFETY: zeroes are a valid `stat`.
        let mut facts: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: an open descriptor, and a `stat` to fill.
        let known = unsafe { libc::fstat(descriptor, &raw mut facts) } == 0;
        let size = usize::try_from(facts.st_size).unwrap_or(0);
        let (address, read) = (std::ptr::null_mut(), libc::PROT_READ);
        let start = if known && size > 0 {
            // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
            unsafe { libc::mmap(address, size, read, libc::MAP_PRIVATE, descriptor, 0) }
        } else {
            libc::MAP_FAILED
        };
        // SAFETY: opened above, and of no use any more.
        unsafe { libc::close(descriptor) };
        let file = (start != libc::MAP_FAILED).then_some(Self { start, size })?;
        file.is_of(library).then_some(file)
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping has this size and lives as long as `self`. A file that somebody cuts
        // short meanwhile would harm the library's own pages too.
        unsafe { std::slice::from_raw_parts(self.start.cast(), self.size) }
    }

    fn read<T: Copy>(&self, offset: usize) -> Option<T> {
        let bytes = self.bytes().get(offset..offset.checked_add(size_of::<T>())?)?;
        // SAFETY: as many bytes as the record has; callers read records that are made of numbers.
        Some(unsafe { std::ptr::read_unaligned(bytes.as_ptr().cast()) })
    }

    fn header(&self) -> Option<libc::Elf64_Ehdr> {
        self.bytes().starts_with(b"\x7fELF\x02").then(|| self.read(0)).flatten()
    }

    /// Whether the file has the program headers that are loaded: an upgrade may have put another file
    /// in its place.
    fn is_of(&self, library: &Library) -> bool {
        let headers = || {
            let header = self.header()?;
            let start = usize::try_from(header.e_phoff).ok()?;
            let size = usize::from(header.e_phnum) * size_of::<libc::Elf64_Phdr>();
            self.bytes().get(start..start.checked_add(size)?)
        };
        headers().is_some_and(|headers| headers == library.header_bytes())
    }

    /// The symbols, and the text with their names.
    fn table(&self) -> Option<(&[u8], &[u8])> {
        let header = self.header()?;
        let (start, each) = (usize::try_from(header.e_shoff).ok()?, size_of::<libc::Elf64_Shdr>());
        let section = |index: usize| -> Option<libc::Elf64_Shdr> {
            self.read(start.checked_add(index.checked_mul(each)?)?)
        };
        let content = |section: &libc::Elf64_Shdr| {
            let start = usize::try_from(section.sh_offset).ok()?;
            let size = usize::try_from(section.sh_size).ok()?;
            self.bytes().get(start..start.checked_add(size)?)
        };
        let all = (0..usize::from(header.e_shnum)).filter_map(section);
        let symbols = all.into_iter().find(|section| section.sh_type == SHT_SYMTAB)?;
        let strings = section(usize::try_from(symbols.sh_link).ok()?)?;
        Some((content(&symbols)?, content(&strings)?))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `of` with this size, and nobody has a part of it.
        unsafe { libc::munmap(self.start, self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Loaded;

    #[test]
    fn the_program_s_own_functions_are_found_and_others_are_not() {
        // The path of the program itself is empty: the C library has a table without such names.
        let loaded = Loaded::now();
        let libc = loaded.iter().find(|library| library.path_has(b"/libc.so")).unwrap();
        let [open, no] = addresses(libc, [b"open", b"no_such_symbol"]);
        assert!(no.is_none() && open.is_none_or(|address| libc.contains(address)));
    }
}
