//! Parallel regions of threads that the caller starts itself, beside those of hooked runtimes.

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use crate::durations::{self, Place};
use crate::hooks;
use crate::process::{self, Lease};
use crate::threads::{self, Thread, bump, drop_one};

/// A parallel region of the calling thread: holds its cores of the session's budget until it is
/// dropped, by the same thread.
///
/// ```
/// // Nothing governs this process: all that was asked for.
/// let region = corewise_governor::Region::enter(4, main as fn() as usize);
/// assert_eq!(region.threads(), 4);
/// # fn main() {}
/// ```
pub struct Region {
    threads: u32,
    held: Option<Held>,
    /// Of this thread.
    own: PhantomData<*const ()>,
}

struct Held {
    thread: &'static Thread,
    lease: Lease,
    place: Place,
    began: u64,
}

impl Region {
    /// Enters a region that could use `asked` threads, the caller among them. `work` is an address
    /// that tells the region's kind of work from others: how long it takes decides what it may get.
    #[must_use]
    pub fn enter(asked: u32, work: usize) -> Self {
        let asked = asked.max(1);
        if !hooks::is_active() || asked == 1 {
            return Self { threads: asked, held: None, own: PhantomData };
        }
        process::check_for_fork();
        let Some(thread) = threads::current() else {
            return Self { threads: asked, held: None, own: PhantomData };
        };
        if thread.is_inside() {
            // Inside a region: the cores are given out already.
            return Self { threads: 1, held: None, own: PhantomData };
        }
        let place = Place::of(work, 0);
        let lease = process::lease(thread, asked, place);
        let threads = lease.threads().max(1);
        // No frame of a call is above it: what is called meanwhile is inside.
        thread.frame.store(usize::MAX, Ordering::Relaxed);
        bump(&thread.depth);
        let held = Held { thread, lease, place, began: durations::ticks() };
        Self { threads, held: Some(held), own: PhantomData }
    }

    /// Threads that the region may run, the caller among them; at least 1.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.threads
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let Some(Held { thread, lease, place, began }) = self.held.take() else { return };
        process::check_for_fork();
        drop_one(&thread.depth);
        place.learn(durations::ticks().wrapping_sub(began), self.threads);
        process::give_back(thread, lease);
    }
}
