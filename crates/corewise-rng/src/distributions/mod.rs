//! Distributions that NumPy derives from uniform, normal and exponential numbers, for one set of
//! parameters a call.
//!
//! Each does NumPy's operations in NumPy's order, so that the last bit is the same. Parameters are not
//! checked: the caller refuses what NumPy refuses.
//!
//! Uniform, normal and exponential numbers and integers are the same in every NumPy since 1.24. Of
//! these here NumPy changed some since, and they are as in NumPy 2.4: [`Beta`] (other values before 2.1
//! for small parameters), [`F`], [`Cauchy`], [`Wald`] and [`Binomial`] (all before 2.4; [`Binomial`]
//! with n·p above 30 again in 2.5).

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

mod beta;
mod binomial;
mod gamma;
mod geometric;
mod located;
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
pub use normal_ratios::{Cauchy, Wald};
pub use poisson::{NegativeBinomial, Poisson};
pub use powers::{Pareto, Power, Rayleigh, Weibull};
pub use triangular::Triangular;
pub use vonmises::VonMises;
pub use zipf::Zipf;
