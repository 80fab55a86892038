//! Loaded libraries as the dynamic linker sees them: their dynamic sections, read in place.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most libraries that are looked at; those beyond are not governed.
const LIBRARIES: usize = 4096;

const DT_PLTGOT: i64 = 3;
const DT_STRTAB: i64 = 5;
const DT_SYMTAB: i64 = 6;
const DT_RELA: i64 = 7;
const DT_RELASZ: i64 = 8;
const DT_PLTRELSZ: i64 = 2;
const DT_PLTREL: i64 = 20;
const DT_JMPREL: i64 = 23;
const DT_GNU_HASH: i64 = 0x6fff_fef5;
const DT_RELACOUNT: i64 = 0x6fff_fff9;

#[cfg(target_arch = "aarch64")]
const SLOT_TYPES: [u32; 3] = [1026, 1025, 257];
/// `R_X86_64_JUMP_SLOT`, `R_X86_64_GLOB_DAT`, `R_X86_64_64`.
#[cfg(not(target_arch = "aarch64"))]
const SLOT_TYPES: [u32; 3] = [7, 6, 1];

/// A loaded library.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Library {
    /// What is added to its addresses.
    pub(crate) bias: usize,
    /// Its first and one past its last address.
    pub(crate) range: (usize, usize),
    /// The code among that.
    pub(crate) code: (usize, usize),
    /// What is made read-only after relocation.
    relro: (usize, usize),
    path: *const libc::c_char,
    symbols: *const Symbol,
    names: *const libc::c_char,
    hash: *const u32,
    /// The relocations that name a symbol; those of functions that may be bound at their first call
    /// come second.
    tables: [(*const Relocation, usize); 2],
    /// Whether functions are bound at their first call.
    lazy: bool,
    /// Where its program headers are, by which it is told from all that are loaded at one time.
    pub(crate) headers: usize,
    header_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Dynamic {
    tag: i64,
    value: usize,
}

#[repr(C)]
struct Symbol {
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: usize,
    size: u64,
}

#[repr(C)]
struct Relocation {
    offset: usize,
    info: u64,
    addend: i64,
}

/// A word that the dynamic linker fills with the address of a function.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// Where it is.
    pub(crate) address: usize,
    /// What it holds now.
    pub(crate) value: usize,
    symbol: *const Symbol,
    names: *const libc::c_char,
    /// Whether its page is read-only.
    pub(crate) read_only: bool,
    /// Whether it waits for its function's first call: it points into its own library, to code that
    /// finds the function.
    pub(crate) unbound: bool,
}

impl Slot {
    /// The name of the symbol.
    pub(crate) fn name(&self) -> &'static [u8] {
        // SAFETY: a symbol of a library that is loaded, and its name in that library's string table.
        unsafe { CStr::from_ptr(self.names.add((*self.symbol).name as usize)) }.to_bytes()
    }

    /// Whether the symbol is the library's own.
    fn is_own(&self) -> bool {
        // SAFETY: as in `name`.
        unsafe { (*self.symbol).section != 0 }
    }
}

/// The libraries that were loaded at one moment.
pub(crate) struct Loaded {
    entries: *mut Library,
    count: usize,
    /// The one that was asked for last: who asks for many addresses asks library by library.
    last: Cell<usize>,
}

/// What `collect` fills, and which libraries it leaves out.
struct Collection<'f> {
    loaded: Loaded,
    leave_out: &'f dyn Fn(usize) -> bool,
}

impl Loaded {
    /// Those of now.
    pub(crate) fn now() -> Self {
        Self::without(&|_| false)
    }

