//! The distributions by the names that `cases.py` gives them.

use corewise_rng::{
    Beta, Binomial, BitGenerator, Cauchy, ChiSquare, Distribution, Exponential, F, Gamma,
    Geometric, Gumbel, Integer, Integers, Laplace, LogNormal, LogSeries, Logistic,
    NegativeBinomial, Normal, Pareto, Poisson, Power, Rayleigh, StandardExponential,
    StandardExponential32, StandardExponentialInverse, StandardExponentialInverse32, StandardGamma,
    StandardGamma32, StandardNormal, StandardNormal32, StandardT, StandardUniform,
    StandardUniform32, Triangular, Uniform, VonMises, Wald, Weibull, Zipf, bytes,
};

/// A value's bytes, the lowest first.
pub(crate) trait Bytes {
    fn bytes(self) -> Vec<u8>;
}

macro_rules! bytes {
    ($($kind:ty),*) => {$(
        impl Bytes for $kind {
            fn bytes(self) -> Vec<u8> {
                self.to_le_bytes().to_vec()
            }
        }
    )*};
}
bytes!(f64, f32, i8, i16, i32, i64, u8, u16, u32, u64);

impl Bytes for bool {
    fn bytes(self) -> Vec<u8> {
        vec![u8::from(self)]
    }
}

pub(crate) fn values<D: Distribution>(
    distribution: &D,
    generator: &mut impl BitGenerator,
    n: usize,
) -> Vec<u8>
where
    D::Value: Bytes,
{
    let mut values = vec![D::Value::default(); n];
    distribution.fill(generator, &mut values);
    values.into_iter().flat_map(Bytes::bytes).collect()
}

/// By the name of NumPy's type.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match $kind {
            "bool" => $function::<bool, _>($($argument),*),
            "int8" => $function::<i8, _>($($argument),*),
            "int16" => $function::<i16, _>($($argument),*),
            "int32" => $function::<i32, _>($($argument),*),
            "int64" => $function::<i64, _>($($argument),*),
            "uint8" => $function::<u8, _>($($argument),*),
            "uint16" => $function::<u16, _>($($argument),*),
            "uint32" => $function::<u32, _>($($argument),*),
            "uint64" => $function::<u64, _>($($argument),*),
            kind => panic!("no type is called {kind}"),
        }
    };
}
pub(crate) use of_kind;

fn integers<T: Integer + Bytes, G: BitGenerator>(
    bounds: &[u64],
    generator: &mut G,
    n: usize,
) -> Vec<u8> {
    let [low, high] = [bounds[0], bounds[1]].map(T::from_wrapped);
    assert!(low == high || Integers::inclusive(high, low).is_none());
    values(&Integers::inclusive(low, high).unwrap(), generator, n)
}

#[expect(clippy::cast_possible_truncation, reason = "a parameter that is a float32")]
pub(crate) fn draw<G: BitGenerator>(
    generator: &mut G,
    name: &str,
    parameters: &str,
    size: usize,
) -> Vec<u8> {
    let parameters: Vec<u64> = parameters
        .split(',')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| u64::from_str_radix(parameter, 16).unwrap())
        .collect();
    let float = |index: usize| f64::from_bits(parameters[index]);
    match name {
        "random_float64" => values(&StandardUniform, generator, size),
        "random_float32" => values(&StandardUniform32, generator, size),
        "uniform" => values(&Uniform::new(float(0), float(1)), generator, size),
        "standard_normal_float64" => values(&StandardNormal, generator, size),
        "standard_normal_float32" => values(&StandardNormal32, generator, size),
        "normal" => values(&Normal::new(float(0), float(1)), generator, size),
        "lognormal" => values(&LogNormal::new(float(0), float(1)), generator, size),
        "standard_exponential_float64" => values(&StandardExponential, generator, size),
        "standard_exponential_float32" => values(&StandardExponential32, generator, size),
        "standard_exponential_inv_float64" => values(&StandardExponentialInverse, generator, size),
        "standard_exponential_inv_float32" => {
            values(&StandardExponentialInverse32, generator, size)
        }
        "exponential" => values(&Exponential::new(float(0)), generator, size),
        "laplace" => values(&Laplace::new(float(0), float(1)), generator, size),
        "gumbel" => values(&Gumbel::new(float(0), float(1)), generator, size),
        "logistic" => values(&Logistic::new(float(0), float(1)), generator, size),
        "pareto" => values(&Pareto::new(float(0)), generator, size),
        "weibull" => values(&Weibull::new(float(0)), generator, size),
        "power" => values(&Power::new(float(0)), generator, size),
        "rayleigh" => values(&Rayleigh::new(float(0)), generator, size),
        "triangular" => values(&Triangular::new(float(0), float(1), float(2)), generator, size),
        "standard_gamma_float64" => values(&StandardGamma::new(float(0)), generator, size),
        "standard_gamma_float32" => values(&StandardGamma32::new(float(0) as f32), generator, size),
        "gamma" => values(&Gamma::new(float(0), float(1)), generator, size),
        "chisquare" => values(&ChiSquare::new(float(0)), generator, size),
        "f" => values(&F::new(float(0), float(1)), generator, size),
        "standard_t" => values(&StandardT::new(float(0)), generator, size),
        "beta" => values(&Beta::new(float(0), float(1)), generator, size),
        "standard_cauchy" => values(&Cauchy, generator, size),
        "wald" => values(&Wald::new(float(0), float(1)), generator, size),
        "vonmises" => values(&VonMises::new(float(0), float(1)), generator, size),
        "geometric" => values(&Geometric::new(float(0)), generator, size),
        "logseries" => values(&LogSeries::new(float(0)), generator, size),
        "zipf" => values(&Zipf::new(float(0)), generator, size),
        "poisson" => values(&Poisson::new(float(0)), generator, size),
        "negative_binomial" => values(&NegativeBinomial::new(float(0), float(1)), generator, size),
        "binomial" => {
            values(&Binomial::new(i64::from_wrapped(parameters[0]), float(1)), generator, size)
        }
        "bytes" => {
            let mut out = vec![0; size];
            bytes(generator, &mut out);
            out
        }
        _ if name.starts_with("integers_") => {
            let kind = &name["integers_".len()..];
            of_kind!(kind, integers(&parameters, generator, size))
        }
        _ => panic!("no distribution is called {name}"),
    }
}
