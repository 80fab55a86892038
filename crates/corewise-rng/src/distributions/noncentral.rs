//! The noncentral chi-square and F distributions.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::ziggurat::StandardNormal;

use super::gamma::ChiSquare;
use super::poisson::Poisson;

/// `Generator.noncentral_chisquare(df, nonc)`.
#[derive(Debug, Clone, Copy)]
pub struct NoncentralChiSquare {
    method: Method,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    NotANumber,
    Central(ChiSquare),
    /// More than one degree of freedom: one of the squares is moved.
    Moved {
        others: ChiSquare,
        by: f64,
    },
    /// Else: a number at random of further degrees of freedom.
    Mixed {
        df: f64,
        pairs: Poisson,
    },
}

impl NoncentralChiSquare {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(df: f64, nonc: f64) -> Self {
        let method = if nonc.is_nan() {
            Method::NotANumber
        } else if nonc == 0.0 {
            Method::Central(ChiSquare::new(df))
        } else if df > 1.0 {
            Method::Moved { others: ChiSquare::new(df - 1.0), by: nonc.sqrt() }
        } else {
            Method::Mixed { df, pairs: Poisson::new(nonc / 2.0) }
        };
        Self { method }
    }
}

impl Distribution for NoncentralChiSquare {
    type Value = f64;

    fn layout(&self) -> Layout {
        match &self.method {
            Method::NotANumber => Layout::Fixed(0),
            Method::Central(central) => central.layout(),
            Method::Moved { .. } | Method::Mixed { .. } => Layout::Tokens,
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        match &self.method {
            Method::NotANumber => f64::NAN,
            Method::Central(central) => central.sample(source),
            Method::Moved { others, by } => {
                let squares = others.sample(source);
                let moved = StandardNormal.sample(source) + by;
                squares + moved * moved
            }
            Method::Mixed { df, pairs } => {
                let pairs = pairs.sample(source);
                ChiSquare::new(df + pairs.wrapping_mul(2) as f64).sample(source)
            }
        }
    }
}

/// `Generator.noncentral_f(dfnum, dfden, nonc)`.
#[derive(Debug, Clone, Copy)]
pub struct NoncentralF {
    dfnum: f64,
    dfden: f64,
    above: NoncentralChiSquare,
    below: ChiSquare,
}

impl NoncentralF {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(dfnum: f64, dfden: f64, nonc: f64) -> Self {
        let above = NoncentralChiSquare::new(dfnum, nonc);
        Self { dfnum, dfden, above, below: ChiSquare::new(dfden) }
    }
}

impl Distribution for NoncentralF {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let above = self.above.sample(source) * self.dfden;
        above / (self.below.sample(source) * self.dfnum)
    }
}
