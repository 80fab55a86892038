//! The distributions that there are, with their decoders.

use proptest::prelude::*;

use super::made::*;
use crate::{
    Beta, Binomial, BitGenerator, Cauchy, Exponential, FromSeed, Gamma, Integers, Laplace,
    LogNormal, MaskedIntegers, Mt19937, Normal, NumPy, Pcg64, Pcg64Dxsm, Philox, Poisson,
    SeedSequence, Sfc64, StandardExponential, StandardExponential32, StandardExponentialInverse,
    StandardExponentialInverse32, StandardNormal, StandardNormal32, StandardUniform,
    StandardUniform32, Uniform, Wald, Zipf,
};

fn all<G: BitGenerator + FromSeed + PartialEq + std::fmt::Debug>(
    seed: u32,
    halves: usize,
    length: usize,
    cut: (usize, usize),
) {
    let mut generator = G::from_seed_sequence(&SeedSequence::new(vec![seed], vec![], 4).unwrap());
    (0..halves).for_each(|_| _ = generator.next_u32());
    compare(&generator, &StandardUniform, length, cut);
    compare(&generator, &StandardUniform32, length, cut);
    compare(&generator, &Uniform::new(-2.0, 5.5), length, cut);
    compare(&generator, &StandardNormal, length, cut);
    compare(&generator, &StandardNormal32, length, cut);
    compare(&generator, &StandardExponential, length, cut);
    compare(&generator, &StandardExponential32, length, cut);
    compare(&generator, &Normal::new(1.5, 0.3), length, cut);
    compare(&generator, &LogNormal::new(0.1, 0.2), length, cut);
    compare(&generator, &Exponential::new(3.0), length, cut);
    for high in [99, (1 << 32) - 1, 3 << 30, 3 << 61] {
        compare(&generator, &Integers::<u64>::inclusive(0, high).unwrap(), length, cut);
    }
    for high in [0, (1 << 40) - 1, i64::MAX] {
        compare(&generator, &Integers::inclusive(0, high).unwrap(), length, cut);
        compare(&generator, &MaskedIntegers::inclusive(-5, high).unwrap(), length, cut);
    }
    compare(&generator, &Integers::inclusive(i64::MIN, i64::MAX).unwrap(), length, cut);
    compare(&generator, &Integers::inclusive(-7, 8).unwrap(), length, cut);
    compare(&generator, &Integers::inclusive(1u32, 1 << 20).unwrap(), length, cut);
    for (low, high) in [(0, 255), (3, 250), (7, 7), (1, 128)] {
        compare(&generator, &Integers::<u8>::inclusive(low, high).unwrap(), length, cut);
    }
    for (low, high) in [(i8::MIN, i8::MAX), (-3, 100), (-2, 1)] {
        compare(&generator, &Integers::inclusive(low, high).unwrap(), length, cut);
    }
    for (low, high) in [(i16::MIN, i16::MAX), (-300, 700), (-4, 11)] {
        compare(&generator, &Integers::inclusive(low, high).unwrap(), length, cut);
    }
    compare(&generator, &Integers::inclusive(0u16, 999).unwrap(), length, cut);
    compare(&generator, &Integers::inclusive(false, true).unwrap(), length, cut);
    compare(&generator, &MaskedIntegers::inclusive(3u8, 100).unwrap(), length, cut);
    compare(&generator, &StandardExponentialInverse, length, cut);
    compare(&generator, &StandardExponentialInverse32, length, cut);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_generator_gives_the_same(
        seed: u32,
        halves in 0usize..3,
        length in 0usize..40_000,
        threads in 1usize..=5,
        chunk in 64usize..5000,
    ) {
        all::<Pcg64>(seed, halves, length, (threads, chunk));
        all::<Pcg64Dxsm>(seed, halves, length, (threads, chunk));
        all::<Philox>(seed, halves, length, (threads, chunk));
        all::<Sfc64>(seed, halves, length, (threads, chunk));
        all::<Mt19937>(seed, halves, length, (threads, chunk));
    }
}

#[test]
fn what_is_sampled_one_by_one_gives_the_same() {
    let generator = pcg64(4);
    for (length, cut) in [(20_000, (3, 128)), (50_001, (2, 4096))] {
        compare(&generator, &Gamma::new(3.0, 2.0), length, cut);
        compare(&generator, &Gamma::new(0.4, 2.0), length, cut);
        compare(&generator, &Beta::new(0.5, 0.7), length, cut);
        compare(&generator, &Beta::new(2.5, 3.0), length, cut);
        compare(&generator, &Poisson::new(5.0), length, cut);
        compare(&generator, &Poisson::new(50.0), length, cut);
        compare(&generator, &Binomial::new(10, 0.3, NumPy(2, 4)), length, cut);
        compare(&generator, &Binomial::new(1000, 0.4, NumPy(2, 4)), length, cut);
        compare(&generator, &Laplace::new(0.0, 1.0), length, cut);
        compare(&generator, &Cauchy, length, cut);
        compare(&generator, &Wald::new(1.0, 2.0, NumPy(2, 4)), length, cut);
        compare(&generator, &Zipf::new(2.0), length, cut);
    }
}

/// Tails at and over the borders of chunks, of which a chunk of this size has one in a few.
#[test]
fn small_chunks_of_a_long_array_give_the_same() {
    let generator = pcg64(77);
    for threads in [1, 2, 3] {
        compare(&generator, &StandardNormal, 1_000_000, (threads, 64));
        compare(&generator, &StandardExponential, 1_000_000, (threads, 64));
    }
}
