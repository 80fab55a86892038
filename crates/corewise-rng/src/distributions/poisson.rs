//! The Poisson and the negative binomial distribution.

use std::f64::consts::PI;

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{exp, log, to_i64};

use super::gamma::Gamma;

/// `Generator.poisson(lam)`.
#[derive(Debug, Clone, Copy)]
pub struct Poisson {
    method: Method,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Zero,
    /// The product of uniform numbers, until it falls below e to the -lam.
    Products {
        end: f64,
    },
    /// W. Hörmann, "The Transformed Rejection Method for Generating Poisson Random Variables", 1993.
    Rejection(Rejection),
}

#[derive(Debug, Clone, Copy)]
struct Rejection {
    lam: f64,
    log_lam: f64,
    a: f64,
    b: f64,
    log_inverse_alpha: f64,
    vr: f64,
}

impl Poisson {
    /// With this mean.
    #[must_use]
    pub fn new(lam: f64) -> Self {
        let method = if lam >= 10.0 {
            Method::Rejection(Rejection::new(lam))
        } else if lam == 0.0 {
            Method::Zero
        } else {
            Method::Products { end: exp(-lam) }
        };
        Self { method }
    }
}

impl Rejection {
    fn new(lam: f64) -> Self {
        let b = 0.931 + 2.53 * lam.sqrt();
        Self {
            lam,
            log_lam: log(lam),
            a: -0.059 + 0.02483 * b,
            b,
            log_inverse_alpha: log(1.1239 + 1.1328 / (b - 3.4)),
            vr: 0.9277 - 3.6224 / (b - 2.0),
        }
    }

    /// What a try gives.
    fn attempt(&self, u: f64, v: f64) -> Option<i64> {
        let us = 0.5 - u.abs();
        let k = to_i64(((2.0 * self.a / us + self.b) * u + self.lam + 0.43).floor());
        if us >= 0.07 && v <= self.vr {
            return Some(k);
        }
        if k < 0 || (us < 0.013 && v > us) {
            return None;
        }
        let below = log(v) + self.log_inverse_alpha - log(self.a / (us * us) + self.b);
        let above = -self.lam + k as f64 * self.log_lam - log_gamma(k as f64 + 1.0);
        (below <= above).then_some(k)
    }
}

impl Distribution for Poisson {
    type Value = i64;

    fn layout(&self) -> Layout {
        match self.method {
            Method::Zero => Layout::Fixed(0),
            Method::Products { .. } => Layout::Tokens,
            Method::Rejection(_) => Layout::Tries(2),
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        match &self.method {
            Method::Zero => 0,
            Method::Products { end } => {
                let (mut value, mut product) = (0, source.next_f64());
                while product > *end {
                    value += 1;
                    product *= source.next_f64();
                }
                value
            }
            Method::Rejection(rejection) => loop {
                let u = source.next_f64() - 0.5;
                let v = source.next_f64();
                if let Some(value) = rejection.attempt(u, v) {
                    return value;
                }
            },
        }
    }
}

/// The logarithm of the gamma function, as S. Zhang and J. Jin compute it ("Computation of Special
/// Functions", 1996): its series beyond 7, from which it is gone back.
#[expect(clippy::float_cmp, reason = "the two arguments that are special")]
pub(super) fn log_gamma(x: f64) -> f64 {
    const SERIES: [f64; 10] = [
        8.333_333_333_333_333e-2,
        -2.777_777_777_777_778e-3,
        7.936_507_936_507_937e-4,
        -5.952_380_952_380_952e-4,
        8.417_508_417_508_418e-4,
        -1.917_526_917_526_918e-3,
        6.410_256_410_256_41e-3,
        -2.955_065_359_477_124e-2,
        1.796_443_723_688_307e-1,
        -1.392_432_216_905_9,
    ];
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    let steps = if x < 7.0 { to_i64(7.0 - x) } else { 0 };
    let mut x0 = x + steps as f64;
    let x2 = (1.0 / x0) * (1.0 / x0);
    let series = SERIES.iter().rev().copied().reduce(|sum, term| sum * x2 + term);
    let mut value =
        series.unwrap_or_default() / x0 + 0.5 * log(2.0 * PI) + (x0 - 0.5) * log(x0) - x0;
    for _ in 0..steps {
        value -= log(x0 - 1.0);
        x0 -= 1.0;
    }
    value
}

/// `Generator.negative_binomial(n, p)`.
#[derive(Debug, Clone, Copy)]
pub struct NegativeBinomial {
    lam: Gamma,
}

impl NegativeBinomial {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(n: f64, p: f64) -> Self {
        Self { lam: Gamma::new(n, (1.0 - p) / p) }
    }
}

impl Distribution for NegativeBinomial {
    type Value = i64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        let lam = self.lam.sample(source);
        Poisson::new(lam).sample(source)
    }
}
