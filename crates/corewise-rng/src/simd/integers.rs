//! Integers in a range: each word gives a value or none, and what is given is packed.

use super::Level;
use crate::decode::{Decode, Decoded, Head};
use crate::integers::{Integer, Integers};

/// What [`Integers`] are made by.
#[derive(Clone, Copy)]
struct Range {
    /// The number of integers; [`WHOLE`] if there are 2^64.
    factor: u64,
    threshold: u64,
    offset: u64,
}

/// What is left of 2^64 in 64 bits.
const WHOLE: u64 = 0;

/// The value of a word, and whether it counts.
trait Word: Copy {
    fn value(self, range: Range) -> (u64, bool);
}

impl Word for u32 {
    #[inline(always)]
    fn value(self, range: Range) -> (u64, bool) {
        // Up to 2^32 times less than 2^32.
        let product = u64::from(self) * range.factor;
        let counts = product & 0xffff_ffff >= range.threshold;
        ((product >> 32).wrapping_add(range.offset), counts)
    }
}

impl Word for u64 {
    #[inline(always)]
    fn value(self, range: Range) -> (u64, bool) {
        let product = match range.factor {
            WHOLE => u128::from(self) << 64,
            factor => u128::from(self) * u128::from(factor),
        };
        let counts = product as u64 >= range.threshold;
        (((product >> 64) as u64).wrapping_add(range.offset), counts)
    }
}

/// Without a branch; the last value goes where nothing is in the way.
#[inline(always)]
fn one_by_one<W: Word, T: Integer>(words: &[W], range: Range, out: &mut [T]) -> (usize, usize) {
    let (mut used, mut written) = (0, 0);
    while used < words.len() && written < out.len() {
        let (value, counts) = words[used].value(range);
        out[written] = T::from_wrapped(value);
        written += usize::from(counts);
        used += 1;
    }
    (used, written)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn one_by_one_avx2<W: Word, T: Integer>(
    words: &[W],
    range: Range,
    out: &mut [T],
) -> (usize, usize) {
    one_by_one(words, range, out)
}

/// Makes values of `words` until `out` is full: how many words it took, and how many values they gave.
/// Words behind that of the last value are not counted as taken.
fn filter_u32<T: Integer>(
    level: Level,
    words: &[u32],
    range: Range,
    out: &mut [T],
    place: *const T,
) -> (usize, usize) {
    let (mut used, mut written) = (0, 0);
    #[cfg(target_arch = "x86_64")]
    {
        let level = level.usable();
        let small = range.factor >> 32 == 0;
        // SAFETY: the machine has the instructions, and the types have as many bits.
        unsafe {
            if level >= Level::Avx512 && small && T::BITS == 64 {
                let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                (used, written) = avx512::filter_long(words, range, out, place.cast());
            } else if level >= Level::Avx512 && small && T::BITS == 32 {
                let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                (used, written) = avx512::filter_int(words, range, out, place.cast());
            } else if level >= Level::Avx2 {
                return one_by_one_avx2(words, range, out);
            }
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        let small = range.factor >> 32 == 0;
        if level.usable() >= Level::Neon && small && neon::pays(range) {
            // SAFETY: the machine has the instructions, and the types have as many bits.
            unsafe {
                if T::BITS == 64 {
                    let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                    (used, written) = neon::filter_long(words, range, out, place.cast());
                } else if T::BITS == 32 {
                    let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                    (used, written) = neon::filter_int(words, range, out, place.cast());
                }
            }
        }
    }
    let _ = (level, place);
    let (more, values) = one_by_one(&words[used..], range, &mut out[written..]);
    used += more;
    written += values;
    (used, written)
}

/// As [`filter_u32`], of raw values.
fn filter_u64<T: Integer>(
    level: Level,
    words: &[u64],
    range: Range,
    out: &mut [T],
    place: *const T,
) -> (usize, usize) {
    let (mut used, mut written) = (0, 0);
    #[cfg(target_arch = "x86_64")]
    {
        let level = level.usable();
        // SAFETY: the machine has the instructions, and the types have as many bits.
        unsafe {
            if level >= Level::Avx512 && range.factor != WHOLE && T::BITS == 64 {
                let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                (used, written) = avx512::filter_raws(words, range, out, place.cast());
            } else if level >= Level::Avx2 {
                return one_by_one_avx2(words, range, out);
            }
        }
    }
    let _ = (level, place);
    let (more, values) = one_by_one(&words[used..], range, &mut out[written..]);
    used += more;
    written += values;
    (used, written)
}

/// Where values are found among the first 64 words.
fn head_of<W: Word>(words: &[W], start: usize, next: usize, range: Range, head: &mut Head) {
    for (position, word) in words.iter().enumerate().take(next.min(64)).skip(start) {
        head.starts |= 1 << position;
        head.values |= u64::from(word.value(range).1) << position;
    }
}

fn range<T: Integer>(integers: &Integers<T>) -> Range {
    Range {
        factor: integers.factor() as u64,
        threshold: integers.threshold(),
        offset: integers.offset(),
    }
}

macro_rules! decode {
    ($word:ty, $filter:ident, $name:ident) => {
        /// [`Decode::decode`] by the instructions of a level.
        pub(super) fn $name<T: Integer>(
            integers: &Integers<T>,
            level: Level,
            words: &[$word],
            (start, limit): (usize, usize),
            out: &mut [T],
            head: &mut Head,
            place: *const T,
        ) -> Decoded {
            let range = range(integers);
            let (used, values) = $filter(level, &words[start..limit], range, out, place);
            head_of(words, start, start + used, range, head);
            Decoded { values, next: start + used }
        }

        impl<T: Integer> Decode<$word> for Integers<T> {
            type Value = T;

            fn decode(
                &self,
                words: &[$word],
                start: usize,
                limit: usize,
                out: &mut [T],
                head: &mut Head,
                place: *const T,
            ) -> Option<Decoded> {
                // Words of another width are not for this.
                if self.width() != <$word>::BITS {
                    return None;
                }
                Some($name(self, Level::best(), words, (start, limit), out, head, place))
            }
        }
    };
}

decode!(u32, filter_u32, decode_u32);
decode!(u64, filter_u64, decode_u64);

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::*;

    use super::Range;
    use crate::simd::fetch_to_write;
    use crate::simd::philox::product;

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
}

/// NEON packs slowly: so as long as 8 words all count, what they give is written as it is, and where one
/// does not, they go one by one.
#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::*;

    use super::{Range, one_by_one};
    use crate::simd::fetch_to_write;

    /// Whether 8 words mostly count: fewer than one word of 32 does not.
    pub(super) fn pays(range: Range) -> bool {
        range.threshold < 1 << 27
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
}