    /// Those of now, without those that `leave_out` names by the address of their program headers.
    /// It is called while locks of the dynamic linker are held.
    pub(crate) fn without(leave_out: &dyn Fn(usize) -> bool) -> Self {
        // Not on the stack, which may be small, and not by the allocator, which may be the program's.
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let start = std::ptr::null_mut();
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let memory = unsafe { libc::mmap(start, Self::BYTES, protection, flags, -1, 0) };
        let entries = if memory == libc::MAP_FAILED { start.cast() } else { memory.cast() };
        let loaded = Self { entries, count: 0, last: Cell::new(0) };
        let mut collection = Collection { loaded, leave_out };
        if !entries.is_null() {
            // SAFETY: `collect` treats its argument as the `Collection` that it is, and calls no
            // function of the dynamic linker, whose locks are held.
            unsafe { libc::dl_iterate_phdr(Some(Self::collect), (&raw mut collection).cast()) };
        }
        collection.loaded
    }

    const BYTES: usize = LIBRARIES * size_of::<Library>();

    unsafe extern "C" fn collect(
        info: *mut libc::dl_phdr_info,
        _: usize,
        collection: *mut c_void,
    ) -> c_int {
        // SAFETY: the dynamic linker passes a valid record, and `without` passed the collection.
        let (info, collection) = unsafe { (&*info, &mut *collection.cast::<Collection<'_>>()) };
        if (collection.leave_out)(info.dlpi_phdr.addr()) {
            return 0;
        }
        let loaded = &mut collection.loaded;
        let bias = usize::try_from(info.dlpi_addr).unwrap_or(0);
        // SAFETY: the program headers of a library that is loaded, as many as the record says.
        let headers =
            unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        if loaded.count < LIBRARIES
            && let Some(library) = Library::new(bias, info.dlpi_name, headers)
        {
            // SAFETY: the mapping has room for LIBRARIES entries.
            unsafe { loaded.entries.add(loaded.count).write(library) };
            loaded.count += 1;
        }
        0
    }

    /// Each of them. A library that another thread unloads meanwhile is a defect of that program's:
    /// it would be unloading code that it is importing.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Library> {
        if self.entries.is_null() {
            return [].iter();
        }
        // SAFETY: so many entries have been written, and the mapping lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.entries, self.count) }.iter()
    }

    /// The one that this address belongs to.
    pub(crate) fn at(&self, address: usize) -> Option<&Library> {
        let all = self.iter().as_slice();
        let contains = |library: &&Library| library.contains(address);
        all.get(self.last.get()).filter(contains).or_else(|| {
            self.last.set(all.iter().position(|library| library.contains(address))?);
            all.get(self.last.get())
        })
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        if !self.entries.is_null() {
            // SAFETY: the mapping was made by `now` with this size.
            unsafe { libc::munmap(self.entries.cast(), Self::BYTES) };
        }
    }
}

/// Libraries ever loaded and ever unloaded, by two counters of the dynamic linker's.
pub(crate) fn changes() -> (u64, u64) {
    unsafe extern "C" fn first(
        info: *mut libc::dl_phdr_info,
        _: usize,
        result: *mut c_void,
    ) -> c_int {
        // SAFETY: the dynamic linker passes a valid record, and `result` is the tuple below.
        unsafe { *result.cast::<(u64, u64)>() = ((*info).dlpi_adds, (*info).dlpi_subs) };
        1
    }
    let mut result = (0_u64, 0_u64);
    // SAFETY: `first` treats its argument as the tuple that it is.
    unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut result).cast()) };
    result
}

/// Bytes of a page.
pub(crate) fn page_size() -> usize {
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            // SAFETY: `sysconf` has no preconditions.
            let size = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) });
            let size = size.unwrap_or(4096);
            KNOWN.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

