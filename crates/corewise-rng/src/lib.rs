//! NumPy's random streams, bit for bit, on every core.
//!
//! A call that fills an array with this crate gives the bits that `numpy.random.Generator` gives for
//! the same seed, and leaves the bit generator in the same state, for any number of threads. How that
//! can be: a stream's **raw values** are numbered, and a bit generator that can [skip](BitGenerator::skip)
//! begins anywhere; what a distribution makes of them is found out chunk by chunk, each begun on the
//! guess that a value starts at its first raw value, and mended where the guess was wrong.
//!
//! What it may not do: know of Python, use a thread pool that it was not given, or give a result that
//! depends on the machine, on SIMD or on the number of threads.
//!
//! An array of `numpy.random.default_rng(42).standard_normal(1_000_000)`, by two threads:
//!
//! ```
//! use corewise_rng::parallel::{Plan, Pool, fill};
//! use corewise_rng::{FromSeed, Pcg64, SeedSequence, Source, StandardNormal};
//!
//! static POOL: Pool = Pool::new();
//!
//! let seed = SeedSequence::new(vec![42], vec![], SeedSequence::POOL_SIZE)?;
//! let mut generator = Pcg64::from_seed_sequence(&seed);
//! let mut values = vec![0.0; 1_000_000];
//! fill(&mut generator, &StandardNormal, &mut values, &Plan { pool: &POOL, threads: 2, hook: None })?;
//! assert_eq!(values[..2], [0.304_717_079_754_431_35, -1.039_984_106_240_495_5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A generator by itself draws one raw value after the other, skips, and fills slices:
//!
//! ```
//! use corewise_rng::{BitGenerator, Pcg64, Source};
//!
//! // numpy.random.SeedSequence(42).generate_state(4, np.uint64)
//! let words = [0x9f1e2e6dcd540ab7, 0xd57873dc79fb94b6, 0x7d282a1b64d420b7, 0x336579714692d5ff];
//! let mut generator = Pcg64::from_words(words);
//! let mut other = generator.clone();
//! other.skip(2);
//!
//! // numpy.random.PCG64(42).random_raw(3)
//! assert_eq!(generator.next_u64(), 14_276_969_152_011_380_360);
//! assert_eq!(generator.next_u64(), 8_095_878_257_575_067_585);
//! assert_eq!(other.next_u64(), 15_838_336_090_824_644_132);
//! ```

mod bit_generator;
mod decode;
mod distribution;
mod distributions;
mod integers;
mod legacy;
mod libm;
mod mt19937;
pub mod parallel;
mod pcg64;
mod philox;
mod rand;
mod seed_sequence;
mod sfc64;
mod shuffle;
pub mod simd;
mod uniform;
mod ziggurat;

pub use bit_generator::{AnyGenerator, BitGenerator, Half, Source};
pub use decode::{Cursor, Decode, Decoded, HalfCursor, Head};
pub use distribution::{Cost, Distribution, Layout};
pub use distributions::{
    Beta, Binomial, Cauchy, ChiSquare, Exponential, F, Gamma, Geometric, Gumbel, Laplace,
    LogNormal, LogSeries, Logistic, NegativeBinomial, NoncentralChiSquare, NoncentralF, Normal,
    NumPy, Pareto, Poisson, Power, Rayleigh, StandardGamma, StandardGamma32, StandardT, Triangular,
    VonMises, Wald, Weibull, Zipf,
};
pub use integers::{Integer, Integers, bytes};
pub use legacy::{MaskedIntegers, RandomState};
pub use mt19937::Mt19937;
pub use pcg64::{Pcg64, Pcg64Dxsm};
pub use philox::Philox;
pub use seed_sequence::{FromSeed, SeedError, SeedSequence, integer_words};
pub use sfc64::Sfc64;
pub use shuffle::{shuffle, shuffle_watched};
pub use uniform::{StandardUniform, StandardUniform32, Uniform};
pub use ziggurat::{
    StandardExponential, StandardExponential32, StandardExponentialInverse,
    StandardExponentialInverse32, StandardNormal, StandardNormal32,
};
