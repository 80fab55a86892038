//! What is a standard value moved and scaled.

use crate::distribution::{Cost, Layout};
use crate::libm::{exp, log};
use crate::ziggurat::{StandardExponential, StandardNormal};

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
