//! The beta distribution.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{exp, log, log1p, pow};

use super::gamma::StandardGamma;

/// Below it both parameters give nothing but 0 and 1.
const TINY: f64 = 3e-103;

/// `Generator.beta(a, b)`.
#[derive(Debug, Clone, Copy)]
pub struct Beta {
    a: f64,
    b: f64,
    method: Method,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Tiny,
    /// M. D. Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", 1964.
    Johnk,
    Gamma(StandardGamma, StandardGamma),
}

impl Beta {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(a: f64, b: f64) -> Self {
        let method = if a < TINY && b < TINY {
            Method::Tiny
        } else if a <= 1.0 && b <= 1.0 {
            Method::Johnk
        } else {
            Method::Gamma(StandardGamma::new(a), StandardGamma::new(b))
        };
        Self { a, b, method }
    }

    /// What a try gives.
    fn johnk(&self, u: f64, v: f64) -> Option<f64> {
        let (x, y) = (pow(u, 1.0 / self.a), pow(v, 1.0 / self.b));
        let sum = x + y;
        if !(sum <= 1.0 && u + v > 0.0) {
            return None;
        }
        if x > 0.0 && y > 0.0 {
            return Some(x / sum);
        }
        // One of the two was too small for a number: their logarithms are not.
        let delta = log(u) / self.a - log(v) / self.b;
        Some(if delta > 0.0 { exp(-log1p(exp(-delta))) } else { exp(delta - log1p(exp(delta))) })
    }
}

impl Distribution for Beta {
    type Value = f64;

    fn layout(&self) -> Layout {
        match self.method {
            Method::Tiny => Layout::Fixed(1),
            Method::Johnk => Layout::Tries(2),
            Method::Gamma(..) => Layout::Tokens,
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        match &self.method {
            Method::Tiny => f64::from((self.a + self.b) * source.next_f64() < self.a),
            Method::Johnk => loop {
                let u = source.next_f64();
                let v = source.next_f64();
                if let Some(value) = self.johnk(u, v) {
                    return value;
                }
            },
            Method::Gamma(a, b) => {
                let a = a.sample(source);
                let b = b.sample(source);
                a / (a + b)
            }
        }
    }
}
