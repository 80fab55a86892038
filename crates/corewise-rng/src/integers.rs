//! Integers in a range, without bias (D. Lemire, "Fast Random Integer Generation in an Interval",
//! 2019), and bytes.

use std::marker::PhantomData;

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::{Decode, Head};
use crate::distribution::{Cost, Distribution, Layout};

/// A type of integers that NumPy draws; `bool` is one of them.
pub trait Integer: Copy + Default + Send + Sync + PartialOrd + 'static {
    /// Bits that a number of the whole range takes.
    const BITS: u32;
    /// Of its two's complement, what fits.
    fn from_wrapped(bits: u64) -> Self;
    /// Two's complement.
    fn to_wrapped(self) -> u64;
}

macro_rules! integer {
    ($($kind:ty),*) => {$(
        impl Integer for $kind {
            const BITS: u32 = <$kind>::BITS;

            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                reason = "two's complement"
            )]
            fn from_wrapped(bits: u64) -> Self {
                bits as $kind
            }

            #[allow(clippy::cast_sign_loss, clippy::cast_lossless, reason = "two's complement")]
            fn to_wrapped(self) -> u64 {
                self as u64
            }
        }
    )*};
}
integer!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Integer for bool {
    const BITS: u32 = 1;

    fn from_wrapped(bits: u64) -> Self {
        bits & 1 == 1
    }

    fn to_wrapped(self) -> u64 {
        u64::from(self)
    }
}

/// Words of this many bits (1, 8, 16, 32, 64). The small ones are parts of 32 bits, lowest first; what
/// a call leaves of those is lost.
pub(crate) struct Words {
    width: u32,
    word: u32,
    left: u32,
}

impl Words {
    pub(crate) fn new(width: u32) -> Self {
        Self { width, word: 0, left: 0 }
    }

    #[inline]
    pub(crate) fn next<S: Source>(&mut self, source: &mut S) -> u64 {
        match self.width {
            64 => source.next_u64(),
            32 => u64::from(source.next_u32()),
            width => {
                if self.left == 0 {
                    self.word = source.next_u32();
                    self.left = 32 / width;
                } else {
                    self.word >>= width;
                }
                self.left -= 1;
                u64::from(self.word & ((1 << width) - 1))
            }
        }
    }
}

/// Bits of the words that NumPy draws for integers of this type and from this many beyond the lowest;
/// 0: it draws none.
pub(crate) fn width<T: Integer>(range: u64) -> u32 {
    match range {
        0 => 0,
        _ if T::BITS < 64 => T::BITS,
        _ if range >> 32 == 0 => 32,
        _ => 64,
    }
}

/// `Generator.integers(low, high, dtype=…, endpoint=True)`.
///
/// A word w is multiplied by the number of integers there are ([`factor`](Self::factor)). The upper
/// half of the product is the value, unless the lower half is below
/// [`threshold`](Self::threshold): then the word is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integers<T> {
    offset: u64,
    factor: u128,
    threshold: u64,
    width: u32,
    kind: PhantomData<T>,
}

impl<T: Integer> Integers<T> {
    /// From `low` to `high`, both included; `None` if `low` is above `high`, which NumPy refuses.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of 64-bit words")]
    pub fn inclusive(low: T, high: T) -> Option<Self> {
        if low > high {
            return None;
        }
        let (offset, range) = range(low, high);
        let width = width::<T>(range);
        let factor = u128::from(range) + 1;
        let threshold = (((1 << width) - factor) % factor) as u64;
        Some(Self { offset, factor, threshold, width, kind: PhantomData })
    }

    /// Bits of a word: 1, 8, 16, 32 or 64; 0 if there is one integer only and nothing is drawn.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// How many integers there are.
    #[must_use]
    pub fn factor(&self) -> u128 {
        self.factor
    }

    /// The lower half of a product with which a word is passed over is below this.
    #[must_use]
    pub fn threshold(&self) -> u64 {
        self.threshold
    }

    /// The lowest integer, in two's complement.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The integer that is so far above the lowest one.
    fn above(&self, distance: u64) -> T {
        T::from_wrapped(self.offset.wrapping_add(distance))
    }

    /// The next value, of words of 64 bits.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the product")]
    fn wide<S: Source>(&self, source: &mut S) -> T {
        let factor = self.factor as u64;
        loop {
            let product = u128::from(source.next_u64()) * u128::from(factor);
            if product as u64 >= self.threshold {
                return self.above((product >> 64) as u64);
            }
        }
    }

    /// The next value, of smaller words.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^32")]
    fn narrow(&self, mut word: impl FnMut() -> u32) -> T {
        let factor = self.factor as u64;
        loop {
            let product = u64::from(word()) * factor;
            if product & ((1 << self.width) - 1) >= self.threshold {
                return self.above(product >> self.width);
            }
        }
    }
}

/// Words that are drawn at a time.
const BLOCK: usize = 2048;

impl<T: Integer> Integers<T> {
    /// The values of words of whole width, of which there are no more than `out` has room for.
    fn of_words<W>(&self, words: &[W], out: &mut [T]) -> usize
    where
        Self: Decode<W, Value = T>,
    {
        let place = out.as_ptr();
        let decoded = self.decode(words, 0, words.len(), out, &mut Head::default(), place);
        decoded.map_or(0, |decoded| decoded.values)
    }

