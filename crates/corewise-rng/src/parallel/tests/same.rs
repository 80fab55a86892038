//! Same values, same state.

use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

use super::made::*;
use crate::{BitGenerator, Half, Pcg64, Pcg64Dxsm, Source};

/// All distributions on one generator.
fn all<G: BitGenerator + PartialEq + std::fmt::Debug>(
    generator: &G,
    length: usize,
    cut: (usize, usize),
) {
    compare(generator, &Random, length, cut);
    compare(generator, &Three, length, cut);
    compare(generator, &Certain, length, cut);
    compare(generator, &Single, length, cut);
    compare(generator, &Pairs { of: 20 }, length, cut);
    compare(generator, &Pairs { of: 250 }, length / 8, cut);
    compare(generator, &Ziggurat { bulk: true }, length, cut);
    compare(generator, &Ziggurat { bulk: false }, length, cut);
    compare(generator, &Phases, length, cut);
    compare(generator, &Long { always: false }, length / 4, cut);
    compare(generator, &Long { always: true }, length / 4, cut);
    compare(generator, &HalfZiggurat, length, cut);
}

#[test]
fn every_number_of_threads_gives_the_same() {
    for threads in 1..=17 {
        let generator = pcg64(threads as u64);
        for chunk in [64, 256, 4096] {
            all(&generator, 20_001, (threads, chunk));
        }
    }
}

#[test]
fn lengths_around_the_borders_of_chunks_give_the_same() {
    for chunk in [64, 65, 128, 1000] {
        for length in [0, 1, 2, 3, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 5 * chunk]
        {
            let mut generator = pcg64(length as u64);
            all(&generator, length, (3, chunk));
            generator.next_u32();
            all(&generator, length, (2, chunk));
            all(&Lame(generator), length, (2, chunk));
        }
    }
}

#[test]
fn a_stale_half_stays_in_the_state() {
    for (waits, value) in [(false, 0), (false, 0xdead_beef), (true, 0x1234_5678)] {
        let mut generator = pcg64(5);
        generator.set_half(Half { waits, value });
        for length in 0..40 {
            compare(&generator, &Single, length, (2, 4));
            compare(&generator, &HalfZiggurat, length, (2, 64));
            compare(&generator, &Random, length, (2, 4));
        }
    }
}

#[test]
fn a_token_longer_than_several_chunks_is_carried_over() {
    compare(&pcg64(1), &Long { always: true }, 1000, (3, 7));
    compare(&Lame(pcg64(1)), &Long { always: true }, 1000, (3, 7));
    compare(&pcg64(1), &Ziggurat { bulk: true }, 10_000, (3, 2));
    compare(&pcg64(1), &Ziggurat { bulk: true }, 10_000, (1, 2));
    compare(&Lame(pcg64(1)), &Ziggurat { bulk: true }, 10_000, (1, 2));
}

#[test]
fn delays_do_not_matter() {
    for seed in 0..20u32 {
        let cut = (2 + seed as usize % 7, 128);
        let generator = pcg64(seed.into());
        compare(&generator, &Delayed, 40_000, cut);
        compare(&Lame(generator), &Delayed, 40_000, cut);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_call_gives_the_same(
        seed: u64,
        length in 0usize..30_000,
        threads in 1usize..=17,
        chunk in 64usize..16_384,
        halves in 0usize..3,
    ) {
        let mut generator = pcg64(seed);
        (0..halves).for_each(|_| { generator.next_u32(); });
        all(&generator, length, (threads, chunk));
        all(&Lame(generator), length, (threads, chunk));
        let mut cheap = Pcg64Dxsm::from_words([seed, 1, 2, 3]);
        (0..halves).for_each(|_| { cheap.next_u32(); });
        all(&cheap, length, (threads, chunk));
        all(&Worded(seed), length, (threads, chunk));
    }

    #[test]
    fn a_call_split_in_two_gives_the_same(seed: u64, first in 0usize..5000, second in 0usize..5000) {
        let fill = |lengths: &[usize]| {
            let mut generator: Pcg64 = pcg64(seed);
            let mut values = vec![0.0f64; lengths.iter().sum()];
            let mut rest = &mut values[..];
            for &length in lengths {
                let (now, then) = rest.split_at_mut(length);
                let cut = crate::parallel::Cut { threads: 3, chunk: 256, block: 512, few: 10 };
                let ziggurat = Ziggurat { bulk: true };
                crate::parallel::fill_cut(&mut generator, &ziggurat, now, None, cut, &POOL).unwrap();
                rest = then;
            }
            (values, generator)
        };
        prop_assert_eq!(fill(&[first, second]), fill(&[first + second]));
    }
}
