//! Cores for a thread pool that asks for them itself.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use crate::durations::Place;
use crate::process::{self, Lease};
use crate::{hooks, threads};

/// Cores that are leased until this is dropped, on the thread that leased them.
pub struct Region {
    lease: Lease,
    here: PhantomData<*const ()>,
}

impl Region {
    /// Begins a parallel region of the calling thread that could use `asked` threads. `None`: nothing
    /// is to be heeded, for this process is not governed.
    #[must_use]
    pub fn begin(asked: u32) -> Option<Self> {
        if !hooks::is_active() {
            return None;
        }
        process::check_for_fork();
        let thread = threads::current()?;
        let nested =
            thread.team.load(Ordering::Relaxed) > 0 || thread.depth.load(Ordering::Relaxed) > 0;
        let lease = if nested {
            // The region around it has the cores already.
            Lease::NOTHING
        } else {
            process::lease(thread, asked, Place::of(Self::begin as *const () as usize, 0))
        };
        Some(Self { lease, here: PhantomData })
    }

    /// Threads that it may run, the calling one among them.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.lease.threads().max(1)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        if self.lease.cores == 0 {
            return;
        }
        process::check_for_fork();
        if let Some(thread) = threads::current() {
            process::give_back(thread, self.lease);
        }
    }
}
