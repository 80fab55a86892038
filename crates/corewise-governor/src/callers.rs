//! How many threads of this process have been callers of late.
//!
//! A thread that computes in BLAS and in Python by turns is a caller all the time, although it is in
//! a region only now and then. So callers are counted over windows of a few ms: this one and the
//! one before.

use std::sync::atomic::{AtomicU64, Ordering};

/// ms of a window, a tick of the coarse clock at most kernels' 250 Hz: a thread counts for one to
/// two windows after it was last seen.
pub(crate) const WINDOW: u64 = 4;

/// Window number (32 bits), callers of the window before (16), callers of this one (16).
static COUNTS: AtomicU64 = AtomicU64::new(0);

/// The window of a time.
pub(crate) fn window(now: u64) -> u32 {
    // Numbered from 1, for 0 is a thread that was never seen. It may wrap.
    u32::try_from((now / WINDOW) & 0xffff_ffff).unwrap_or(0) | 1 << 31
}

/// Counts a thread that was last counted in window `seen`, and says how many callers there have
/// been of late, with it.
pub(crate) fn count(seen: u32, now: u32) -> u32 {
    let mut counts = COUNTS.load(Ordering::Relaxed);
    loop {
        let (before, this) = at(counts, now);
        let next = if seen == now { this } else { (this + 1).min(0xffff) };
        let wanted = u64::from(now) << 32 | u64::from(before) << 16 | u64::from(next);
        if wanted != counts {
            let swapped =
                COUNTS.compare_exchange_weak(counts, wanted, Ordering::Relaxed, Ordering::Relaxed);
            if let Err(other) = swapped {
                counts = other;
                continue;
            }
        }
        let was_there = seen == now || seen == now.wrapping_sub(1);
        return next.max(before + u32::from(!was_there));
    }
}

/// Whether a thread that was last counted in window `seen` has been a caller within half a second,
/// but is not one of late.
pub(crate) fn is_between_regions(seen: u32, now: u32) -> bool {
    let windows = now.wrapping_sub(seen);
    seen != 0 && windows > 1 && u64::from(windows) < 500 / WINDOW
}

/// Callers of late, without counting anybody.
pub(crate) fn recent(now: u32) -> u32 {
    let (before, this) = at(COUNTS.load(Ordering::Relaxed), now);
    before.max(this)
}

/// Forgets everybody.
pub(crate) fn forget() {
    COUNTS.store(0, Ordering::Relaxed);
    OF_LATE.counts.store(0, Ordering::Relaxed);
    LONGER.counts.store(0, Ordering::Relaxed);
}

fn at(counts: u64, now: u32) -> (u32, u32) {
    let number = u32::try_from(counts >> 32).unwrap_or(0);
    let (before, this) = ((counts >> 16 & 0xffff) as u32, (counts & 0xffff) as u32);
    match now.wrapping_sub(number) {
        0 => (before, this),
        1 => (this, 0),
        _ => (0, 0),
    }
}

/// The most callers at one time, remembered for one to two windows.
struct Memory {
    /// ms of a window.
    window: u64,
    /// As `COUNTS`, with the most callers that were seen.
    counts: AtomicU64,
}

static OF_LATE: Memory = Memory { window: 32, counts: AtomicU64::new(0) };
static LONGER: Memory = Memory { window: 256, counts: AtomicU64::new(0) };

/// The most callers at one time, of all processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// In the last 32 to 64 ms.
    pub(crate) of_late: u32,
    /// In the last 256 to 512 ms.
    pub(crate) longer: u32,
}

/// Takes in that there are so many callers now, and gives the most that there were.
pub(crate) fn most(callers: u32, now: u64) -> Most {
    Most { of_late: OF_LATE.most(callers, now), longer: LONGER.most(callers, now) }
}

impl Memory {
    fn most(&self, callers: u32, now: u64) -> u32 {
        let number = u32::try_from((now / self.window) & 0xffff_ffff).unwrap_or(0);
        let known = self.counts.load(Ordering::Relaxed);
        let (before, this) = at(known, number);
        let most = this.max(callers.min(0xffff));
        let wanted = u64::from(number) << 32 | u64::from(before) << 16 | u64::from(most);
        if wanted != known {
            // Another thread's, should both come at once, is as good.
            self.counts.store(wanted, Ordering::Relaxed);
        }
        most.max(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_count_in_their_window_and_the_next() {
        forget();
        let w = window(1000);
        assert_eq!(count(0, w), 1);
        assert_eq!(count(0, w), 2);
        assert_eq!(count(w, w), 2);
        assert_eq!(recent(w + 1), 2);
        // One of the two comes again: both still count.
        assert_eq!(count(w, w + 1), 2);
        // A third one, beside the two of the window before.
        assert_eq!(count(0, w + 1), 3);
        assert_eq!(recent(w + 3), 0);
        assert_eq!(count(w, w + 9), 1);
        assert_eq!(most(3, 1600).of_late, 3);
        assert_eq!(most(1, 1640).of_late, 3);
        assert_eq!(most(1, 1680).of_late, 1);
        assert_eq!(most(1, 1680).longer, 3);
        assert_eq!(most(1, 2048).longer, 1);
        forget();
    }
}
