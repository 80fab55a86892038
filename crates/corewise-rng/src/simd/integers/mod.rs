//! Integers in a range: each word gives a value or none, and what is given is packed.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(target_arch = "x86_64")]
use avx512 as kernels;
#[cfg(target_arch = "aarch64")]
use neon as kernels;

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

    /// As [`filter`], as far as there are kernels for it and whole vectors of words and of room: the
    /// rest of either is left.
    fn in_vectors<T: Integer>(
        level: Level,
        words: &[Self],
        range: Range,
        out: &mut [T],
        place: *const T,
    ) -> (usize, usize);
}

impl Word for u32 {
    #[inline(always)]
    fn value(self, range: Range) -> (u64, bool) {
        // Up to 2^32 times less than 2^32.
        let product = u64::from(self) * range.factor;
        let counts = product & 0xffff_ffff >= range.threshold;
        ((product >> 32).wrapping_add(range.offset), counts)
    }

    fn in_vectors<T: Integer>(
        level: Level,
        words: &[Self],
        range: Range,
        out: &mut [T],
        place: *const T,
    ) -> (usize, usize) {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        if range.factor >> 32 == 0 && kernels::pay(level.usable(), range) {
            // SAFETY: the machine has the instructions, and the types have as many bits.
            unsafe {
                let room = out.len();
                if T::BITS == 64 {
                    let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), room);
                    return kernels::filter_long(words, range, out, place.cast());
                }
                if T::BITS == 32 {
                    let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), room);
                    return kernels::filter_int(words, range, out, place.cast());
                }
            }
        }
        let _ = (level, words, range, out, place);
        (0, 0)
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

    fn in_vectors<T: Integer>(
        level: Level,
        words: &[Self],
        range: Range,
        out: &mut [T],
        place: *const T,
    ) -> (usize, usize) {
        #[cfg(target_arch = "x86_64")]
        if level.usable() >= Level::Avx512 && range.factor != WHOLE && T::BITS == 64 {
            // SAFETY: the machine has the instructions, and the types have as many bits.
            unsafe {
                let out = std::slice::from_raw_parts_mut(out.as_mut_ptr().cast(), out.len());
                return kernels::filter_raws(words, range, out, place.cast());
            }
        }
        let _ = (level, words, range, out, place);
        (0, 0)
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
fn filter<W: Word, T: Integer>(
    level: Level,
    words: &[W],
    range: Range,
    out: &mut [T],
    place: *const T,
) -> (usize, usize) {
    let (used, written) = W::in_vectors(level, words, range, out, place);
    let (words, out) = (&words[used..], &mut out[written..]);
    #[cfg(target_arch = "x86_64")]
    if level.usable() >= Level::Avx2 {
        // SAFETY: the machine has the instructions.
        let (more, values) = unsafe { one_by_one_avx2(words, range, out) };
        return (used + more, written + values);
    }
    let (more, values) = one_by_one(words, range, out);
    (used + more, written + values)
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
    ($word:ty, $name:ident) => {
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
            let (used, values) = filter(level, &words[start..limit], range, out, place);
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

decode!(u32, decode_u32);
decode!(u64, decode_u64);
