//! The distributions by the names that `cases.py` gives them.

use corewise_rng::{
    BitGenerator, Distribution, Exponential, Integer, Integers, LogNormal, Normal,
    StandardExponential, StandardExponential32, StandardExponentialInverse,
    StandardExponentialInverse32, StandardNormal, StandardNormal32, StandardUniform,
    StandardUniform32, Uniform, bytes,
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
bytes!(f64, f32, i8, i16, i32, i64, u8, u16, u32, u64);

impl Bytes for bool {
    fn bytes(self) -> Vec<u8> {
        vec![u8::from(self)]
    }
}

fn values<D: Distribution>(distribution: &D, generator: &mut impl BitGenerator, n: usize) -> Vec<u8>
where
    D::Value: Bytes,
{
    let mut values = vec![D::Value::default(); n];
    distribution.fill(generator, &mut values);
    values.into_iter().flat_map(Bytes::bytes).collect()
}

fn integers<T: Integer + Bytes>(
    bounds: &[u64],
    generator: &mut impl BitGenerator,
    n: usize,
) -> Vec<u8> {
    let [low, high] = [bounds[0], bounds[1]].map(T::from_wrapped);
    values(&Integers::inclusive(low, high).unwrap(), generator, n)
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
        "integers_bool" => integers::<bool>(&parameters, generator, size),
        "integers_int8" => integers::<i8>(&parameters, generator, size),
        "integers_int16" => integers::<i16>(&parameters, generator, size),
        "integers_int32" => integers::<i32>(&parameters, generator, size),
        "integers_int64" => integers::<i64>(&parameters, generator, size),
        "integers_uint8" => integers::<u8>(&parameters, generator, size),
        "integers_uint16" => integers::<u16>(&parameters, generator, size),
        "integers_uint32" => integers::<u32>(&parameters, generator, size),
        "integers_uint64" => integers::<u64>(&parameters, generator, size),
        "bytes" => {
            let mut out = vec![0; size];
            bytes(generator, &mut out);
            out
        }
        _ => panic!("no distribution is called {name}"),
    }
}
