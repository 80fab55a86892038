//! Integers in a range by AVX-512.

use std::arch::x86_64::*;

use super::{Level, Range};
use crate::simd::fetch_to_write;
use crate::simd::philox::product;

/// Whether a level has these kernels.
pub(super) fn pay(level: Level, _: Range) -> bool {
    level >= Level::Avx512
}

/// Into 64-bit values, as long as there is room for a whole vector and one value more.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) fn filter_long(
    words: &[u32],
    range: Range,
    out: &mut [u64],
    place: *const u64,
) -> (usize, usize) {
    let factor = _mm512_set1_epi64(range.factor as i64);
    let threshold = _mm512_set1_epi32(range.threshold as u32 as i32);
    let offset = _mm512_set1_epi64(range.offset as i64);
    let (mut used, mut written) = (0, 0);
    while used + 8 <= words.len() && written + 8 < out.len() {
        fetch_to_write(place.wrapping_add(written));
        // SAFETY: 8 words and room for 8 values there are.
        unsafe {
            let eight = _mm256_loadu_si256(words.as_ptr().add(used).cast());
            let product = _mm512_mul_epu32(_mm512_cvtepu32_epi64(eight), factor);
            let counts = _mm512_mask_cmpge_epu32_mask(0x5555, product, threshold);
            let counts = _pext_u32(counts.into(), 0x5555) as u8;
            let values = _mm512_add_epi64(_mm512_srli_epi64::<32>(product), offset);
            let packed = _mm512_maskz_compress_epi64(counts, values);
            _mm512_storeu_si512(out.as_mut_ptr().add(written).cast(), packed);
            written += counts.count_ones() as usize;
        }
        used += 8;
    }
    (used, written)
}

/// As [`filter_long`], of raw values.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) fn filter_raws(
    words: &[u64],
    range: Range,
    out: &mut [u64],
    place: *const u64,
) -> (usize, usize) {
    let threshold = _mm512_set1_epi64(range.threshold as i64);
    let offset = _mm512_set1_epi64(range.offset as i64);
    let (mut used, mut written) = (0, 0);
    while used + 8 <= words.len() && written + 8 < out.len() {
        fetch_to_write(place.wrapping_add(written));
        // SAFETY: 8 words and room for 8 values there are.
        unsafe {
            let eight = _mm512_loadu_si512(words.as_ptr().add(used).cast());
            let (high, low) = product(eight, range.factor);
            let counts = _mm512_cmpge_epu64_mask(low, threshold);
            let packed = _mm512_maskz_compress_epi64(counts, _mm512_add_epi64(high, offset));
            _mm512_storeu_si512(out.as_mut_ptr().add(written).cast(), packed);
            written += counts.count_ones() as usize;
        }
        used += 8;
    }
    (used, written)
}

/// Into 32-bit values, as [`filter_long`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
pub(super) fn filter_int(
    words: &[u32],
    range: Range,
    out: &mut [u32],
    place: *const u32,
) -> (usize, usize) {
    let factor = _mm512_set1_epi64(range.factor as i64);
    let threshold = _mm512_set1_epi32(range.threshold as u32 as i32);
    let offset = _mm512_set1_epi32(range.offset as u32 as i32);
    let (mut used, mut written) = (0, 0);
    while used + 16 <= words.len() && written + 16 < out.len() {
        fetch_to_write(place.wrapping_add(written));
        // SAFETY: 16 words and room for 16 values there are.
        unsafe {
            let words = _mm512_loadu_si512(words.as_ptr().add(used).cast());
            let even = _mm512_mul_epu32(words, factor);
            let odd = _mm512_mul_epu32(_mm512_srli_epi64::<32>(words), factor);
            let values = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64::<32>(even), odd);
            let lower = _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64::<32>(odd));
            let counts = _mm512_cmpge_epu32_mask(lower, threshold);
            let values = _mm512_add_epi32(values, offset);
            let packed = _mm512_maskz_compress_epi32(counts, values);
            _mm512_storeu_si512(out.as_mut_ptr().add(written).cast(), packed);
            written += counts.count_ones() as usize;
        }
        used += 16;
    }
    (used, written)
}
