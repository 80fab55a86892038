//! How long the regions of a place in the program take, as work of one thread.
//!
//! Short regions follow one another within microseconds, and a team whose members are not all
//! running costs each of them a time slice. So they keep to the callers of the last while; a long
//! region may take what has just become free.

use std::sync::atomic::{AtomicU64, Ordering};

/// Places that are told apart, by a hash: those that share an entry share a mean.
const PLACES: usize = 1024;
/// A region of less work than this is short: 2 ms at 1 to 4 GHz.
const SHORT: u64 = 4_000_000;

static MEANS: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];

/// A place: the outlined function of an OpenMP region, or a routine of BLAS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Place {
    /// The place of a function's address.
    pub(crate) fn of(address: usize) -> Self {
        Self((address >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54)
    }

    /// Whether its regions have been short so far. What was never seen counts as short.
    pub(crate) fn is_short(self) -> bool {
        self.mean().is_none_or(|mean| mean.load(Ordering::Relaxed) < SHORT)
    }

    /// Takes in a region that took `ticks` with `threads` threads.
    pub(crate) fn learn(self, ticks: u64, threads: u32) {
        let Some(mean) = self.mean() else { return };
        let before = mean.load(Ordering::Relaxed);
        let work = ticks.saturating_mul(u64::from(threads.max(1)));
        // The first counts whole. Then an eighth: a single slow one, with the thread waiting for a
        // core, does not make a place long.
        let after = if before == 0 { work } else { before - before / 8 + work / 8 };
        mean.store(after.max(1), Ordering::Relaxed);
    }

    fn mean(self) -> Option<&'static AtomicU64> {
        MEANS.get(self.0)
    }
}

/// Ticks of the processor's clock.
#[inline]
pub(crate) fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: every x86-64 processor has the instruction; Linux leaves it to user programs.
        unsafe { std::arch::x86_64::_rdtsc() }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        crate::clock::now_ms() * 1_000_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_becomes_long_by_its_mean() {
        let place = Place::of(0x1234_5670);
        assert!(place.is_short());
        place.learn(1000, 1);
        assert!(place.is_short());
        for _ in 0..10 {
            place.learn(SHORT, 2);
        }
        assert!(!place.is_short());
        for _ in 0..40 {
            place.learn(1000, 1);
        }
        assert!(place.is_short());
    }
}
