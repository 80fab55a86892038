//! Survey and packing by AVX-512.

use std::arch::x86_64::*;

use super::Layers;
use super::block::Survey;
use super::single;
use crate::simd::fetch_to_write;

/// Surveys raw values for the normal distribution (`NORMAL`) or the exponential one.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
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
            let (values, mask) = eight::<NORMAL>(words.as_ptr().add(8 * group), layers);
            _mm512_store_pd(survey.values.as_mut_ptr().add(8 * group).cast(), values);
            certain.add(group).write(mask);
        }
    }
    let rest = words.len() % 8;
    if rest > 0 {
        let mut last = [0; 8];
        last[..rest].copy_from_slice(&words[8 * whole..]);
        // SAFETY: as before; blocks are multiples of 8 words.
        unsafe {
            let (values, mask) = eight::<NORMAL>(last.as_ptr(), layers);
            _mm512_store_pd(survey.values.as_mut_ptr().add(8 * whole).cast(), values);
            certain.add(whole).write(mask);
        }
    }
}

/// What 8 raw values give, and which lie under the density for certain.
///
/// # Safety
/// There are 8 raw values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
unsafe fn eight<const NORMAL: bool>(raws: *const u64, layers: &Layers) -> (__m512d, u8) {
    // Gathers are slower than loads of pairs; the indices are read as numbers of their own, since
    // taking them out of the vector is slower as well.
    let layer = |lane: usize| {
        // SAFETY: a layer's index has 8 bits, and 8 raw values there are.
        unsafe {
            let offset = if NORMAL {
                usize::from(raws.add(lane).cast::<u8>().read_volatile()) * 16
            } else {
                usize::from(raws.add(lane).cast::<u16>().read_volatile() & 0x7f8) * 2
            };
            _mm_load_si128(layers.0.as_ptr().byte_add(offset).cast())
        }
    };
    let four = |lane: usize| {
        let mut all = _mm512_castsi128_si512(layer(lane));
        all = _mm512_mask_broadcast_i64x2(all, 0b0000_1100, layer(lane + 2));
        all = _mm512_mask_broadcast_i64x2(all, 0b0011_0000, layer(lane + 4));
        _mm512_mask_broadcast_i64x2(all, 0b1100_0000, layer(lane + 6))
    };
    let (even, odd) = (four(0), four(1));
    let edges = _mm512_unpacklo_epi64(even, odd);
    let widths = _mm512_castsi512_pd(_mm512_unpackhi_epi64(even, odd));

    // SAFETY: 8 raw values there are.
    let raw = unsafe { _mm512_loadu_si512(raws.cast()) };
    let magnitude = if NORMAL {
        let bits = _mm512_set1_epi64(0x000f_ffff_ffff_ffff);
        _mm512_and_si512(_mm512_srli_epi64::<9>(raw), bits)
    } else {
        _mm512_srli_epi64::<11>(raw)
    };
    let mut values = _mm512_mul_pd(_mm512_cvtepi64_pd(magnitude), widths);
    if NORMAL {
        let sign = _mm512_set1_epi64(i64::MIN);
        values = _mm512_castsi512_pd(_mm512_ternarylogic_epi64::<0b1111_1000>(
            _mm512_castpd_si512(values),
            _mm512_slli_epi64::<55>(raw),
            sign,
        ));
    }
    (values, _mm512_cmplt_epu64_mask(magnitude, edges))
}

/// Packs; there is room for 8 values more than are kept.
///
/// # Safety
/// There is room.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) unsafe fn pack(survey: &Survey<f64>, kept: &[u64], mut out: *mut f64) {
    let masks = kept.as_ptr().cast::<u8>();
    for group in 0..8 * kept.len() {
        // SAFETY: each word of `kept` has 8 groups of 8 values; the caller has room for them.
        unsafe {
            let mask = masks.add(group).read();
            let eight = _mm512_load_pd(survey.values.as_ptr().add(8 * group).cast());
            _mm512_storeu_pd(out, _mm512_maskz_compress_pd(mask, eight));
            out = out.add(mask.count_ones() as usize);
        }
    }
}

/// As [`survey`], in single precision.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) fn survey_single<const NORMAL: bool>(
    words: &[u32],
    layers: &single::Layers,
    survey: &mut Survey<f32>,
    place: *const f32,
) {
    let certain = survey.certain.as_mut_ptr().cast::<u16>();
    let (groups, rest) = words.as_chunks::<16>();
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some(&last);
    for (group, words) in groups.iter().chain(last).enumerate() {
        fetch_to_write(place.wrapping_add(16 * group));
        let (values, mask) = sixteen::<NORMAL>(words, layers);
        // SAFETY: the survey has room for as many values as a block has words, a multiple of 16.
        unsafe {
            _mm512_store_ps(survey.values.as_mut_ptr().add(16 * group).cast(), values);
            certain.add(group).write(mask);
        }
    }
}

/// As [`eight`], in single precision.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
fn sixteen<const NORMAL: bool>(halves: &[u32; 16], layers: &single::Layers) -> (__m512, u16) {
    let layer = |lane: usize| {
        // SAFETY: a layer's index has 8 bits.
        unsafe {
            let half = std::ptr::from_ref(&halves[lane]);
            let offset = if NORMAL {
                usize::from(half.cast::<u8>().read_volatile()) * 8
            } else {
                usize::from(half.cast::<u16>().read_volatile() & 0x1fe) * 4
            };
            layers.0.as_ptr().byte_add(offset).cast::<i64>().read()
        }
    };
    let four = |lane: usize| {
        let pair = |lane: usize| _mm_set_epi64x(layer(lane + 1), layer(lane));
        let low = _mm256_set_m128i(pair(lane + 2), pair(lane));
        _mm512_inserti64x4::<1>(
            _mm512_castsi256_si512(low),
            _mm256_set_m128i(pair(lane + 6), pair(lane + 4)),
        )
    };
    let (front, back) = (four(0), four(8));
    let even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    let odd = _mm512_or_si512(even, _mm512_set1_epi32(1));
    let edges = _mm512_permutex2var_epi32(front, even, back);
    let widths = _mm512_castsi512_ps(_mm512_permutex2var_epi32(front, odd, back));

    // SAFETY: 16 halves there are.
    let half = unsafe { _mm512_loadu_si512(halves.as_ptr().cast()) };
    let magnitude = _mm512_srli_epi32::<9>(half);
    let mut values = _mm512_mul_ps(_mm512_cvtepi32_ps(magnitude), widths);
    if NORMAL {
        values = _mm512_castsi512_ps(_mm512_ternarylogic_epi32::<0b1111_1000>(
            _mm512_castps_si512(values),
            _mm512_slli_epi32::<23>(half),
            _mm512_set1_epi32(i32::MIN),
        ));
    }
    (values, _mm512_cmplt_epu32_mask(magnitude, edges))
}

/// As [`pack`], in single precision.
///
/// # Safety
/// There is room for 16 values more than are kept.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) unsafe fn pack_single(survey: &Survey<f32>, kept: &[u64], mut out: *mut f32) {
    let masks = kept.as_ptr().cast::<u16>();
    for group in 0..4 * kept.len() {
        // SAFETY: each word of `kept` has 4 groups of 16 values; the caller has room for them.
        unsafe {
            let mask = masks.add(group).read();
            let values = _mm512_load_ps(survey.values.as_ptr().add(16 * group).cast());
            _mm512_storeu_ps(out, _mm512_maskz_compress_ps(mask, values));
            out = out.add(mask.count_ones() as usize);
        }
    }
}
