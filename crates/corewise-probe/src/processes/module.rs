//! One file with code that a process has mapped.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use corewise_model::{Pid, Runtime};

use crate::elf::{Image, Segment};
use crate::maps::Mapping;

/// One loaded copy of a file with executable code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The file's path as the process mapped it, in its own mount namespace.
    pub path: String,
    /// Whether the file has no name any more (replaced by an update, or unlinked).
    pub deleted: bool,
    /// The first address of its mappings.
    pub base: u64,
    /// All its mappings, in ascending order of addresses.
    pub segments: Vec<Segment>,
    /// The addresses that can be executed.
    pub executable: Vec<Range<u64>>,
    /// Its device, as `major:minor`, and inode.
    pub file: (String, u64),
    /// The runtime that it is, if it is one.
    pub runtime: Option<Runtime>,
    /// Its dynamic section; `None` where it has none or the memory cannot be read.
    pub image: Option<Image>,
}

impl Module {
    /// The file's name without its folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the address is one that can be executed and lies in this module.
    #[must_use]
    pub fn has_code_at(&self, address: u64) -> bool {
        self.executable.iter().any(|range| range.contains(&address))
    }

    /// Opens the file: by its path as process `pid` sees it, or by its mapping where the path has
    /// gone (for which the kernel asks for `CAP_CHECKPOINT_RESTORE` or `CAP_SYS_ADMIN`).
    pub fn open(&self, pid: Pid) -> io::Result<File> {
        if self.deleted {
            let (start, end) =
                self.segments.first().map_or((0, 0), |segment| (segment.start, segment.end));
            return File::open(format!("/proc/{pid}/map_files/{start:x}-{end:x}"));
        }
        let inside = Path::new("/proc").join(pid.to_string()).join("root");
        let relative = self.path.strip_prefix('/').unwrap_or(&self.path);
        File::open(inside.join(relative)).or_else(|_| File::open(&self.path))
    }

    pub(super) fn new(mapping: &Mapping) -> Self {
        Self {
            path: mapping.path.clone(),
            deleted: mapping.deleted,
            base: mapping.start,
            segments: Vec::new(),
            executable: Vec::new(),
            file: (mapping.device.clone(), mapping.inode),
            runtime: None,
            image: None,
        }
    }

    pub(super) fn add(&mut self, mapping: &Mapping) {
        let Mapping { start, end, offset, .. } = *mapping;
        self.segments.push(Segment { start, end, offset });
        if mapping.executable {
            self.executable.push(start..end);
        }
    }

    /// Whether this mapping of the same file begins another copy of it: the file's first bytes
    /// again, after a mapping with code. (A linker such as lld may map the first page twice, but
    /// the first time without code.)
    pub(super) fn is_followed_by(&self, mapping: &Mapping) -> bool {
        mapping.offset == 0 && !self.executable.is_empty()
    }
}
