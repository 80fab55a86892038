//! Ratios of normal numbers.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::ziggurat::StandardNormal;

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

distribution! {
    /// `Generator.wald(mean, scale)`.
    Wald(mean: f64, scale: f64) -> f64, Layout::Tokens;
    |this, source| {
        let (mean, normal) = (this.mean, StandardNormal.sample(source));
        let y = mean * normal * normal;
        let d = 1.0 + (1.0 + 4.0 * this.scale / y).sqrt();
        let x = mean * (1.0 - 2.0 / d);
        if source.next_f64() <= mean / (mean + x) { x } else { mean * mean / x }
    }
}
