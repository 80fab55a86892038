//! Which memory of a process to read.

use std::fs::File;
use std::os::unix::fs::FileExt;

use corewise_model::Pid;

use crate::maps::Mapping;

const PRESENT: u64 = 1 << 63;

/// Mappings that Python objects may live in: private, anonymous and writable, the heap first, then
/// the smallest. Objects live in arenas of at most a few MiB; arrays make the large mappings.
pub(super) fn candidates(mappings: &[Mapping]) -> Vec<&Mapping> {
    let suits = |mapping: &&Mapping| {
        let anonymous = mapping.path.is_empty() || mapping.path.starts_with("[anon");
        mapping.writable && mapping.inode == 0 && (anonymous || mapping.path == "[heap]")
    };
    let mut candidates: Vec<&Mapping> = mappings.iter().filter(suits).collect();
    candidates.sort_by_key(|mapping| (mapping.path != "[heap]", mapping.end - mapping.start));
    candidates
}

/// Tells which pages are resident, by `/proc/PID/pagemap`, so that reserved and never touched
/// memory costs nothing.
pub(super) struct Residency {
    pagemap: Option<File>,
    page: u64,
}

impl Residency {
    /// Of this process. Where `pagemap` cannot be read every page counts as resident.
    pub(super) fn of(pid: Pid) -> Self {
        let pagemap = File::open(format!("/proc/{pid}/pagemap")).ok();
        Self { pagemap, page: rustix::param::page_size() as u64 }
    }

    /// The runs of resident pages from `start` to `end`, as addresses.
    pub(super) fn runs(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let Some(pagemap) = &self.pagemap else { return vec![(start, end)] };
        let mut runs: Vec<(u64, u64)> = Vec::new();
        let mut entries = vec![0; 32 << 10];
        let mut at = start;
        while at < end {
            let wanted = usize::try_from((end - at) / self.page * 8).unwrap_or(usize::MAX);
            let wanted = wanted.min(entries.len());
            let read = pagemap.read_at(&mut entries[..wanted], at / self.page * 8).unwrap_or(0);
            if read < 8 {
                push(&mut runs, at, end);
                break;
            }
            for entry in entries[..read].as_chunks().0 {
                if u64::from_le_bytes(*entry) & PRESENT != 0 {
                    push(&mut runs, at, at + self.page);
                }
                at += self.page;
            }
        }
        runs
    }
}

fn push(runs: &mut Vec<(u64, u64)>, start: u64, end: u64) {
    match runs.last_mut() {
        Some((_, last)) if *last == start => *last = end,
        _ => runs.push((start, end)),
    }
}
