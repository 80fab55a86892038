//! What is a standard value moved and scaled.

use crate::bit_generator::{BitGenerator, Source};
use crate::decode::{Decode, Decoded, Head};
use crate::distribution::{Cost, Distribution, Layout};
use crate::libm::{exp, log};
use crate::ziggurat::{StandardExponential, StandardNormal, takes_upper_bits};

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

    fn of(self, standard: f64) -> f64 {
        self.loc + self.scale * standard
    }
}

impl Distribution for Normal {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.of(StandardNormal.sample(source))
    }

    fn decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<Value = f64>> {
        takes_upper_bits::<G>().then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
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

    fn of(self, standard: f64) -> f64 {
        exp(self.normal.of(standard))
    }
}

impl Distribution for LogNormal {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.of(StandardNormal.sample(source))
    }

    fn decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<Value = f64>> {
        takes_upper_bits::<G>().then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Heavy
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

    fn of(self, standard: f64) -> f64 {
        self.scale * standard
    }
}

impl Distribution for Exponential {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.of(StandardExponential.sample(source))
    }

    fn decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<Value = f64>> {
        takes_upper_bits::<G>().then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
    }
}

macro_rules! decode {
    ($distribution:ty, $standard:expr) => {
        impl Decode for $distribution {
            type Value = f64;

            fn decode(
                &self,
                raws: &[u64],
                start: usize,
                limit: usize,
                out: &mut [f64],
                head: &mut Head,
            ) -> Option<Decoded> {
                let decoded = $standard.decode(raws, start, limit, out, head)?;
                for value in &mut out[..decoded.values] {
                    *value = self.of(*value);
                }
                Some(decoded)
            }
        }
    };
}

decode!(Normal, StandardNormal);
decode!(LogNormal, StandardNormal);
decode!(Exponential, StandardExponential);

distribution! {
    /// `Generator.laplace(loc, scale)`.
    Laplace(loc: f64, scale: f64) -> f64, Layout::Tries(1);
    |this, source| loop {
        let u = source.next_f64();
        if u >= 0.5 {
            return this.loc - this.scale * log(2.0 - u - u);
        }
        if u > 0.0 {
            return this.loc + this.scale * log(u + u);
        }
    }
}

distribution! {
    /// `Generator.gumbel(loc, scale)`.
    Gumbel(loc: f64, scale: f64) -> f64, Layout::Tries(1);
    |this, source| loop {
        let u = 1.0 - source.next_f64();
        if u < 1.0 {
            return this.loc - this.scale * log(-log(u));
        }
    }
}

distribution! {
    /// `Generator.logistic(loc, scale)`.
    Logistic(loc: f64, scale: f64) -> f64, Layout::Tries(1);
    |this, source| loop {
        let u = source.next_f64();
        if u > 0.0 {
            return this.loc + this.scale * log(u / (1.0 - u));
        }
    }
}