    /// The values of the parts of `words`, the lowest first, until `out` is full.
    #[expect(clippy::cast_possible_truncation, reason = "parts of 16 bits at most")]
    fn of_parts(&self, words: &mut [u32], out: &mut [T]) -> usize {
        // Without a threshold the factor is a power of two, and values are the upper bits of parts.
        let shift = self.width - self.factor.trailing_zeros();
        match self.width {
            1 => {
                let parts = bytes_of(words);
                for (values, &byte) in out.chunks_mut(8).zip(parts) {
                    for (value, bit) in values.iter_mut().zip(bits(byte)) {
                        *value = self.above(bit.into());
                    }
                }
                out.len().min(8 * parts.len())
            }
            8 if self.threshold == 0 => {
                let parts = bytes_of(words);
                for (value, &part) in out.iter_mut().zip(parts) {
                    *value = self.above(u64::from(part >> shift));
                }
                out.len().min(parts.len())
            }
            16 if self.threshold == 0 => {
                let parts = bytes_of(words).as_chunks::<2>().0;
                for (value, &part) in out.iter_mut().zip(parts) {
                    *value = self.above(u64::from(u16::from_le_bytes(part) >> shift));
                }
                out.len().min(parts.len())
            }
            width => {
                let (factor, threshold) = (self.factor as u32, self.threshold as u32);
                let mask = (1 << width) - 1;
                let mut written = 0;
                for mut word in words.iter().copied() {
                    for _ in 0..32 / width {
                        let product = (word & mask) * factor;
                        word >>= width;
                        // Behind the last value nothing is kept, but is not counted either.
                        let Some(value) = out.get_mut(written) else { return written };
                        *value = self.above(u64::from(product >> width));
                        written += usize::from(product & mask >= threshold);
                    }
                }
                written
            }
        }
    }
}

/// A byte's bits, the lowest first, as bytes.
fn bits(byte: u8) -> [u8; 8] {
    // Each byte of the product is this one; of each another bit is kept, and brought to the bottom.
    let spread = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    ((spread + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101).to_le_bytes()
}

/// The bytes of words, the lowest first.
fn bytes_of(words: &mut [u32]) -> &[u8] {
    for word in &mut *words {
        *word = word.to_le();
    }
    // SAFETY: any byte is one, and each word has four.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// The lowest integer in two's complement, and how far the highest is beyond it.
pub(crate) fn range<T: Integer>(low: T, high: T) -> (u64, u64) {
    let offset = low.to_wrapped();
    (offset, high.to_wrapped().wrapping_sub(offset))
}

impl<T: Integer> Distribution for Integers<T> {
    type Value = T;

    const RAWS: bool = T::BITS == 64;
    const HALVES: bool = T::BITS >= 32;

    fn layout(&self) -> Layout {
        match self.width {
            0 => Layout::Fixed(0),
            64 if self.threshold == 0 => Layout::Fixed(1),
            64 => Layout::Tries(1),
            32 if self.threshold == 0 => Layout::Halves,
            32 => Layout::HalfTokens,
            width if self.threshold == 0 => Layout::Parts(32 / width),
            _ => Layout::Whole,
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> T {
        let mut value = [T::default()];
        self.fill(source, &mut value);
        value[0]
    }

    #[expect(clippy::cast_possible_truncation, reason = "words of 16 bits at most")]
    fn fill<S: Source>(&self, source: &mut S, out: &mut [T]) {
        if self.width == 0 {
            out.fill(T::from_wrapped(self.offset));
            return;
        }
        match self.width {
            64 if self.threshold == 0 && self.factor > u128::from(u64::MAX) => {
                for value in out {
                    *value = self.above(source.next_u64());
                }
            }
            64 => {
                for value in out {
                    *value = self.wide(source);
                }
            }
            32 => {
                for value in out {
                    *value = self.narrow(|| source.next_u32());
                }
            }
            width if self.threshold == 0 => {
                let factor = self.factor as u32;
                for values in out.chunks_mut((32 / width) as usize) {
                    let mut word = source.next_u32();
                    for value in values {
                        let lowest = word & ((1 << width) - 1);
                        *value = self.above(u64::from((lowest * factor) >> width));
                        word >>= width;
                    }
                }
            }
            width => {
                let mut words = Words::new(width);
                for value in out {
                    *value = self.narrow(|| words.next(source) as u32);
                }
            }
        }
    }

    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [T]) {
        let mut filled = 0;
        while filled < out.len() {
            filled += self.fill_some(generator, &mut out[filled..]);
        }
    }

    fn fill_some(&self, generator: &mut dyn AnyGenerator, out: &mut [T]) -> usize {
        match self.width {
            0 => {
                out.fill(T::from_wrapped(self.offset));
                out.len()
            }
            64 => {
                let mut raws = [0u64; BLOCK];
                let raws = &mut raws[..out.len().min(BLOCK)];
                generator.fill_u64(raws);
                self.of_words(raws, out)
            }
            32 => {
                let mut halves = [0u32; BLOCK];
                let halves = &mut halves[..out.len().min(BLOCK)];
                generator.fill_u32(halves);
                self.of_words(halves, out)
            }
            width => {
                // No more than are needed even if none is passed over: none is drawn in vain.
                let mut halves = [0u32; BLOCK];
                let needed = out.len().div_ceil((32 / width) as usize);
                let halves = &mut halves[..needed.min(BLOCK)];
                generator.fill_u32(halves);
                self.of_parts(halves, out)
            }
        }
    }

    fn decoder(&self, _: &dyn AnyGenerator) -> Option<&dyn Decode<Value = T>> {
        (self.width == 64).then_some(self)
    }

    fn half_decoder(&self) -> Option<&dyn Decode<u32, Value = T>> {
        (self.width == 32).then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Light
    }
}

/// `Generator.bytes(out.len())`: 32 bits for each four bytes, the lowest first.
pub fn bytes<S: Source>(source: &mut S, out: &mut [u8]) {
    for chunk in out.chunks_mut(4) {
        chunk.copy_from_slice(&source.next_u32().to_le_bytes()[..chunk.len()]);
    }
}