impl Library {
    fn new(bias: usize, path: *const libc::c_char, headers: &[libc::Elf64_Phdr]) -> Option<Self> {
        let span = |header: &libc::Elf64_Phdr| {
            let start = bias.wrapping_add(usize::try_from(header.p_vaddr).unwrap_or(0));
            (start, start.wrapping_add(usize::try_from(header.p_memsz).unwrap_or(0)))
        };
        let (mut range, mut code) = ((usize::MAX, 0), (usize::MAX, 0));
        let (mut relro, mut dynamic) = ((0, 0), None);
        for header in headers {
            let (start, end) = span(header);
            match header.p_type {
                libc::PT_LOAD => {
                    range = (range.0.min(start), range.1.max(end));
                    if header.p_flags & libc::PF_X != 0 {
                        code = (code.0.min(start), code.1.max(end));
                    }
                }
                libc::PT_DYNAMIC => dynamic = Some(start),
                // The dynamic linker protects whole pages only.
                libc::PT_GNU_RELRO => relro = (start, end & !(page_size() - 1)),
                _ => {}
            }
        }
        let mut library = Self {
            bias,
            range,
            code,
            relro,
            path,
            symbols: std::ptr::null(),
            names: std::ptr::null(),
            hash: std::ptr::null(),
            tables: [(std::ptr::null(), 0); 2],
            lazy: true,
            headers: headers.as_ptr().expose_provenance(),
            header_count: headers.len(),
        };
        library.read_dynamic(dynamic?)?;
        Some(library)
    }

    fn read_dynamic(&mut self, address: usize) -> Option<()> {
        let mut entry = std::ptr::with_exposed_provenance::<Dynamic>(address);
        let (mut plt_is_rela, mut sizes, mut relative) = (true, [0_usize; 2], 0);
        loop {
            // SAFETY: the dynamic section of a loaded library, read up to its end mark.
            let Dynamic { tag, value } = unsafe { entry.read() };
            // glibc has added the bias to pointers, but not for the vdso and not everywhere.
            let place = if self.contains(value) { value } else { self.bias.wrapping_add(value) };
            let pointer = std::ptr::with_exposed_provenance::<u8>(place);
            match tag {
                0 => break,
                DT_STRTAB => self.names = pointer.cast(),
                DT_SYMTAB => self.symbols = pointer.cast(),
                DT_GNU_HASH => self.hash = pointer.cast(),
                DT_RELA => self.tables[0].0 = pointer.cast(),
                DT_JMPREL => self.tables[1].0 = pointer.cast(),
                DT_RELASZ => sizes[0] = value,
                DT_PLTRELSZ => sizes[1] = value,
                DT_RELACOUNT => relative = value,
                DT_PLTGOT => self.lazy = self.resolves_later(place),
                DT_PLTREL => plt_is_rela = i64::try_from(value) == Ok(DT_RELA),
                _ => {}
            }
            // SAFETY: the end mark has not come yet.
            entry = unsafe { entry.add(1) };
        }
        if !plt_is_rela {
            sizes[1] = 0;
        }
        for (table, size) in self.tables.iter_mut().zip(sizes) {
            let inside = table.0.addr() >= self.range.0 && table.0.addr() < self.range.1;
            table.1 = if inside { size / size_of::<Relocation>() } else { 0 };
        }
        // The first ones, most of all, add the bias to a word and name no symbol.
        let relative = relative.min(self.tables[0].1);
        self.tables[0] = (self.tables[0].0.wrapping_add(relative), self.tables[0].1 - relative);
        let inside = |address: usize| self.contains(address);
        (inside(self.symbols.addr()) && inside(self.names.addr())).then_some(())
    }

    /// Whether the dynamic linker has left functions to be found at their first call: then the third
    /// word of this table is its own function that finds them, else it is 0.
    fn resolves_later(&self, table: usize) -> bool {
        let word = table.wrapping_add(2 * size_of::<usize>());
        if !self.contains(word) || !word.is_multiple_of(size_of::<usize>()) {
            return true;
        }
        // SAFETY: an aligned word of a loaded library's relocated data.
        unsafe { std::ptr::with_exposed_provenance::<usize>(word).read_volatile() != 0 }
    }

    pub(crate) fn contains(&self, address: usize) -> bool {
        self.range.0 <= address && address < self.range.1
    }

