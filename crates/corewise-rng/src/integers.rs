//! Integers in a range, without bias (D. Lemire, "Fast Random Integer Generation in an Interval",
//! 2019), and bytes.

use std::marker::PhantomData;

use crate::bit_generator::{BitGenerator, Source};
use crate::decode::Decode;
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

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the product")]
    fn next<S: Source>(&self, words: &mut Words, source: &mut S) -> T {
        loop {
            let product = u128::from(words.next(source)) * self.factor;
            let lower = product as u64 & (u64::MAX >> (64 - self.width));
            if lower >= self.threshold {
                return T::from_wrapped(self.offset.wrapping_add((product >> self.width) as u64));
            }
        }
    }
}

/// The lowest integer in two's complement, and how far the highest is beyond it.
pub(crate) fn range<T: Integer>(low: T, high: T) -> (u64, u64) {
    let offset = low.to_wrapped();
    (offset, high.to_wrapped().wrapping_sub(offset))
}

impl<T: Integer> Distribution for Integers<T> {
    type Value = T;

    fn layout(&self) -> Layout {
        match self.width {
            0 => Layout::Fixed(0),
            64 if self.threshold == 0 => Layout::Fixed(1),
            64 => Layout::Tries(1),
            32 if self.threshold == 0 => Layout::Halves,
            32 => Layout::HalfTokens,
            _ => Layout::Whole,
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> T {
        let mut value = [T::default()];
        self.fill(source, &mut value);
        value[0]
    }

    fn fill<S: Source>(&self, source: &mut S, out: &mut [T]) {
        if self.width == 0 {
            out.fill(T::from_wrapped(self.offset));
            return;
        }
        let mut words = Words::new(self.width);
        for value in out {
            *value = self.next(&mut words, source);
        }
    }

    fn decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<Value = T>> {
        (self.width == 64).then_some(self)
    }

    fn half_decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<u32, Value = T>> {
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
