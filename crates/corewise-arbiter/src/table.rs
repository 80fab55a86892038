//! The table as a file that processes map.

use std::ffi::CStr;
use std::fmt;
use std::os::raw::c_int;

use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::{Counters, SLOTS, Slot, Slots};

/// `orewise` and a zero byte, so that no text file has it by chance.
const MAGIC: u64 = 0x0065_7369_7765_726f;
/// Changes with the layout. Processes with different versions do not share a table.
const VERSION: u32 = 1;

/// The first bytes of the file.
#[repr(C, align(128))]
struct Header {
    /// Written last: a file without it is not a table yet.
    magic: AtomicU64,
    version: AtomicU32,
    slots: AtomicU32,
    budget: AtomicU32,
    flags: AtomicU32,
    /// 1 after the first process has come.
    first: AtomicU32,
    counters: Counters,
}

#[repr(C)]
struct Layout {
    header: Header,
    slots: [Slot; SLOTS],
}

/// How a session decides, the same for all of its processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Cores that all processes of the session share, at least 1.
    pub budget: u32,
    /// Whether thread counts must not depend on what else runs.
    pub deterministic: bool,
}

/// Why a table cannot be used. The process then does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// A system call failed: its name and `errno`.
    System(&'static str, i32),
    /// The file belongs to another user, or others may write to it.
    NotOurs,
    /// The file is no table, is cut off, or is not finished yet.
    NotATable,
    /// The file was made by another version of corewise: its layout version.
    Version(u32),
}

impl fmt::Display for TableError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(call, errno) => {
                write!(to, "{call}: {}", std::io::Error::from_raw_os_error(*errno))
            }
            Self::NotOurs => write!(to, "it belongs to another user, or others may write to it"),
            Self::NotATable => write!(to, "it is not a session of corewise"),
            Self::Version(version) => write!(
                to,
                "it was made by another version of corewise (layout {version}, this one has \
                 {VERSION})"
            ),
        }
    }
}

impl std::error::Error for TableError {}

/// A mapped table. Unmapped when dropped.
///
/// ```
/// use corewise_arbiter::{Owner, Settings, Table};
/// let table = Table::private(Settings { budget: 4, deterministic: false }).unwrap();
/// let me = Owner::new(std::process::id(), 1).unwrap();
/// let slot = table.slots().claim(me, 0, 0).unwrap();
/// assert_eq!(table.slots().own(slot), (0, 0));
/// ```
#[derive(Debug)]
pub struct Table {
    layout: *mut Layout,
}

// SAFETY: everything behind the pointer is atomic, and the mapping lives as long as the `Table`.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

impl Table {
    /// The size of the file, in bytes.
    pub const BYTES: usize = size_of::<Layout>();

    /// A table of this process alone, without a file.
    pub fn private(settings: Settings) -> Result<Self, TableError> {
        let table = Self::map(-1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS)?;
        table.initialise(settings);
        Ok(table)
    }

    /// Makes the file `path`, which must not exist, with mode 0600.
    pub fn create(path: &CStr, settings: Settings) -> Result<Self, TableError> {
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_CLOEXEC;
        // SAFETY: `path` is a C string; the mode is passed as `open` with O_CREAT wants it.
        let file = Descriptor::new("open", unsafe { libc::open(path.as_ptr(), flags, 0o600) })?;
        let made = (|| {
            // The umask may have taken rights away that the owner needs.
            // SAFETY: the descriptor is open.
            system("fchmod", unsafe { libc::fchmod(file.0, 0o600) })?;
            // Blocks are reserved: on a full file system this fails here, and no access is a
            // SIGBUS later.
            let bytes = libc::off_t::try_from(Self::BYTES).unwrap_or(libc::off_t::MAX);
            let mut errno = libc::EINTR;
            while errno == libc::EINTR {
                // SAFETY: the descriptor is open.
                errno = unsafe { libc::posix_fallocate(file.0, 0, bytes) };
            }
            if errno != 0 {
                return Err(TableError::System("posix_fallocate", errno));
            }
            let table = Self::map(file.0, libc::MAP_SHARED)?;
            table.initialise(settings);
            Ok(table)
        })();
        if made.is_err() {
            // SAFETY: `path` is a C string. The file is ours: O_EXCL made it.
            unsafe { libc::unlink(path.as_ptr()) };
        }
        made
    }

