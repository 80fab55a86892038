//! Powers of an exponential number.

use crate::distribution::Layout;
use crate::libm::{expm1, pow};
use crate::ziggurat::StandardExponential;

distribution! {
    /// `Generator.pareto(a)`.
    Pareto(a: f64) -> f64, Layout::Tokens;
    |this, source| expm1(StandardExponential.sample(source) / this.a)
}

distribution! {
    /// `Generator.weibull(a)`.
    Weibull(a: f64) -> f64, Layout::Tokens;
    |this, source| if this.a == 0.0 {
        0.0
    } else {
        pow(StandardExponential.sample(source), 1.0 / this.a)
    }
}

distribution! {
    /// `Generator.power(a)`.
    Power(a: f64) -> f64, Layout::Tokens;
    |this, source| pow(-expm1(-StandardExponential.sample(source)), 1.0 / this.a)
}

distribution! {
    /// `Generator.rayleigh(scale)`.
    Rayleigh(scale: f64) -> f64, Layout::Tokens;
    |this, source| this.scale * (2.0 * StandardExponential.sample(source)).sqrt()
}
