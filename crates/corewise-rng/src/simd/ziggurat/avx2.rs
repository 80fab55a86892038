//! Survey and packing by AVX2.

use std::arch::x86_64::*;

use super::Layers;
use super::block::Survey;
use crate::simd::fetch_to_write;
use crate::simd::pcg::whole_avx2;

/// Surveys raw values for the normal distribution (`NORMAL`) or the exponential one.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub(super) fn survey<const NORMAL: bool>(
    words: &[u64],
    layers: &Layers,
    survey: &mut Survey<f64>,
    place: *const f64,
) {
    let certain = survey.certain.as_mut_ptr().cast::<u8>();
    let whole = words.len() / 8;
    for group in 0..whole {
        fetch_to_write(place.wrapping_add(8 * group));
        // SAFETY: 8 words begin here, and the survey has room for as many values as a block has words.
        unsafe {
            let raws = words.as_ptr().add(8 * group);
            let values = survey.values.as_mut_ptr().add(8 * group).cast();
            certain.add(group).write(eight::<NORMAL>(raws, layers, values));
        }
    }
    let rest = words.len() % 8;
    if rest > 0 {
        let mut last = [0; 8];
        last[..rest].copy_from_slice(&words[8 * whole..]);
        // SAFETY: as before; blocks are multiples of 8 words.
        unsafe {
            let values = survey.values.as_mut_ptr().add(8 * whole).cast();
            certain.add(whole).write(eight::<NORMAL>(last.as_ptr(), layers, values));
        }
    }
}

/// What 8 raw values give, and which lie under the density for certain.
///
/// # Safety
/// There are 8 raw values, and room for as many values.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
unsafe fn eight<const NORMAL: bool>(raws: *const u64, layers: &Layers, out: *mut f64) -> u8 {
    // SAFETY: as for the caller.
    unsafe {
        let low = four::<NORMAL>(raws, layers, out);
        let high = four::<NORMAL>(raws.add(4), layers, out.add(4));
        low | high << 4
    }
}

/// As [`eight`].
///
/// # Safety
/// There are 4 raw values, and room for as many values.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
unsafe fn four<const NORMAL: bool>(raws: *const u64, layers: &Layers, out: *mut f64) -> u8 {
    let layer = |lane: usize| {
        // SAFETY: a layer's index has 8 bits, and 4 raw values there are.
        unsafe {
            let offset = if NORMAL {
                usize::from(raws.add(lane).cast::<u8>().read_volatile()) * 16
            } else {
                usize::from(raws.add(lane).cast::<u16>().read_volatile() & 0x7f8) * 2
            };
            _mm_load_si128(layers.0.as_ptr().byte_add(offset).cast())
        }
    };
    let even = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(layer(0)), layer(2));
    let odd = _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(layer(1)), layer(3));
    let edges = _mm256_unpacklo_epi64(even, odd);
    let widths = _mm256_castsi256_pd(_mm256_unpackhi_epi64(even, odd));

    // SAFETY: 4 raw values there are.
    let raw = unsafe { _mm256_loadu_si256(raws.cast()) };
    let (magnitude, number);
    if NORMAL {
        let bits = _mm256_set1_epi64x(0x000f_ffff_ffff_ffff);
        // Behind 2^52 a number of 52 bits is exact.
        let behind = _mm256_set1_pd(4_503_599_627_370_496.0);
        magnitude = _mm256_and_si256(_mm256_srli_epi64::<9>(raw), bits);
        let shifted = _mm256_or_si256(magnitude, _mm256_castpd_si256(behind));
        number = _mm256_sub_pd(_mm256_castsi256_pd(shifted), behind);
    } else {
        magnitude = _mm256_srli_epi64::<11>(raw);
        number = whole_avx2(magnitude);
    }
    let mut values = _mm256_mul_pd(number, widths);
    if NORMAL {
        let sign = _mm256_and_si256(_mm256_slli_epi64::<55>(raw), _mm256_set1_epi64x(i64::MIN));
        values = _mm256_or_pd(values, _mm256_castsi256_pd(sign));
    }
    // SAFETY: there is room for 4 values.
    unsafe { _mm256_storeu_pd(out, values) };
    _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(edges, magnitude))) as u8
}

/// For each set of 4 values, the order that brings those to the front: words of 32 bits.
static ORDERS: [[u32; 8]; 16] = orders();

const fn orders() -> [[u32; 8]; 16] {
    let mut orders = [[0; 8]; 16];
    let mut set = 0;
    while set < 16 {
        let (mut lane, mut packed) = (0, 0);
        while lane < 4 {
            if set >> lane & 1 == 1 {
                orders[set][2 * packed] = 2 * lane;
                orders[set][2 * packed + 1] = 2 * lane + 1;
                packed += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    orders
}

/// Packs.
///
/// # Safety
/// There is room for 8 values more than are kept.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub(super) unsafe fn pack(survey: &Survey<f64>, kept: &[u64], mut out: *mut f64) {
    for (index, &word) in kept.iter().enumerate() {
        let mut bits = word;
        for group in 0..16 {
            let set = (bits & 15) as usize;
            // SAFETY: each word of `kept` has 16 groups of 4 values; the caller has room for them.
            unsafe {
                let four =
                    _mm256_load_ps(survey.values.as_ptr().add(64 * index + 4 * group).cast());
                let order = _mm256_loadu_si256(ORDERS[set].as_ptr().cast());
                _mm256_storeu_ps(out.cast(), _mm256_permutevar8x32_ps(four, order));
                out = out.add(set.count_ones() as usize);
            }
            bits >>= 4;
        }
    }
}
