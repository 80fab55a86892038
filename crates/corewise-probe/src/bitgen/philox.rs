//! Philox 4×64: Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011. Its counter
//! grows by 1 for every four numbers.

use super::change::NEAR;

/// Whether fewer than 2⁴⁸ blocks lead from one counter and position to the other. The position is
/// stored after the counter, so at one counter it may still be that of the block before.
pub(super) fn follows((before, position): ([u64; 4], u32), (after, end): ([u64; 4], u32)) -> bool {
    match minus(after, before) {
        [0, 0, 0, 0] => end != position,
        [blocks, 0, 0, 0] => blocks < NEAR,
        _ => false,
    }
}

/// The difference of 256-bit numbers, modulo 2²⁵⁶.
fn minus(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut difference = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (first, under) = a[i].overflowing_sub(b[i]);
        let (second, again) = first.overflowing_sub(u64::from(borrow));
        difference[i] = second;
        borrow = under || again;
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_grow_and_carry() {
        assert!(follows(([5, 0, 0, 0], 4), ([6, 0, 0, 0], 1)));
        assert!(follows(([u64::MAX, u64::MAX, 7, 0], 4), ([0, 0, 8, 0], 1)));
        assert!(follows(([5, 0, 0, 0], 1), ([5, 0, 0, 0], 2)));
        assert!(!follows(([6, 0, 0, 0], 1), ([5, 0, 0, 0], 4)));
        assert!(!follows(([5, 0, 0, 0], 4), ([5, 0, 1, 0], 4)), "jumped");
        assert!(!follows(([5, 0, 0, 0], 4), ([5, 1, 0, 0], 4)), "advanced by 2^64 blocks");
    }
}
