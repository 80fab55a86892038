//! Ratios of normal numbers.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::ziggurat::StandardNormal;

use super::NumPy;

/// `Generator.standard_cauchy()`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cauchy;

impl Distribution for Cauchy {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let above = StandardNormal.sample(source);
        above / StandardNormal.sample(source)
    }
}

/// `Generator.wald(mean, scale)` (J. R. Michael, W. R. Schucany and R. W. Haas, "Generating Random
/// Variates Using Transformations with Multiple Roots", 1976).
#[derive(Debug, Clone, Copy)]
pub struct Wald {
    mean: f64,
    scale: f64,
    numpy: NumPy,
}

impl Wald {
    /// With NumPy's parameters of these names, as this NumPy draws it.
    #[must_use]
    pub fn new(mean: f64, scale: f64, numpy: NumPy) -> Self {
        Self { mean, scale, numpy }
    }

    /// The smaller root: before 2.4 large terms cancel out in it.
    fn root(&self, y: f64) -> f64 {
        let Self { mean, scale, .. } = *self;
        if self.numpy < NumPy(2, 4) {
            return mean + mean / (2.0 * scale) * (y - (4.0 * scale * y + y * y).sqrt());
        }
        mean * (1.0 - 2.0 / (1.0 + (1.0 + 4.0 * scale / y).sqrt()))
    }
}

impl Distribution for Wald {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let (mean, normal) = (self.mean, StandardNormal.sample(source));
        let x = self.root(mean * normal * normal);
        if source.next_f64() <= mean / (mean + x) { x } else { mean * mean / x }
    }
}
