//! The geometric distribution and the logarithmic series.

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::{Decode, Decoded, Head};
use crate::distribution::{Distribution, Layout};
use crate::libm::{expm1, log, log1p, to_i64};
use crate::ziggurat::StandardExponential;

/// `Generator.geometric(p)`.
#[derive(Debug, Clone, Copy)]
pub struct Geometric {
    p: f64,
    /// log(1 - p)
    log_q: f64,
}

impl Geometric {
    /// With this probability of success.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, log_q: log1p(-p) }
    }

    /// Whether the trials are walked through, one after the other: there will be few.
    fn walks(&self) -> bool {
        self.p >= 0.333_333_333_333_333_3
    }

    /// The trials that a standard exponential number stands for.
    #[inline]
    fn trials(&self, exponential: f64) -> i64 {
        let trials = (-exponential / self.log_q).ceil();
        if trials >= 9.223_372_036_854_776e18 { i64::MAX } else { to_i64(trials) }
    }
}

impl Distribution for Geometric {
    type Value = i64;

    fn layout(&self) -> Layout {
        if self.walks() { Layout::Fixed(1) } else { Layout::Tokens }
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        if !self.walks() {
            return self.trials(StandardExponential.sample(source));
        }
        let u = source.next_f64();
        let (mut trials, mut product, mut sum) = (1, self.p, self.p);
        while u > sum {
            product *= 1.0 - self.p;
            sum += product;
            trials += 1;
        }
        trials
    }

    fn decoder(&self, generator: &dyn AnyGenerator) -> Option<&dyn Decode<Value = i64>> {
        (!self.walks() && generator.takes_upper_bits()).then_some(self)
    }
}

impl Decode for Geometric {
    type Value = i64;

    fn decode(
        &self,
        raws: &[u64],
        start: usize,
        limit: usize,
        out: &mut [i64],
        head: &mut Head,
        place: *const i64,
    ) -> Option<Decoded> {
        // SAFETY: the types have the same size and alignment, and any bits are a value of either.
        let exponentials =
            unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<f64>(), out.len()) };
        let decoded =
            StandardExponential.decode(raws, start, limit, exponentials, head, place.cast())?;
        for value in &mut out[..decoded.values] {
            *value = self.trials(f64::from_bits(value.cast_unsigned()));
        }
        Some(decoded)
    }
}

/// `Generator.logseries(p)` (A. W. Kemp, "Efficient Generation of Logarithmically Distributed
/// Pseudo-Random Variables", 1981).
#[derive(Debug, Clone, Copy)]
pub struct LogSeries {
    p: f64,
    /// log(1 - p)
    log_q: f64,
}

impl LogSeries {
    /// With this parameter.
    #[must_use]
    pub fn new(p: f64) -> Self {
        Self { p, log_q: log1p(-p) }
    }
}

impl Distribution for LogSeries {
    type Value = i64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        loop {
            let v = source.next_f64();
            if v >= self.p {
                return 1;
            }
            let q = -expm1(self.log_q * source.next_f64());
            if v > q * q {
                return if v >= q { 1 } else { 2 };
            }
            let value = to_i64((1.0 + log(v) / log(q)).floor());
            if value >= 1 && v != 0.0 {
                return value;
            }
        }
    }
}
