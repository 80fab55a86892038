//! Philox: several values of the counter at a time, whose chains of multiplications do not wait for
//! each other.

use super::Level;
use crate::philox::{BLOCK, block, sum};
#[cfg(target_arch = "x86_64")]
use crate::philox::{MULTIPLIERS, ROUNDS, WEYL};

/// Values of the counter at a time.
const COUNTERS: usize = 16;
/// The raw values that they give.
pub(crate) const TOGETHER: usize = COUNTERS * BLOCK;

/// Fills `out` with what `form` makes of the raw values of the counter's next values, and moves the
/// counter on.
pub(crate) fn fill<T>(
    level: Level,
    counter: &mut [u64; 4],
    key: [u64; 2],
    form: impl Fn(u64) -> T + Copy,
    out: &mut [[T; TOGETHER]],
) {
    for out in out {
        let counts = COUNTERS as u64;
        #[cfg(target_arch = "x86_64")]
        if level.min(Level::of_machine()) >= Level::Avx512 && counter[0] < u64::MAX - counts {
            // SAFETY: the machine has the instructions.
            unsafe { avx512::fill(*counter, key, form, out) };
            counter[0] += counts;
            continue;
        }
        let _ = (level, counts);
        for out in out.as_chunks_mut::<BLOCK>().0 {
            *counter = sum(*counter, [1, 0, 0, 0]);
            *out = block(*counter, key).map(form);
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(in crate::simd) use avx512::product;

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    use super::{MULTIPLIERS, ROUNDS, TOGETHER, WEYL};

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

    /// What the 16 values behind `counter` give; its lowest word does not wrap meanwhile.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    pub(super) fn fill<T>(
        counter: [u64; 4],
        key: [u64; 2],
        form: impl Fn(u64) -> T,
        out: &mut [T; TOGETHER],
    ) {
        let [low, others @ ..] = counter.map(|word| _mm512_set1_epi64(word as i64));
        // The values in an order in which the words of two neighbours come out together.
        let eight = _mm512_set_epi64(8, 4, 7, 3, 6, 2, 5, 1);
        let mut states = [eight, _mm512_add_epi64(eight, _mm512_set1_epi64(8))]
            .map(|beyond| [_mm512_add_epi64(low, beyond), others[0], others[1], others[2]]);
        let [mut k0, mut k1] = key;
        for _ in 0..ROUNDS {
            let keys = [k0, k1].map(|key| _mm512_set1_epi64(key as i64));
            for state in &mut states {
                let [x0, x1, x2, x3] = *state;
                let (first_high, first_low) = product(x0, MULTIPLIERS[0]);
                let (second_high, second_low) = product(x2, MULTIPLIERS[1]);
                *state = [
                    _mm512_ternarylogic_epi64::<0x96>(second_high, x1, keys[0]),
                    second_low,
                    _mm512_ternarylogic_epi64::<0x96>(first_high, x3, keys[1]),
                    first_low,
                ];
            }
            k0 = k0.wrapping_add(WEYL[0]);
            k1 = k1.wrapping_add(WEYL[1]);
        }
        let mut raws = [[0u64; 8]; TOGETHER / 8];
        let orders = [
            _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0),
            _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4),
        ];
        for (raws, [x0, x1, x2, x3]) in raws.as_chunks_mut::<4>().0.iter_mut().zip(states) {
            let pairs = [
                (_mm512_unpacklo_epi64(x0, x1), _mm512_unpacklo_epi64(x2, x3)),
                (_mm512_unpackhi_epi64(x0, x1), _mm512_unpackhi_epi64(x2, x3)),
            ];
            for (index, raws) in raws.iter_mut().enumerate() {
                let (front, back) = pairs[index / 2];
                let two = _mm512_permutex2var_epi64(front, orders[index % 2], back);
                // SAFETY: there is room for 8.
                unsafe { _mm512_storeu_si512(raws.as_mut_ptr().cast(), two) };
            }
        }
        for (out, raw) in out.iter_mut().zip(raws.as_flattened()) {
            *out = form(*raw);
        }
    }
}
