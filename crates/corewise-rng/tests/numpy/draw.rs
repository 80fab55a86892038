//! The distributions by the names that `cases.py` gives them.

use corewise_rng::{
    BitGenerator, Distribution, Exponential, LogNormal, Normal, StandardExponential,
    StandardExponential32, StandardExponentialInverse, StandardExponentialInverse32,
    StandardNormal, StandardNormal32, StandardUniform, StandardUniform32, Uniform,
};

/// A value's bytes, the lowest first.
trait Bytes {
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
bytes!(f64, f32);

fn values<D: Distribution>(distribution: &D, generator: &mut impl BitGenerator, n: usize) -> Vec<u8>
where
    D::Value: Bytes,
{
    (0..n).flat_map(|_| distribution.sample(generator).bytes()).collect()
}

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
        _ => panic!("no distribution is called {name}"),
    }
}