    /// Its program headers, as they lie in its file.
    pub(crate) fn header_bytes(&self) -> &'static [u8] {
        let headers = std::ptr::with_exposed_provenance::<u8>(self.headers);
        let size = self.header_count * size_of::<libc::Elf64_Phdr>();
        // SAFETY: the library's program headers, as many as the dynamic linker said.
        unsafe { std::slice::from_raw_parts(headers, size) }
    }

    /// Whether there is memory at an address within its range: between two segments there may be none.
    pub(crate) fn maps(&self, address: usize) -> bool {
        let headers = std::ptr::with_exposed_provenance::<libc::Elf64_Phdr>(self.headers);
        // SAFETY: the library's program headers, as many as the dynamic linker said.
        let headers = unsafe { std::slice::from_raw_parts(headers, self.header_count) };
        headers.iter().filter(|header| header.p_type == libc::PT_LOAD).any(|header| {
            let start = self.bias.wrapping_add(usize::try_from(header.p_vaddr).unwrap_or(0));
            address.wrapping_sub(start) < usize::try_from(header.p_memsz).unwrap_or(0)
        })
    }

    /// The path by which it was loaded; empty for the program itself.
    pub(crate) fn path(&self) -> &'static CStr {
        if self.path.is_null() {
            return c"";
        }
        // SAFETY: the dynamic linker's own string, which lives while the library is loaded.
        unsafe { CStr::from_ptr(self.path) }
    }

    /// Whether the path by which it was loaded has this part.
    pub(crate) fn path_has(&self, part: &[u8]) -> bool {
        self.path().to_bytes().windows(part.len()).any(|window| window == part)
    }

    /// Whether the page of this address was made read-only after relocation.
    pub(crate) fn is_read_only(&self, address: usize) -> bool {
        self.relro.0 <= address && address < self.relro.1
    }

    /// Calls `each` with every slot that holds an address which `wanted` accepts, and with those
    /// whose function was not found yet, since it was not called.
    ///
    /// Hundreds of libraries have hundreds of thousands of slots: of most of them only the value is
    /// read.
    pub(crate) fn slots(&self, wanted: impl Fn(usize) -> bool, mut each: impl FnMut(Slot)) {
        let first_defined = match self.first_defined() {
            0 => u64::MAX,
            index => index as u64,
        };
        for (number, (table, count)) in self.tables.into_iter().enumerate() {
            let lazy = self.lazy && number == 1;
            for index in 0..count {
                // SAFETY: within the table, whose size the dynamic section gives.
                let relocation = unsafe { &*table.add(index) };
                let (symbol, kind) =
                    (relocation.info >> 32, (relocation.info & 0xffff_ffff) as u32);
                if symbol == 0 || !SLOT_TYPES.contains(&kind) {
                    continue;
                }
                // C++ has hundreds of thousands of words for its own virtual functions.
                let is_word = kind == SLOT_TYPES[2];
                if is_word && (symbol >= first_defined || relocation.addend != 0) {
                    continue;
                }
                let address = self.bias.wrapping_add(relocation.offset);
                if !self.contains(address) || !address.is_multiple_of(8) {
                    continue;
                }
                let slot = std::ptr::with_exposed_provenance::<usize>(address);
                // SAFETY: a word of a loaded library that the dynamic linker has written.
                let value = unsafe { slot.read_volatile() };
                let inside = self.contains(value);
                if !(lazy && inside || !inside && wanted(value)) {
                    continue;
                }
                let Ok(symbol) = usize::try_from(symbol) else { continue };
                let slot = Slot {
                    address,
                    value,
                    // SAFETY: the symbol's index comes from the library's own relocation.
                    symbol: unsafe { self.symbols.add(symbol) },
                    names: self.names,
                    read_only: self.is_read_only(address),
                    unbound: inside,
                };
                if !inside || !slot.is_own() {
                    each(slot);
                }
            }
        }
    }

    /// Calls `each` with every slot by which the library calls a function of its own that others see
    /// too, and with that function.
    pub(crate) fn own_slots(&self, mut each: impl FnMut(Slot, usize)) {
        let (table, count) = self.tables[1];
        for index in 0..count {
            // SAFETY: within the table, whose size the dynamic section gives.
            let relocation = unsafe { &*table.add(index) };
            let address = self.bias.wrapping_add(relocation.offset);
            let is_slot = (relocation.info & 0xffff_ffff) as u32 == SLOT_TYPES[0];
            if !is_slot || !self.contains(address) || !address.is_multiple_of(8) {
                continue;
            }
            // SAFETY: a word of a loaded library that the dynamic linker has written.
            let value =
                unsafe { std::ptr::with_exposed_provenance::<usize>(address).read_volatile() };
            let Ok(symbol) = usize::try_from(relocation.info >> 32) else { continue };
            let slot = Slot {
                address,
                value,
                // SAFETY: the symbol's index comes from the library's own relocation.
                symbol: unsafe { self.symbols.add(symbol) },
                names: self.names,
                read_only: self.is_read_only(address),
                unbound: false,
            };
            // Another library's function of the same name may have come first.
            if slot.is_own() && self.contains(value) {
                // SAFETY: as in `Slot::name`.
                let function = self.bias.wrapping_add(unsafe { (*slot.symbol).value });
                each(slot, function);
            }
        }
    }

    /// Whether the library uses a function of one of these names of another library.
    pub(crate) fn uses(&self, names: &[&[u8]]) -> bool {
        (1..self.first_defined()).any(|index| {
            // SAFETY: symbols before the first that the hash table lists are in the symbol table.
            let symbol = unsafe { &*self.symbols.add(index) };
            // SAFETY: a name in the string table of the symbol's library.
            let name = || unsafe { CStr::from_ptr(self.names.add(symbol.name as usize)) };
            symbol.section == 0 && names.contains(&name().to_bytes())
        })
    }

    /// The index of the first symbol that the library may define for others: `DT_GNU_HASH` wants
    /// those of other libraries before. 0 where there is no such table.
    fn first_defined(&self) -> usize {
        if self.hash.is_null() || !self.contains(self.hash.addr()) {
            return 0;
        }
        // SAFETY: the second word of `DT_GNU_HASH`.
        unsafe { self.hash.add(1).read() as usize }
    }

    /// The address of a symbol that the library defines itself; `None` where it does not.
    pub(crate) fn symbol(&self, name: &[u8]) -> Option<usize> {
        if self.hash.is_null() || !self.contains(self.hash.addr()) {
            return None;
        }
        let hash = name
            .iter()
            .fold(5381_u32, |hash, byte| hash.wrapping_mul(33).wrapping_add(u32::from(*byte)));
        // SAFETY: the words of `DT_GNU_HASH` as the dynamic linker itself reads them: four of
        // header, a Bloom filter of 64-bit words, buckets, and a chain that ends with an odd word.
        unsafe {
            let buckets = self.hash.read() as usize;
            let first = self.hash.add(1).read() as usize;
            let bloom = self.hash.add(2).read() as usize;
            if buckets == 0 {
                return None;
            }
            let shift = self.hash.add(3).read();
            let filter = self.hash.add(4 + 2 * ((hash as usize / 64) % bloom.max(1)));
            let word = u64::from(filter.read()) | u64::from(filter.add(1).read()) << 32;
            let bits = 1_u64 << (hash % 64) | 1_u64 << ((hash >> shift) % 64);
            if word & bits != bits {
                return None;
            }
            let table = self.hash.add(4 + 2 * bloom);
            let mut index = table.add(hash as usize % buckets).read() as usize;
            if index < first {
                return None;
            }
            loop {
                let entry = table.add(buckets + index - first).read();
                if entry | 1 == hash | 1 {
                    let symbol = &*self.symbols.add(index);
                    let found = CStr::from_ptr(self.names.add(symbol.name as usize));
                    if symbol.section != 0 && found.to_bytes() == name {
                        return Some(self.bias.wrapping_add(symbol.value));
                    }
                }
                if entry & 1 != 0 {
                    return None;
                }
                index += 1;
            }
        }
    }
}
