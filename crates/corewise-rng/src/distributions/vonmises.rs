//! The von Mises distribution.

use std::f64::consts::PI;

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{acos, cos, log};
use crate::ziggurat::StandardNormal;

/// `Generator.vonmises(mu, kappa)`.
#[derive(Debug, Clone, Copy)]
pub struct VonMises {
    mu: f64,
    kappa: f64,
    method: Method,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    NotANumber,
    /// So flat that it is uniform.
    Uniform,
    /// So narrow that it is normal.
    Normal {
        deviation: f64,
    },
    /// D. J. Best and N. I. Fisher, "Efficient Simulation of the von Mises Distribution", 1979.
    Rejection {
        s: f64,
    },
}

impl VonMises {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(mu: f64, kappa: f64) -> Self {
        let method = if kappa.is_nan() {
            Method::NotANumber
        } else if kappa < 1e-8 {
            Method::Uniform
        } else if kappa > 1e6 {
            Method::Normal { deviation: (1.0 / kappa).sqrt() }
        } else if kappa < 1e-5 {
            Method::Rejection { s: 1.0 / kappa + kappa }
        } else {
            let r = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
            let rho = (r - (2.0 * r).sqrt()) / (2.0 * kappa);
            Method::Rejection { s: (1.0 + rho * rho) / (2.0 * rho) }
        };
        Self { mu, kappa, method }
    }

    #[expect(clippy::many_single_char_names, reason = "the paper's names")]
    fn rejection<S: Source>(&self, s: f64, source: &mut S) -> f64 {
        let w = loop {
            let z = cos(PI * source.next_f64());
            let w = (1.0 + s * z) / (s + z);
            let y = self.kappa * (s - w);
            let v = source.next_f64();
            if y * (2.0 - y) - v >= 0.0 || log(y / v) + 1.0 - y >= 0.0 {
                break w;
            }
        };
        let angle = if source.next_f64() < 0.5 { -acos(w) } else { acos(w) };
        let angle = angle + self.mu;
        let wrapped = (angle.abs() + PI) % (2.0 * PI) - PI;
        if angle < 0.0 { -wrapped } else { wrapped }
    }
}

impl Distribution for VonMises {
    type Value = f64;

    fn layout(&self) -> Layout {
        match self.method {
            Method::NotANumber => Layout::Fixed(0),
            Method::Uniform => Layout::Fixed(1),
            Method::Normal { .. } | Method::Rejection { .. } => Layout::Tokens,
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        match self.method {
            Method::NotANumber => f64::NAN,
            Method::Uniform => PI * (2.0 * source.next_f64() - 1.0),
            Method::Normal { deviation } => {
                let angle = self.mu + deviation * StandardNormal.sample(source);
                let angle = if angle < -PI { angle + 2.0 * PI } else { angle };
                if angle > PI { angle - 2.0 * PI } else { angle }
            }
            Method::Rejection { s } => self.rejection(s, source),
        }
    }
}
