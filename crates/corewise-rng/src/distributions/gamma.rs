//! The gamma distribution and what is made of it.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};
use crate::libm::{log, logf, pow, powf};
use crate::ziggurat::{
    StandardExponential, StandardExponential32, StandardNormal, StandardNormal32,
};

/// Which method a shape takes, with what it needs.
#[derive(Debug, Clone, Copy)]
enum Method<T> {
    /// Shape 0: the value is 0.
    Zero,
    /// Shape 1: an exponential number.
    Exponential,
    /// Shapes below 1 (J. H. Ahrens and U. Dieter, "Computer Methods for Sampling from Gamma, Beta,
    /// Poisson and Binomial Distributions", 1974).
    Below { shape: T, inverse: T },
    /// Shapes above 1 (G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma Variables",
    /// 2000).
    Above { b: T, c: T },
}

impl<T> Method<T> {
    fn layout(&self, tokens: Layout) -> Layout {
        if matches!(self, Self::Zero) { Layout::Fixed(0) } else { tokens }
    }
}

/// Both precisions have the same steps, each in its own arithmetic.
macro_rules! standard_gamma {
    ($(#[$meta:meta])* $name:ident, $float:ident, $layout:expr, $uniform:ident, $normal:ident,
     $exponential:ident, $log:ident, $pow:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            method: Method<$float>,
        }

        impl $name {
            /// With this shape.
            #[must_use]
            #[expect(clippy::float_cmp, reason = "the two shapes that are special")]
            pub fn new(shape: $float) -> Self {
                let method = if shape == 1.0 {
                    Method::Exponential
                } else if shape == 0.0 {
                    Method::Zero
                } else if shape < 1.0 {
                    Method::Below { shape, inverse: 1.0 / shape }
                } else {
                    let b: $float = shape - 1.0 / 3.0;
                    Method::Above { b, c: 1.0 / (9.0 * b).sqrt() }
                };
                Self { method }
            }
        }

        impl Distribution for $name {
            type Value = $float;

            const RAWS: bool = size_of::<$float>() == 8;
            const HALVES: bool = size_of::<$float>() == 4;

            fn layout(&self) -> Layout {
                self.method.layout($layout)
            }

            fn sample<S: Source>(&self, source: &mut S) -> $float {
                match self.method {
                    Method::Zero => 0.0,
                    Method::Exponential => $exponential.sample(source),
                    Method::Below { shape, inverse } => loop {
                        let u = source.$uniform();
                        let v = $exponential.sample(source);
                        if u <= 1.0 - shape {
                            let x = $pow(u, inverse);
                            if x <= v {
                                return x;
                            }
                        } else {
                            let y = -$log((1.0 - u) / shape);
                            let x = $pow(1.0 - shape + shape * y, inverse);
                            if x <= v + y {
                                return x;
                            }
                        }
                    },
                    Method::Above { b, c } => loop {
                        let x = $normal.sample(source);
                        let v = 1.0 + c * x;
                        if v <= 0.0 {
                            continue;
                        }
                        let v = v * v * v;
                        let u = source.$uniform();
                        if u < 1.0 - 0.0331 * (x * x) * (x * x)
                            || $log(u) < 0.5 * x * x + b * (1.0 - v + $log(v))
                        {
                            return b * v;
                        }
                    },
                }
            }
        }
    };
}

standard_gamma! {
    /// `Generator.standard_gamma(shape)`.
    StandardGamma, f64, Layout::Tokens, next_f64, StandardNormal, StandardExponential, log, pow
}
standard_gamma! {
    /// `Generator.standard_gamma(shape, dtype=np.float32)`.
    StandardGamma32, f32, Layout::HalfTokens, next_f32, StandardNormal32, StandardExponential32,
    logf, powf
}

/// `Generator.gamma(shape, scale)`.
#[derive(Debug, Clone, Copy)]
pub struct Gamma {
    standard: StandardGamma,
    scale: f64,
}

impl Gamma {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(shape: f64, scale: f64) -> Self {
        Self { standard: StandardGamma::new(shape), scale }
    }
}

impl Distribution for Gamma {
    type Value = f64;

    fn layout(&self) -> Layout {
        self.standard.layout()
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.scale * self.standard.sample(source)
    }
}

/// `Generator.chisquare(df)`.
#[derive(Debug, Clone, Copy)]
pub struct ChiSquare {
    gamma: Gamma,
}

impl ChiSquare {
    /// With so many degrees of freedom.
    #[must_use]
    pub fn new(df: f64) -> Self {
        Self { gamma: Gamma::new(df / 2.0, 2.0) }
    }
}

impl Distribution for ChiSquare {
    type Value = f64;

    fn layout(&self) -> Layout {
        self.gamma.layout()
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.gamma.sample(source)
    }
}

/// `Generator.f(dfnum, dfden)`.
#[derive(Debug, Clone, Copy)]
pub struct F {
    dfnum: f64,
    dfden: f64,
    above: ChiSquare,
    below: ChiSquare,
}

impl F {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(dfnum: f64, dfden: f64) -> Self {
        Self { dfnum, dfden, above: ChiSquare::new(dfnum), below: ChiSquare::new(dfden) }
    }
}

impl Distribution for F {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let above = self.above.sample(source) * self.dfden;
        above / (self.below.sample(source) * self.dfnum)
    }
}

/// `Generator.standard_t(df)`.
#[derive(Debug, Clone, Copy)]
pub struct StandardT {
    factor: f64,
    gamma: StandardGamma,
}

impl StandardT {
    /// With so many degrees of freedom.
    #[must_use]
    pub fn new(df: f64) -> Self {
        Self { factor: (df / 2.0).sqrt(), gamma: StandardGamma::new(df / 2.0) }
    }
}

impl Distribution for StandardT {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let above = self.factor * StandardNormal.sample(source);
        above / self.gamma.sample(source).sqrt()
    }
}
