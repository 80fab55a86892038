//! The Zipf distribution.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{pow, to_i64};

/// The largest value, as a floating-point number.
const LARGEST: f64 = 9_223_372_036_854_775_808.0;

/// `Generator.zipf(a)` (L. Devroye, "Non-Uniform Random Variate Generation", 1986).
#[derive(Debug, Clone, Copy)]
pub struct Zipf {
    a: f64,
    b: f64,
    /// What would give values above the largest one.
    least: f64,
}

impl Zipf {
    /// With this exponent.
    #[must_use]
    pub fn new(a: f64) -> Self {
        Self { a, b: pow(2.0, a - 1.0), least: pow(LARGEST, -(a - 1.0)) }
    }

    /// What a try gives.
    fn attempt(&self, u: f64, v: f64) -> Option<i64> {
        let exponent = self.a - 1.0;
        let u = u * self.least + (1.0 - u);
        let x = pow(u, -1.0 / exponent).floor();
        if !(1.0..=LARGEST).contains(&x) {
            return None;
        }
        let t = pow(1.0 + 1.0 / x, exponent);
        (v * x * (t - 1.0) / (self.b - 1.0) <= t / self.b).then(|| to_i64(x))
    }

    /// Beyond, all values are 1.
    fn is_one(&self) -> bool {
        self.a >= 1025.0
    }
}

impl Distribution for Zipf {
    type Value = i64;

    fn layout(&self) -> Layout {
        if self.is_one() { Layout::Fixed(0) } else { Layout::Tries(2) }
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        if self.is_one() {
            return 1;
        }
        loop {
            let u = source.next_f64();
            let v = source.next_f64();
            if let Some(value) = self.attempt(u, v) {
                return value;
            }
        }
    }
}
