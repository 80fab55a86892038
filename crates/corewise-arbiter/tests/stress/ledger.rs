//! What the processes really hold, beside the table: a file that they all map.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use corewise_arbiter::{Liveness, Owner, liveness};

/// Processes that a ledger has room for.
pub(crate) const PROCESSES: usize = 256;

#[repr(C)]
struct Line {
    pid: AtomicU64,
    start: AtomicU64,
    /// How often it changed (high half), and the cores held, where they are more than one.
    held: AtomicU64,
    leases: AtomicU64,
    /// What it found wrong: cores held by all.
    excess: AtomicU64,
}

#[repr(C)]
struct Page {
    stopped: AtomicBool,
    lines: [Line; PROCESSES],
}

/// The ledger, mapped for as long as this process runs.
pub(crate) struct Ledger {
    path: PathBuf,
    page: &'static Page,
}

impl Ledger {
    pub(crate) fn create(path: &Path) -> Self {
        File::create_new(path).unwrap().set_len(size_of::<Page>() as u64).unwrap();
        Self::open(path)
    }

    pub(crate) fn open(path: &Path) -> Self {
        let file = File::options().read(true).write(true).open(path).unwrap();
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
        let page = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size_of::<Page>(),
                protection,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        assert_ne!(page, libc::MAP_FAILED);
        // SAFETY: the mapping has the size of `Page` and stays. Its words are atomics; the flag is
        // only ever 0 or 1.
        let page = unsafe { &*page.cast::<Page>() };
        Self { path: path.to_owned(), page }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn stop(&self) {
        self.page.stopped.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.page.stopped.load(Ordering::SeqCst)
    }

    pub(crate) fn enter(&self, number: usize, me: Owner) {
        let line = &self.page.lines[number];
        line.start.store(me.start(), Ordering::SeqCst);
        line.pid.store(me.pid().into(), Ordering::SeqCst);
    }

    /// Notes what a lease gave, or 0 just before it is given back.
    pub(crate) fn hold(&self, number: usize, cores: u32) {
        let line = &self.page.lines[number];
        let change = (line.held.load(Ordering::SeqCst) >> 32) + 1;
        line.held.store((change << 32) | u64::from(cores), Ordering::SeqCst);
        line.leases.fetch_add(u64::from(cores > 0), Ordering::Relaxed);
    }

    /// Whether living processes hold more than `budget`.
    pub(crate) fn exceeds(&self, number: usize, budget: u32) -> bool {
        // What does not hold still for two looks is not certain to have been so at once.
        while let held = self.held()
            && held.iter().map(|word| word & 0xffff_ffff).sum::<u64>() > budget.into()
        {
            if self.held() != held {
                continue;
            }
            let mut dead = 0;
            for (line, word) in self.page.lines.iter().zip(&held) {
                if word & 0xffff_ffff > 0 && !line.lives() {
                    // Its cores have been leased to others.
                    line.held.store(0, Ordering::SeqCst);
                    dead += 1;
                }
            }
            if dead == 0 {
                let sum = held.iter().map(|word| word & 0xffff_ffff).sum();
                self.page.lines[number].excess.store(sum, Ordering::SeqCst);
                return true;
            }
        }
        false
    }

    pub(crate) fn leases(&self) -> u64 {
        self.page.lines.iter().map(|line| line.leases.load(Ordering::Relaxed)).sum()
    }

    pub(crate) fn complaints(&self) -> String {
        let excess = self.page.lines.iter().map(|line| line.excess.load(Ordering::SeqCst));
        format!("cores held: {:?}", excess.filter(|excess| *excess > 0).collect::<Vec<_>>())
    }

    fn held(&self) -> Vec<u64> {
        self.page.lines.iter().map(|line| line.held.load(Ordering::SeqCst)).collect()
    }
}

impl Line {
    fn lives(&self) -> bool {
        let pid = u32::try_from(self.pid.load(Ordering::SeqCst)).unwrap();
        let owner = Owner::new(pid, self.start.load(Ordering::SeqCst)).unwrap();
        liveness(owner) != Liveness::Dead
    }
}
