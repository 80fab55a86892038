//! How long the regions of a place in the program take, as work of one thread.
//!
//! Short regions follow one another within microseconds, and a team whose members are not all
//! running costs each of them a time slice. So they keep to the callers of the last while, the longer
//! the less they have to gain; a long region may take what has just become free.

use std::sync::atomic::{AtomicU64, Ordering};

/// Places that are told apart, by a hash: those that share an entry share a mean.
const PLACES: usize = 4096;
/// A region of less work than this is tiny: some 50 µs.
const TINY: u64 = 1 << 17;
/// A region of less work than this is short: 1 to 4 ms.
const SHORT: u64 = 4_000_000;

static MEANS: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];

/// How much work a place's regions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// No region of the place has ended yet.
    Unknown,
    Tiny,
    Short,
    Long,
}

/// A place: the outlined function of an OpenMP region, or a routine of BLAS and the size of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(usize);

impl Place {
    /// The place of a function's address, for calls of one class of sizes.
    pub(crate) fn of(address: usize, class: usize) -> Self {
        Self(((address >> 4) ^ (class << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52)
    }

    pub(crate) fn from_number(number: usize) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> usize {
        self.0
    }

    /// How long its regions have been so far.
    pub(crate) fn length(self) -> Length {
        match self.mean().map_or(0, |mean| mean.load(Ordering::Relaxed)) {
            0 => Length::Unknown,
            mean if mean < TINY => Length::Tiny,
            mean if mean < SHORT => Length::Short,
            _ => Length::Long,
        }
    }

    /// Takes in a region that took `ticks` with `threads` threads.
    pub(crate) fn learn(self, ticks: u64, threads: u32) {
        let Some(mean) = self.mean() else { return };
        let before = mean.load(Ordering::Relaxed);
        let work = ticks.saturating_mul(u64::from(threads.max(1)));
        // Nearer to the fast ones: where threads wait for cores, a region takes several times as long
        // as its work.
        let after = match before {
            0 => work,
            _ if work < before => before - (before - work) / 4,
            _ => before + (work - before).min(before * 4) / 64,
        };
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
        let place = Place::of(0x1234_5670, 0);
        assert_eq!(place.length(), Length::Unknown);
        place.learn(1000, 1);
        assert_eq!(place.length(), Length::Tiny);
        // A region that waited for a core does not make it long.
        place.learn(100 * SHORT, 2);
        assert_eq!(place.length(), Length::Tiny);
        for _ in 0..1000 {
            place.learn(TINY, 2);
        }
        assert_eq!(place.length(), Length::Short);
        for _ in 0..1000 {
            place.learn(SHORT, 2);
        }
        assert_eq!(place.length(), Length::Long);
        for _ in 0..40 {
            place.learn(1000, 1);
        }
        assert_eq!(place.length(), Length::Tiny);
    }

    #[test]
    fn sizes_are_places_of_their_own() {
        assert_ne!(Place::of(0x1000, 10), Place::of(0x1000, 30));
        assert_eq!(Place::from_number(Place::of(0x1000, 3).number()), Place::of(0x1000, 3));
    }
}
