//! Powers of an exponential number.

use crate::distribution::{Cost, Layout};
use crate::libm::{expm1, pow};
use crate::ziggurat::StandardExponential;

derived! {
    /// `Generator.pareto(a)`.
    Pareto(a), StandardExponential, Cost::Heavy;
    |this, value| expm1(value / this.a)
}

distribution! {
    /// `Generator.weibull(a)`; nothing is drawn if `a` is 0.
    Weibull(a: f64) -> f64, Layout::Tokens;
    |this, source| if this.a == 0.0 {
        0.0
    } else {
        pow(StandardExponential.sample(source), 1.0 / this.a)
    }
}

derived! {
    /// `Generator.power(a)`.
    Power(a), StandardExponential, Cost::Heavy;
    |this, value| pow(-expm1(-value), 1.0 / this.a)
}

derived! {
    /// `Generator.rayleigh(scale)`.
    Rayleigh(scale), StandardExponential, Cost::Medium;
    |this, value| this.scale * (2.0 * value).sqrt()
}
