//! What packing by NEON needs: for each set of lanes the order of bytes that brings those to the front.

/// Of lanes of 64 bits.
pub(in crate::simd) static PAIRS: [[u8; 16]; 4] = orders::<2, 4>();

/// Of lanes of 32 bits.
pub(in crate::simd) static QUADS: [[u8; 16]; 16] = orders::<4, 16>();

/// The lanes in each set of four: NEON counts bits in its own registers alone, which is a long way.
pub(in crate::simd) static QUAD_COUNTS: [u8; 16] = {
    let mut counts = [0; 16];
    let mut set = 0;
    while set < 16 {
        counts[set] = set.count_ones() as u8;
        set += 1;
    }
    counts
};

/// The lanes in a set of two.
#[inline(always)]
pub(in crate::simd) fn pair_count(set: usize) -> usize {
    set - (set >> 1)
}

/// For each set of `LANES` lanes; behind those in the set come zeros.
const fn orders<const LANES: usize, const SETS: usize>() -> [[u8; 16]; SETS] {
    let mut orders = [[u8::MAX; 16]; SETS];
    let bytes = 16 / LANES;
    let mut set = 0;
    while set < SETS {
        let (mut lane, mut packed) = (0, 0);
        while lane < LANES {
            if set >> lane & 1 == 1 {
                let mut byte = 0;
                while byte < bytes {
                    orders[set][packed * bytes + byte] = (lane * bytes + byte) as u8;
                    byte += 1;
                }
                packed += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    orders
}
