//! What is a standard value moved and scaled.

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::{Decode, Decoded, Head};
use crate::distribution::{Cost, Distribution, Layout};
use crate::libm::{exp, log};
use crate::ziggurat::{StandardExponential, StandardNormal};

/// Declares a distribution whose values are each made of one of a standard distribution: that is
/// decoded in bulk, and so is this.
macro_rules! derived {
    (
        $(#[$meta:meta])*
        $name:ident($($parameter:ident),*), $standard:ident, $cost:expr;
        |$this:ident, $value:ident| $formula:expr
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            $($parameter: f64,)*
        }

        impl $name {
            /// With NumPy's parameters of these names.
            #[must_use]
            pub fn new($($parameter: f64),*) -> Self {
                Self { $($parameter),* }
            }

            #[inline]
            fn of(&self, $value: f64) -> f64 {
                let $this = self;
                $formula
            }
        }

        impl Distribution for $name {
            type Value = f64;

            fn layout(&self) -> Layout {
                Layout::Tokens
            }

            #[inline]
            fn sample<S: Source>(&self, source: &mut S) -> f64 {
                self.of($standard.sample(source))
            }

            fn decoder(&self, generator: &dyn AnyGenerator) -> Option<&dyn Decode<Value = f64>> {
                generator.takes_upper_bits().then_some(self)
            }

            fn cost(&self) -> Cost {
                $cost
            }
        }

        impl Decode for $name {
            type Value = f64;

            fn decode(
                &self,
                raws: &[u64],
                start: usize,
                limit: usize,
                out: &mut [f64],
                head: &mut Head,
                place: *const f64,
            ) -> Option<Decoded> {
                let decoded = $standard.decode(raws, start, limit, out, head, place)?;
                for value in &mut out[..decoded.values] {
                    *value = self.of(*value);
                }
                Some(decoded)
            }
        }
    };
}

derived! {
    /// `Generator.normal(loc, scale)`.
    Normal(loc, scale), StandardNormal, Cost::Medium;
    |this, value| this.loc + this.scale * value
}

derived! {
    /// `Generator.lognormal(mean, sigma)`.
    LogNormal(mean, sigma), StandardNormal, Cost::Heavy;
    |this, value| exp(this.mean + this.sigma * value)
}

derived! {
    /// `Generator.exponential(scale)`.
    Exponential(scale), StandardExponential, Cost::Medium;
    |this, value| this.scale * value
}

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
