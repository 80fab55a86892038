//! Seeds, and moves along a stream.

use corewise_rng::{Mt19937, Pcg64, Pcg64Dxsm, Philox, SeedError, SeedSequence, integer_words};

use crate::generator::{AnyGenerator, NumPyState, array, words};
use crate::{cases, python};

const GENERATORS: [&str; 5] = ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"];

#[test]
fn seeds_and_moves_are_numpys() {
    let Some(python) = python("seeds_and_moves_are_numpys") else { return };
    for case in cases(&python, "tests/numpy/seeds.py").lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        match fields[..] {
            ["seed", entropy, key, size, u32s, u64s, child, ..] => {
                let size = usize::from_str_radix(size, 16).unwrap();
                let mut seed = SeedSequence::new(integers(entropy), integers(key), size).unwrap();
                let (mut ours_32, mut ours_64) = ([0; 21], [0; 9]);
                seed.generate_u32(&mut ours_32);
                seed.generate_u64(&mut ours_64);
                assert_eq!(ours_32, array(&words(u32s)), "{case}");
                assert_eq!(ours_64, array(&words(u64s)), "{case}");
                let mut spawned = [0; 4];
                seed.spawn(2).unwrap()[1].generate_u32(&mut spawned);
                assert_eq!(spawned, array(&words(child)), "{case}");
                for (kind, state) in GENERATORS.iter().zip(&fields[7..]) {
                    assert_eq!(
                        AnyGenerator::from_seed(kind, &seed).state(),
                        words(state),
                        "{case}"
                    );
                }
            }
            ["legacy", seed, state] => {
                let seed = u32::from_str_radix(seed, 16).unwrap();
                assert_eq!(Mt19937::from_legacy_seed(seed).to_numpy(), words(state));
            }
            ["legacy_sequence", seed, state] => {
                let generator = Mt19937::from_legacy_sequence(&integers(seed)).unwrap();
                assert_eq!(generator.to_numpy(), words(state));
            }
            ["skip", kind, before, by, after] => {
                let generator = AnyGenerator::from_state(kind, &words(before));
                assert_eq!(generator.skipped(words(by)[0]), words(after), "{case}");
            }
            [how, kind, before, by, after] => {
                let (before, by) = (words(before), words(by)[0]);
                let moved = match (how, kind) {
                    ("advance", "PCG64") => advanced(Pcg64::from_numpy(&before), by),
                    ("advance", "PCG64DXSM") => advanced(Pcg64Dxsm::from_numpy(&before), by),
                    ("advance", "Philox") => advanced(Philox::from_numpy(&before), by),
                    ("jumped", "PCG64") => Pcg64::from_numpy(&before).jumped(by).to_numpy(),
                    ("jumped", "PCG64DXSM") => Pcg64Dxsm::from_numpy(&before).jumped(by).to_numpy(),
                    ("jumped", "Philox") => Philox::from_numpy(&before).jumped(by).to_numpy(),
                    _ => panic!("{case}"),
                };
                assert_eq!(moved, words(after), "{case}");
            }
            _ => panic!("{case}"),
        }
    }
}

fn integers(field: &str) -> Vec<u32> {
    words(field).iter().flat_map(|integer| integer_words(&integer.to_le_bytes())).collect()
}

/// `advance`, which takes another type of each.
trait Advance: NumPyState {
    fn advance(&mut self, by: u128);
}

macro_rules! advance {
    ($($kind:ty: $by:ident => $words:expr),*) => {$(
        impl Advance for $kind {
            fn advance(&mut self, $by: u128) {
                <$kind>::advance(self, $words);
            }
        }
    )*};
}
advance!(
    Pcg64: by => by,
    Pcg64Dxsm: by => by,
    Philox: by => array(&[by & u128::from(u64::MAX), by >> 64, 0, 0])
);

fn advanced(mut generator: impl Advance, by: u128) -> Vec<u128> {
    generator.advance(by);
    generator.to_numpy()
}

#[test]
fn what_numpy_refuses_is_refused() {
    assert_eq!(SeedSequence::new(vec![1], vec![], 3), Err(SeedError::PoolSize(3)));
    let mut seed = SeedSequence::from(1).with_children_spawned(u32::MAX);
    assert_eq!(seed.spawn(1), Err(SeedError::Children(1 << 32)));
    assert_eq!(seed.children_spawned(), u32::MAX);
    assert_eq!(Mt19937::from_legacy_sequence(&[]), None);
}
