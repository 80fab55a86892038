//! The binomial distribution.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{exp, log, log1p, to_i64};

/// `Generator.binomial(n, p)`.
#[derive(Debug, Clone, Copy)]
pub struct Binomial {
    n: i64,
    /// p was above 1/2: failures are drawn.
    failures: bool,
    method: Method,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Zero,
    Inversion(Inversion),
    Btpe(Btpe),
}

impl Binomial {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(n: i64, p: f64) -> Self {
        let failures = p > 0.5;
        let rarer = if failures { 1.0 - p } else { p };
        let method = if n == 0 || p == 0.0 {
            Method::Zero
        } else if rarer * n as f64 <= 30.0 {
            Method::Inversion(Inversion::new(n, rarer))
        } else {
            Method::Btpe(Btpe::new(n, rarer))
        };
        Self { n, failures: failures && n != 0, method }
    }
}

impl Distribution for Binomial {
    type Value = i64;

    fn layout(&self) -> Layout {
        match self.method {
            Method::Zero => Layout::Fixed(0),
            Method::Inversion(_) => Layout::Tries(1),
            Method::Btpe(_) => Layout::Tries(2),
        }
    }

    fn sample<S: Source>(&self, source: &mut S) -> i64 {
        let value = match &self.method {
            Method::Zero => 0,
            Method::Inversion(inversion) => loop {
                if let Some(value) = inversion.attempt(source.next_f64()) {
                    break value;
                }
            },
            Method::Btpe(btpe) => loop {
                let u = source.next_f64();
                let v = source.next_f64();
                if let Some(value) = btpe.attempt(u, v) {
                    break value;
                }
            },
        };
        if self.failures { self.n - value } else { value }
    }
}

/// The distribution function, walked along.
#[derive(Debug, Clone, Copy)]
struct Inversion {
    n: i64,
    p: f64,
    q: f64,
    /// How likely 0 is.
    zero: f64,
    bound: i64,
}

impl Inversion {
    fn new(n: i64, p: f64) -> Self {
        let (q, trials) = (1.0 - p, n as f64);
        let mean = trials * p;
        let bound = mean + 10.0 * (mean * q + 1.0).sqrt();
        let bound = to_i64(if trials < bound { trials } else { bound });
        Self { n, p, q, zero: exp(trials * log1p(-p)), bound }
    }

    /// What a try gives.
    fn attempt(&self, mut u: f64) -> Option<i64> {
        let (mut value, mut likely) = (0, self.zero);
        while u > likely {
            value += 1;
            if value > self.bound {
                return None;
            }
            u -= likely;
            likely = (self.n - value + 1) as f64 * self.p * likely / (value as f64 * self.q);
        }
        Some(value)
    }
}

/// V. Kachitvichyanukul and B. W. Schmeiser, "Binomial Random Variate Generation", 1988: a triangle,
/// two parallelograms and two exponential tails over the probabilities.
#[derive(Debug, Clone, Copy)]
struct Btpe {
    n: i64,
    r: f64,
    q: f64,
    m: i64,
    xm: f64,
    xl: f64,
    xr: f64,
    c: f64,
    left: f64,
    right: f64,
    /// The areas, each with those before it.
    areas: [f64; 4],
}

#[expect(clippy::many_single_char_names, reason = "the paper's names")]
impl Btpe {
    fn new(n: i64, r: f64) -> Self {
        let (q, trials) = (1.0 - r, n as f64);
        let fm = trials * r + r;
        let m = to_i64(fm.floor());
        let p1 = (2.195 * (trials * r * q).sqrt() - 4.6 * q).floor() + 0.5;
        let xm = m as f64 + 0.5;
        let (xl, xr) = (xm - p1, xm + p1);
        let c = 0.134 + 20.5 / (15.3 + m as f64);
        let steepness = |a: f64| a * (1.0 + a / 2.0);
        let left = steepness((fm - xl) / (fm - xl * r));
        let right = steepness((xr - fm) / (xr * q));
        let p2 = p1 * (1.0 + 2.0 * c);
        let p3 = p2 + c / left;
        let p4 = p3 + c / right;
        Self { n, r, q, m, xm, xl, xr, c, left, right, areas: [p1, p2, p3, p4] }
    }

    /// What a try gives.
    fn attempt(&self, u: f64, v: f64) -> Option<i64> {
        let [p1, p2, p3, p4] = self.areas;
        let u = u * p4;
        if u <= p1 {
            return Some(to_i64((self.xm - p1 * v + u).floor()));
        }
        let (y, v) = if u <= p2 {
            let x = self.xl + (u - p1) / self.c;
            let v = v * self.c + 1.0 - (self.m as f64 - x + 0.5).abs() / p1;
            if v > 1.0 {
                return None;
            }
            (to_i64(x.floor()), v)
        } else if u <= p3 {
            let y = to_i64((self.xl + log(v) / self.left).floor());
            if y < 0 || v == 0.0 {
                return None;
            }
            (y, v * (u - p2) * self.left)
        } else {
            let y = to_i64((self.xr - log(v) / self.right).floor());
            if y > self.n || v == 0.0 {
                return None;
            }
            (y, v * (u - p3) * self.right)
        };
        self.accepts(y, v).then_some(y)
    }

    fn accepts(&self, y: i64, v: f64) -> bool {
        let (n, m, r, q) = (self.n, self.m, self.r, self.q);
        let variance = n as f64 * r * q;
        let k = (y - m).abs();
        if k <= 20 || k as f64 >= variance / 2.0 - 1.0 {
            // Probabilities relative to the mode's, step by step.
            let s = r / q;
            let a = s * (n + 1) as f64;
            let step = |i: i64| a / i as f64 - s;
            let mut relative = 1.0;
            for i in m + 1..=y {
                relative *= step(i);
            }
            for i in y + 1..=m {
                relative /= step(i);
            }
            return v <= relative;
        }
        // A squeeze, and Stirling's formula between.
        let distance = k as f64;
        let rho = distance / variance
            * ((distance * (distance / 3.0 + 0.625) + 0.166_666_666_666_666_66) / variance + 0.5);
        let t = (-k).wrapping_mul(k) as f64 / (2.0 * variance);
        let log_v = log(v);
        if log_v < t - rho {
            return true;
        }
        if log_v > t + rho {
            return false;
        }
        let (x1, f1) = ((y + 1) as f64, (m + 1) as f64);
        let (z, w) = ((n + 1 - m) as f64, (n - y + 1) as f64);
        log_v
            <= self.xm * log(f1 / x1)
                + ((n - m) as f64 + 0.5) * log(z / w)
                + (y - m) as f64 * log(w * r / (x1 * q))
                + stirling(f1)
                + stirling(z)
                + stirling(x1)
                + stirling(w)
    }
}

/// What Stirling's formula leaves, as NumPy has it up to 2.4: 13680 stands for 13860, and of the four
/// terms two have the wrong sign.
fn stirling(x: f64) -> f64 {
    let square = x * x;
    (13680.0 - (462.0 - (132.0 - (99.0 - 140.0 / square) / square) / square) / square)
        / x
        / 166_320.0
}
