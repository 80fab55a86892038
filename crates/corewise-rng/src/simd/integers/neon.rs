//! Integers in a range by NEON, which packs slowly: as long as 8 words all count, what they give is
//! written as it is, and where one does not, they go one by one.

use std::arch::aarch64::*;

use super::{Level, Range, one_by_one};
use crate::simd::fetch_to_write;

/// Whether a level has these kernels, and 8 words mostly count: fewer than one word of 32 does not.
pub(super) fn pay(level: Level, range: Range) -> bool {
    level >= Level::Neon && range.threshold < 1 << 27
}

/// Into 64-bit values, as long as there is room for 8.
#[target_feature(enable = "neon")]
pub(super) fn filter_long(
    words: &[u32],
    range: Range,
    out: &mut [u64],
    place: *const u64,
) -> (usize, usize) {
    let offset = vdupq_n_u64(range.offset);
    let (mut used, mut written) = (0, 0);
    while used + 8 <= words.len() && written + 8 <= out.len() {
        fetch_to_write(place.wrapping_add(written));
        let (words, out) = (&words[used..used + 8], &mut out[written..written + 8]);
        // SAFETY: 8 words there are.
        let (all, products) = unsafe { products(words.as_ptr(), range) };
        if all {
            for (out, product) in out.as_chunks_mut::<2>().0.iter_mut().zip(products) {
                let values = vaddq_u64(vshrq_n_u64::<32>(product), offset);
                // SAFETY: there is room for 2 values.
                unsafe { vst1q_u64(out.as_mut_ptr(), values) };
            }
            written += 8;
        } else {
            written += one_by_one(words, range, out).1;
        }
        used += 8;
    }
    (used, written)
}

/// Into 32-bit values, as [`filter_long`].
#[target_feature(enable = "neon")]
pub(super) fn filter_int(
    words: &[u32],
    range: Range,
    out: &mut [u32],
    place: *const u32,
) -> (usize, usize) {
    let offset = vdupq_n_u32(range.offset as u32);
    let (mut used, mut written) = (0, 0);
    while used + 8 <= words.len() && written + 8 <= out.len() {
        fetch_to_write(place.wrapping_add(written));
        let (words, out) = (&words[used..used + 8], &mut out[written..written + 8]);
        // SAFETY: 8 words there are.
        let (all, [first, second, third, fourth]) = unsafe { products(words.as_ptr(), range) };
        if all {
            let low = vaddq_u32(upper(first, second), offset);
            let high = vaddq_u32(upper(third, fourth), offset);
            // SAFETY: there is room for 8 values.
            unsafe {
                vst1q_u32(out.as_mut_ptr(), low);
                vst1q_u32(out.as_mut_ptr().add(4), high);
            }
            written += 8;
        } else {
            written += one_by_one(words, range, out).1;
        }
        used += 8;
    }
    (used, written)
}

/// The products of 8 words and the factor, of 32 bits, and whether all words count.
///
/// # Safety
/// There are 8 words.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn products(words: *const u32, range: Range) -> (bool, [uint64x2_t; 4]) {
    // SAFETY: as for the caller.
    let (low, high) = unsafe { (vld1q_u32(words), vld1q_u32(words.add(4))) };
    let factor = vdupq_n_u32(range.factor as u32);
    let products = [
        vmull_u32(vget_low_u32(low), vget_low_u32(factor)),
        vmull_high_u32(low, factor),
        vmull_u32(vget_low_u32(high), vget_low_u32(factor)),
        vmull_high_u32(high, factor),
    ];
    let least = vminq_u32(lower(products[0], products[1]), lower(products[2], products[3]));
    (u64::from(vminvq_u32(least)) >= range.threshold, products)
}

#[inline]
#[target_feature(enable = "neon")]
fn lower(first: uint64x2_t, second: uint64x2_t) -> uint32x4_t {
    vuzp1q_u32(vreinterpretq_u32_u64(first), vreinterpretq_u32_u64(second))
}

#[inline]
#[target_feature(enable = "neon")]
fn upper(first: uint64x2_t, second: uint64x2_t) -> uint32x4_t {
    vuzp2q_u32(vreinterpretq_u32_u64(first), vreinterpretq_u32_u64(second))
}
