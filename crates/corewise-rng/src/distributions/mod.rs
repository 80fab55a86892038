//! Distributions that NumPy derives from uniform, normal and exponential numbers, for one set of
//! parameters a call.
//!
//! Each does NumPy's operations in NumPy's order, so that the last bit is the same. Parameters are not
//! checked: the caller refuses what NumPy refuses.
//!
//! Where NumPy's own values changed, the constructor asks for [whose](NumPy) they are to be. [`Beta`]
//! (with parameters below 1 so small that powers underflow) and [`Zipf`] are as in NumPy 2.1 and later.
//! All else, uniform, normal and exponential numbers and integers too, is the same from 1.24 to 2.5.

/// A NumPy: major and minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumPy(pub u32, pub u32);

/// Declares a distribution that keeps its parameters as they are.
macro_rules! distribution {
    (
        $(#[$meta:meta])*
        $name:ident($($(#[$doc:meta])* $parameter:ident: $kind:ty),*) -> $value:ty, $layout:expr;
        |$this:ident, $source:ident| $sample:expr
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            $($parameter: $kind,)*
        }

        impl $name {
            /// With NumPy's parameters of these names.
            #[must_use]
            pub fn new($($parameter: $kind),*) -> Self {
                Self { $($parameter),* }
            }
        }

        impl $crate::distribution::Distribution for $name {
            type Value = $value;

            fn layout(&self) -> $crate::distribution::Layout {
                $layout
            }

            #[inline]
            fn sample<S: $crate::bit_generator::Source>(&self, $source: &mut S) -> $value {
                let $this = self;
                $sample
            }
        }
    };
}

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

        impl $crate::distribution::Distribution for $name {
            type Value = f64;

            fn layout(&self) -> $crate::distribution::Layout {
                $crate::distribution::Layout::Tokens
            }

            #[inline]
            fn sample<S: $crate::bit_generator::Source>(&self, source: &mut S) -> f64 {
                self.of($standard.sample(source))
            }

            fn decoder(
                &self,
                generator: &dyn $crate::bit_generator::AnyGenerator,
            ) -> Option<&dyn $crate::decode::Decode<Value = f64>> {
                generator.takes_upper_bits().then_some(self)
            }

            fn cost(&self) -> $crate::distribution::Cost {
                $cost
            }
        }

        impl $crate::decode::Decode for $name {
            type Value = f64;

            fn decode(
                &self,
                raws: &[u64],
                start: usize,
                limit: usize,
                out: &mut [f64],
                head: &mut $crate::decode::Head,
                place: *const f64,
            ) -> Option<$crate::decode::Decoded> {
                let decoded = $standard.decode(raws, start, limit, out, head, place)?;
                for value in &mut out[..decoded.values] {
                    *value = self.of(*value);
                }
                Some(decoded)
            }
        }
    };
}

mod beta;
mod binomial;
mod gamma;
mod geometric;
mod located;
mod noncentral;
mod normal_ratios;
mod poisson;
mod powers;
mod triangular;
mod vonmises;
mod zipf;

pub use beta::Beta;
pub use binomial::Binomial;
pub use gamma::{ChiSquare, F, Gamma, StandardGamma, StandardGamma32, StandardT};
pub use geometric::{Geometric, LogSeries};
pub use located::{Exponential, Gumbel, Laplace, LogNormal, Logistic, Normal};
pub use noncentral::{NoncentralChiSquare, NoncentralF};
pub use normal_ratios::{Cauchy, Wald};
pub use poisson::{NegativeBinomial, Poisson};
pub use powers::{Pareto, Power, Rayleigh, Weibull};
pub use triangular::Triangular;
pub use vonmises::VonMises;
pub use zipf::Zipf;
