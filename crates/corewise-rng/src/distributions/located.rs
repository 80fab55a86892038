//! What is a standard value moved and scaled.

use crate::distribution::Layout;
use crate::libm::{exp, log};
use crate::ziggurat::{StandardExponential, StandardNormal};

distribution! {
    /// `Generator.normal(loc, scale)`.
    Normal(loc: f64, scale: f64) -> f64, Layout::Tokens;
    |this, source| this.loc + this.scale * StandardNormal.sample(source)
}

distribution! {
    /// `Generator.lognormal(mean, sigma)`.
    LogNormal(mean: f64, sigma: f64) -> f64, Layout::Tokens;
    |this, source| exp(this.mean + this.sigma * StandardNormal.sample(source))
}

distribution! {
    /// `Generator.exponential(scale)`.
    Exponential(scale: f64) -> f64, Layout::Tokens;
    |this, source| this.scale * StandardExponential.sample(source)
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
