//! Where the code of runtimes is: a slot that points elsewhere is passed over at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Ranges that are told apart. With more of them no slot is passed over.
const ROOM: usize = 64;

struct Range {
    start: AtomicUsize,
    end: AtomicUsize,
}

static RANGES: [Range; ROOM] =
    [const { Range { start: AtomicUsize::new(0), end: AtomicUsize::new(0) } }; ROOM];
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Takes in a range of addresses. Called by one thread at a time.
pub(crate) fn add((start, end): (usize, usize)) {
    let count = COUNT.load(Ordering::Relaxed);
    let known = RANGES.iter().take(count).any(|range| {
        range.start.load(Ordering::Relaxed) <= start && end <= range.end.load(Ordering::Relaxed)
    });
    if known {
        return;
    }
    if let Some(range) = RANGES.get(count) {
        range.start.store(start, Ordering::Relaxed);
        range.end.store(end, Ordering::Relaxed);
    }
    COUNT.store(count + 1, Ordering::Release);
}

/// Forgets all of them.
pub(crate) fn forget() {
    COUNT.store(0, Ordering::Relaxed);
}

/// The ranges of one moment, in a form that is quick to ask.
pub(crate) struct Ranges {
    ranges: [(usize, usize); ROOM],
    count: usize,
}

impl Ranges {
    pub(crate) fn now() -> Self {
        let mut ranges = [(0, 0); ROOM];
        let count = COUNT.load(Ordering::Acquire);
        for (copy, range) in ranges.iter_mut().zip(&RANGES).take(count) {
            *copy = (range.start.load(Ordering::Relaxed), range.end.load(Ordering::Relaxed));
        }
        Self { ranges, count }
    }

    /// Whether an address may be in a runtime.
    #[inline]
    pub(crate) fn contain(&self, address: usize) -> bool {
        let known = self.ranges.get(..self.count);
        known.is_none_or(|known| {
            known.iter().any(|(start, end)| address.wrapping_sub(*start) < end - start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_and_where_there_is_no_room_nothing_is_passed_over() {
        forget();
        assert!(!Ranges::now().contain(0));
        add((0x1000, 0x2000));
        add((0x1000, 0x2000));
        add((0x5000, 0x6000));
        let ranges = Ranges::now();
        assert_eq!(ranges.count, 2);
        assert!(ranges.contain(0x1000) && ranges.contain(0x5fff));
        assert!(!ranges.contain(0xfff) && !ranges.contain(0x2000));
        for number in 0..ROOM {
            add((0x10000 * (number + 1), 0x10000 * (number + 1) + 1));
        }
        assert!(Ranges::now().contain(0x2000));
        forget();
    }
}
