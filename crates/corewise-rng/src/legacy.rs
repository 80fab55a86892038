//! `numpy.random.RandomState`: what NumPy had before `Generator`, frozen.

use std::marker::PhantomData;

use crate::bit_generator::{AnyGenerator, BitGenerator, Source};
use crate::distribution::{Distribution, Layout};
use crate::integers::{Integer, Words, range, width};
use crate::libm::log;

/// `numpy.random.RandomState`: a bit generator, and a normal number that waits.
///
/// `random_sample` is [`StandardUniform`](crate::StandardUniform) of the bit generator, `randint` is
/// [`MaskedIntegers`]; neither touches the normal number.
#[derive(Debug, Clone, PartialEq)]
pub struct RandomState<G> {
    /// The bit generator.
    pub generator: G,
    /// The second of the last pair of normal numbers, if it was not used yet: `gauss` of NumPy's state.
    pub gauss: Option<f64>,
}

impl<G: Source> RandomState<G> {
    /// Without a normal number that waits.
    #[must_use]
    pub fn new(generator: G) -> Self {
        Self { generator, gauss: None }
    }

    /// `standard_normal()` and `randn()`: the polar method, which gives two at a time (G. Marsaglia and
    /// T. A. Bray, "A Convenient Method for Generating Normal Variables", 1964).
    pub fn standard_normal(&mut self) -> f64 {
        if let Some(value) = self.gauss.take() {
            return value;
        }
        loop {
            let x1 = 2.0 * self.generator.next_f64() - 1.0;
            let x2 = 2.0 * self.generator.next_f64() - 1.0;
            let square = x1 * x1 + x2 * x2;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * log(square) / square).sqrt();
                self.gauss = Some(factor * x1);
                return factor * x2;
            }
        }
    }
}

/// Tries of the polar method, or words of integers, that are drawn at once.
const BLOCK: usize = 256;
/// For fewer values they are drawn one by one.
const FEW: usize = 32;

impl<G: BitGenerator> RandomState<G> {
    /// `standard_normal(size=out.len())`.
    pub fn fill_standard_normal(&mut self, out: &mut [f64]) {
        let waiting = usize::from(self.gauss.is_some()).min(out.len());
        let (first, mut out) = out.split_at_mut(waiting);
        for value in first {
            *value = self.standard_normal();
        }
        let mut drawn = [0.0; 2 * BLOCK];
        let mut pairs = [(0.0, 0.0, 0.0); BLOCK];
        while out.len() >= FEW {
            // As many tries as are needed at least: none too many are drawn.
            let tries = (out.len() / 2).min(BLOCK);
            self.generator.fill_f64(&mut drawn[..2 * tries]);
            let mut count = 0;
            for numbers in drawn[..2 * tries].chunks_exact(2) {
                let (x1, x2) = (2.0 * numbers[0] - 1.0, 2.0 * numbers[1] - 1.0);
                let square = x1 * x1 + x2 * x2;
                pairs[count] = (x1, x2, square);
                // Without a branch, which nothing could predict.
                count += usize::from(square < 1.0) * usize::from(square != 0.0);
            }
            let (now, rest) = std::mem::take(&mut out).split_at_mut(2 * count);
            for (values, (x1, x2, square)) in now.chunks_exact_mut(2).zip(&pairs) {
                let factor = (-2.0 * log(*square) / square).sqrt();
                values[0] = factor * x2;
                values[1] = factor * x1;
            }
            out = rest;
        }
        for value in out {
            *value = self.standard_normal();
        }
    }
}

/// `RandomState.randint(low, high + 1, dtype=…)`: as many bits as the largest integer has, drawn until
/// they make none that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaskedIntegers<T> {
    offset: u64,
    range: u64,
    mask: u64,
    width: u32,
    kind: PhantomData<T>,
}

impl<T: Integer> MaskedIntegers<T> {
    /// From `low` to `high`, both included; `None` if `low` is above `high`, which NumPy refuses.
    #[must_use]
    pub fn inclusive(low: T, high: T) -> Option<Self> {
        if low > high {
            return None;
        }
        let (offset, range) = range(low, high);
        let mask = u64::MAX.checked_shr(range.leading_zeros()).unwrap_or_default();
        Some(Self { offset, range, mask, width: width::<T>(range), kind: PhantomData })
    }
}

impl<T: Integer> Distribution for MaskedIntegers<T> {
    type Value = T;

    const RAWS: bool = T::BITS == 64;
    const HALVES: bool = T::BITS >= 32;

    fn layout(&self) -> Layout {
        match self.width {
            0 => Layout::Fixed(0),
            64 => Layout::Tries(1),
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
            let mut bits = words.next(source) & self.mask;
            while bits > self.range {
                bits = words.next(source) & self.mask;
            }
            *value = T::from_wrapped(self.offset.wrapping_add(bits));
        }
    }

    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [T]) {
        let rest = match self.width {
            64 => self.filter(out, 1, [0; BLOCK], |words| generator.fill_u64(words)),
            1 => self.bits(out, generator),
            8 | 16 | 32 => {
                let parts = 32 / self.width;
                self.filter(out, parts as usize, [0; BLOCK], |words| generator.fill_u32(words))
            }
            _ => out,
        };
        self.fill(&mut { generator }, rest);
    }
}

impl<T: Integer> MaskedIntegers<T> {
    /// Fills all but the last few values with bits, of which none is too large, and gives those left.
    fn bits<'a>(&self, out: &'a mut [T], generator: &mut dyn AnyGenerator) -> &'a mut [T] {
        let mut words = [0; BLOCK];
        let mut runs = out.chunks_exact_mut(32);
        while runs.len() > 0 {
            let words = &mut words[..runs.len().min(BLOCK)];
            generator.fill_u32(words);
            for (word, values) in words.iter().zip(&mut runs) {
                for (place, value) in values.iter_mut().enumerate() {
                    let bit = u64::from(word >> place & 1);
                    *value = T::from_wrapped(self.offset.wrapping_add(bit));
                }
            }
        }
        runs.into_remainder()
    }

    /// Fills all but the last few values from words of so many parts, and gives those left.
    fn filter<'a, W: Copy + Into<u64>>(
        &self,
        mut out: &'a mut [T],
        parts: usize,
        mut words: [W; BLOCK],
        mut draw: impl FnMut(&mut [W]),
    ) -> &'a mut [T] {
        while out.len() >= FEW {
            // As many words as are needed at least, of which every part is used.
            let words = &mut words[..(out.len() / parts).min(BLOCK)];
            draw(words);
            let mut count = 0;
            for word in words {
                let mut word: u64 = (*word).into();
                for _ in 0..parts {
                    let bits = word & self.mask;
                    out[count] = T::from_wrapped(self.offset.wrapping_add(bits));
                    // Without a branch, which nothing could predict.
                    count += usize::from(bits <= self.range);
                    word >>= self.width % 64;
                }
            }
            out = &mut out[count..];
        }
        out
    }
}
