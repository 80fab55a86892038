//! MT19937: Matsumoto and Nishimura, "Mersenne Twister", 1998.

/// The words of its key.
pub(super) const WORDS: usize = 624;

const MIDDLE: usize = 397;

/// Whether drawing leads from one key and position to the other, in at most `reach` 32-bit numbers.
///
/// A key may have been read while the program was replacing it, front to back, and stay so for as
/// long as it is not scheduled: its front is then that of the next key.
pub(super) fn follows(
    (before, position): (&[u32; WORDS], u32),
    (after, end): (&[u32; WORDS], u32),
    reach: u64,
) -> bool {
    if before == after {
        return end > position;
    }
    let mut key = *before;
    for _ in 0..=reach / WORDS as u64 + 1 {
        // One word decides nearly always; the rest is compared where it agrees.
        let last = key[WORDS - 1];
        if after[WORDS - 1] == last {
            let mut next = key;
            twist(&mut next);
            let front = after.iter().zip(&next).take_while(|(word, next)| word == next).count();
            if after[front..] == key[front..] {
                return true;
            }
        }
        twist(&mut key);
    }
    false
}

/// The next key.
fn twist(key: &mut [u32; WORDS]) {
    let next = |upper: u32, lower: u32, far: u32| {
        let joined = (upper & 0x8000_0000) | (lower & 0x7fff_ffff);
        far ^ (joined >> 1) ^ ((joined & 1).wrapping_neg() & 0x9908_b0df)
    };
    for i in 0..WORDS - MIDDLE {
        key[i] = next(key[i], key[i + 1], key[i + MIDDLE]);
    }
    for i in WORDS - MIDDLE..WORDS - 1 {
        key[i] = next(key[i], key[i + 1], key[i + MIDDLE - WORDS]);
    }
    key[WORDS - 1] = next(key[WORDS - 1], key[0], key[MIDDLE - 1]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seeding of the reference implementation.
    fn seeded(seed: u32) -> [u32; WORDS] {
        let mut key = [seed; WORDS];
        for i in 1..WORDS {
            let last = key[i - 1];
            let index = u32::try_from(i).unwrap();
            key[i] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(index);
        }
        key
    }

    #[test]
    fn the_first_output_is_the_published_one() {
        // mt19937ar with seed 5489, as C++'s std::mt19937: 3499211612.
        let mut key = seeded(5489);
        twist(&mut key);
        let mut y = key[0];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^= y >> 18;
        assert_eq!(y, 3_499_211_612);
    }

    #[test]
    fn twists_are_followed_and_seeds_are_not() {
        let first = seeded(1);
        let mut later = first;
        for _ in 0..5 {
            twist(&mut later);
        }
        assert!(follows((&first, 624), (&later, 3), 10_000));
        assert!(!follows((&first, 624), (&later, 3), 2 * 624));
        assert!(!follows((&later, 3), (&first, 624), 10_000));
        let mut next = later;
        twist(&mut next);
        for cut in [1, 226, 227, 300, 623] {
            let mut torn = later;
            torn[..cut].copy_from_slice(&next[..cut]);
            assert!(follows((&first, 624), (&torn, 624), 10_000), "replaced up to {cut}");
            assert!(follows((&later, 3), (&torn, 624), 10_000), "replaced up to {cut}");
        }
        assert!(!follows((&first, 624), (&seeded(2), 10), 10_000));
        assert!(follows((&later, 3), (&later, 4), 10_000));
        assert!(!follows((&later, 4), (&later, 3), 10_000));
    }
}
