//! Philox: several values of the counter at a time, whose chains of multiplications do not wait for
//! each other.

use super::Level;
use super::pcg::{Shape, shaped};
use crate::philox::{BLOCK, MULTIPLIERS, ROUNDS, WEYL, increment};

/// Values of the counter at a time.
const COUNTERS: usize = 16;
/// The raw values that they give.
pub(crate) const TOGETHER: usize = COUNTERS * BLOCK;

/// Writes the forms `S` of the raw values of the counter's next values, each of 8 bytes and
/// [`TOGETHER`] of them `times` times, and moves the counter on.
///
/// # Safety
/// There is room for them at `out`.
pub(crate) unsafe fn fill<S: Shape>(
    level: Level,
    counter: &mut [u64; 4],
    key: [u64; 2],
    mut out: *mut u8,
    times: usize,
) {
    for _ in 0..times {
        let counts = COUNTERS as u64;
        #[cfg(target_arch = "x86_64")]
        if level.usable() >= Level::Avx512 && counter[0] < u64::MAX - counts {
            // SAFETY: the machine has the instructions, and there is room.
            unsafe {
                avx512::fill::<S>(*counter, key, out);
                out = out.add(8 * TOGETHER);
            }
            counter[0] += counts;
            continue;
        }
        let _ = (level, counts);
        for _ in 0..COUNTERS / 2 {
            increment(counter);
            let first = *counter;
            increment(counter);
            // SAFETY: there is room.
            unsafe {
                two::<S>(first, *counter, key, out);
                out = out.add(8 * 2 * BLOCK);
            }
        }
    }
}

/// Writes the forms of the raw values of two values of the counter: one chain waits while the other
/// goes on.
///
/// # Safety
/// There is room for them.
#[inline(always)]
unsafe fn two<S: Shape>(first: [u64; 4], second: [u64; 4], key: [u64; 2], out: *mut u8) {
    let mut left = (first[0], first[1], first[2], first[3]);
    let mut right = (second[0], second[1], second[2], second[3]);
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        left = round(left, k0, k1);
        right = round(right, k0, k1);
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    let (x0, x1, x2, x3) = left;
    let (y0, y1, y2, y3) = right;
    for (index, raw) in [x0, x1, x2, x3, y0, y1, y2, y3].into_iter().enumerate() {
        // SAFETY: there is room.
        unsafe { out.cast::<u64>().add(index).write_unaligned(shaped::<S>(raw)) };
    }
}

#[inline(always)]
fn round((x0, x1, x2, x3): Words, k0: u64, k1: u64) -> Words {
    let first = u128::from(x0) * u128::from(MULTIPLIERS[0]);
    let second = u128::from(x2) * u128::from(MULTIPLIERS[1]);
    ((second >> 64) as u64 ^ x1 ^ k0, second as u64, (first >> 64) as u64 ^ x3 ^ k1, first as u64)
}

/// In registers: no array.
type Words = (u64, u64, u64, u64);

#[cfg(target_arch = "x86_64")]
pub(in crate::simd) use avx512::product;

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    use super::{MULTIPLIERS, ROUNDS, Shape, WEYL};
    use crate::simd::pcg::shaped_avx512;

    /// The upper and the lower half of products with a multiplier.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    pub(in crate::simd) fn product(number: __m512i, multiplier: u64) -> (__m512i, __m512i) {
        let all = _mm512_set1_epi64(multiplier as i64);
        let above = _mm512_set1_epi64((multiplier >> 32) as i64);
        let upper = _mm512_srli_epi64::<32>(number);
        let first = _mm512_srli_epi64::<32>(_mm512_mul_epu32(number, all));
        let second = _mm512_add_epi64(_mm512_mul_epu32(upper, all), first);
        let third = _mm512_add_epi64(
            _mm512_mul_epu32(number, above),
            _mm512_and_si512(second, _mm512_set1_epi64(0xffff_ffff)),
        );
        let mut high = _mm512_mul_epu32(upper, above);
        high = _mm512_add_epi64(high, _mm512_srli_epi64::<32>(second));
        high = _mm512_add_epi64(high, _mm512_srli_epi64::<32>(third));
        (high, _mm512_mullo_epi64(number, all))
    }

    type State = (__m512i, __m512i, __m512i, __m512i);

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    fn round((x0, x1, x2, x3): State, k0: __m512i, k1: __m512i) -> State {
        let (first_high, first_low) = product(x0, MULTIPLIERS[0]);
        let (second_high, second_low) = product(x2, MULTIPLIERS[1]);
        (
            _mm512_ternarylogic_epi64::<0x96>(second_high, x1, k0),
            second_low,
            _mm512_ternarylogic_epi64::<0x96>(first_high, x3, k1),
            first_low,
        )
    }

    /// Writes what 8 values of the counter gave, in the order of the counter.
    ///
    /// # Safety
    /// There is room for 32 raw values.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    unsafe fn write<S: Shape>((x0, x1, x2, x3): State, out: *mut u8) {
        let early = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
        let late = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
        let (low, low_back) = (_mm512_unpacklo_epi64(x0, x1), _mm512_unpacklo_epi64(x2, x3));
        let (high, high_back) = (_mm512_unpackhi_epi64(x0, x1), _mm512_unpackhi_epi64(x2, x3));
        // SAFETY: there is room.
        unsafe {
            let write = |index: usize, raws: __m512i| {
                _mm512_storeu_si512(out.add(64 * index).cast(), raws);
            };
            write(0, shaped_avx512::<S>(_mm512_permutex2var_epi64(low, early, low_back)));
            write(1, shaped_avx512::<S>(_mm512_permutex2var_epi64(low, late, low_back)));
            write(2, shaped_avx512::<S>(_mm512_permutex2var_epi64(high, early, high_back)));
            write(3, shaped_avx512::<S>(_mm512_permutex2var_epi64(high, late, high_back)));
        }
    }

    /// What the 16 values behind `counter` give; its lowest word does not wrap meanwhile.
    ///
    /// # Safety
    /// The machine has the instructions, and there is room for 64 raw values.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    pub(super) unsafe fn fill<S: Shape>(counter: [u64; 4], key: [u64; 2], out: *mut u8) {
        let word = |index: usize| _mm512_set1_epi64(counter[index] as i64);
        // The values in an order in which the words of two neighbours come out together.
        let eight = _mm512_set_epi64(8, 4, 7, 3, 6, 2, 5, 1);
        let front = _mm512_add_epi64(word(0), eight);
        let back = _mm512_add_epi64(front, _mm512_set1_epi64(8));
        let mut front = (front, word(1), word(2), word(3));
        let mut back = (back, word(1), word(2), word(3));
        let [mut k0, mut k1] = key;
        for _ in 0..ROUNDS {
            let keys = (_mm512_set1_epi64(k0 as i64), _mm512_set1_epi64(k1 as i64));
            front = round(front, keys.0, keys.1);
            back = round(back, keys.0, keys.1);
            k0 = k0.wrapping_add(WEYL[0]);
            k1 = k1.wrapping_add(WEYL[1]);
        }
        // SAFETY: there is room.
        unsafe {
            write::<S>(front, out);
            write::<S>(back, out.add(256));
        }
    }
}
