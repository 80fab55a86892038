//! `numpy.random.RandomState`: what NumPy had before `Generator`, frozen.

use std::marker::PhantomData;

use crate::bit_generator::Source;
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

    /// `standard_normal(size=out.len())`.
    pub fn fill_standard_normal(&mut self, out: &mut [f64]) {
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
}