    /// Maps the file `path`, if it is a finished table of this user and version.
    pub fn open(path: &CStr) -> Result<Self, TableError> {
        let flags = libc::O_RDWR | libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        // SAFETY: `path` is a C string.
        let file = Descriptor::new("open", unsafe { libc::open(path.as_ptr(), flags) })?;
        // SAFETY: `stat` is plain data; zero is a value of it.
        let mut status: libc::stat = unsafe { std::mem::zeroed() };
        // SAFETY: the descriptor is open and `status` is writable.
        system("fstat", unsafe { libc::fstat(file.0, &raw mut status) })?;
        // SAFETY: `geteuid` has no preconditions.
        let user = unsafe { libc::geteuid() };
        if status.st_uid != user || status.st_mode & 0o022 != 0 {
            return Err(TableError::NotOurs);
        }
        let regular = status.st_mode & libc::S_IFMT == libc::S_IFREG;
        if !regular || usize::try_from(status.st_size) != Ok(Self::BYTES) {
            return Err(TableError::NotATable);
        }
        let table = Self::map(file.0, libc::MAP_SHARED)?;
        let header = table.header();
        if header.magic.load(Ordering::Acquire) != MAGIC {
            return Err(TableError::NotATable);
        }
        let version = header.version.load(Ordering::Relaxed);
        if version != VERSION {
            return Err(TableError::Version(version));
        }
        let same = usize::try_from(header.slots.load(Ordering::Relaxed)) == Ok(SLOTS);
        if !same || header.budget.load(Ordering::Relaxed) == 0 {
            return Err(TableError::NotATable);
        }
        Ok(table)
    }

    /// What the session's processes agree on.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let header = self.header();
        Settings {
            budget: header.budget.load(Ordering::Relaxed).max(1),
            deterministic: header.flags.load(Ordering::Relaxed) & 1 != 0,
        }
    }

    /// Changes the budget for all processes, from their next parallel region on.
    pub fn set_budget(&self, cores: u32) {
        self.header().budget.store(cores.max(1), Ordering::Relaxed);
    }

    /// Says whether this process is the session's first, which it is once.
    #[must_use]
    pub fn is_first(&self) -> bool {
        let first = &self.header().first;
        first.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The protocol's words.
    #[must_use]
    pub fn slots(&self) -> Slots<'_> {
        // SAFETY: the mapping has the size of `Layout` and lives as long as `self`; all its words
        // are atomics, for which every bit pattern is a value.
        let layout = unsafe { &*self.layout };
        Slots { counters: &layout.header.counters, slots: &layout.slots }
    }

    fn header(&self) -> &Header {
        // SAFETY: as in `slots`.
        unsafe { &(*self.layout).header }
    }

    fn initialise(&self, settings: Settings) {
        let header = self.header();
        header.version.store(VERSION, Ordering::Relaxed);
        header.slots.store(u32::try_from(SLOTS).unwrap_or(0), Ordering::Relaxed);
        header.budget.store(settings.budget.max(1), Ordering::Relaxed);
        header.flags.store(u32::from(settings.deterministic), Ordering::Relaxed);
        header.magic.store(MAGIC, Ordering::Release);
    }

    fn map(file: c_int, flags: c_int) -> Result<Self, TableError> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let start =
            unsafe { libc::mmap(std::ptr::null_mut(), Self::BYTES, protection, flags, file, 0) };
        if start == libc::MAP_FAILED {
            return Err(TableError::System("mmap", errno()));
        }
        Ok(Self { layout: start.cast() })
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `map` with this size, and no reference outlives `self`.
        unsafe { libc::munmap(self.layout.cast(), Self::BYTES) };
    }
}

struct Descriptor(c_int);

impl Descriptor {
    fn new(call: &'static str, result: c_int) -> Result<Self, TableError> {
        system(call, result)?;
        Ok(Self(result))
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the descriptor is open and nobody else's.
        unsafe { libc::close(self.0) };
    }
}

fn system(call: &'static str, result: c_int) -> Result<(), TableError> {
    if result < 0 { Err(TableError::System(call, errno())) } else { Ok(()) }
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}
