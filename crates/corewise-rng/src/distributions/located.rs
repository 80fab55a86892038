//! What is a standard value moved and scaled.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::exp;
use crate::ziggurat::{StandardExponential, StandardNormal};

/// `Generator.normal(loc, scale)`.
#[derive(Debug, Clone, Copy)]
pub struct Normal {
    loc: f64,
    scale: f64,
}

impl Normal {
    /// With this mean and standard deviation.
    #[must_use]
    pub fn new(loc: f64, scale: f64) -> Self {
        Self { loc, scale }
    }
}

impl Distribution for Normal {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.loc + self.scale * StandardNormal.sample(source)
    }
}

/// `Generator.lognormal(mean, sigma)`.
#[derive(Debug, Clone, Copy)]
pub struct LogNormal {
    normal: Normal,
}

impl LogNormal {
    /// With this mean and standard deviation of the logarithm.
    #[must_use]
    pub fn new(mean: f64, sigma: f64) -> Self {
        Self { normal: Normal::new(mean, sigma) }
    }
}

impl Distribution for LogNormal {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        exp(self.normal.sample(source))
    }
}

/// `Generator.exponential(scale)`.
#[derive(Debug, Clone, Copy)]
pub struct Exponential {
    scale: f64,
}

impl Exponential {
    /// With this scale, one over the rate.
    #[must_use]
    pub fn new(scale: f64) -> Self {
        Self { scale }
    }
}

impl Distribution for Exponential {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.scale * StandardExponential.sample(source)
    }
}
