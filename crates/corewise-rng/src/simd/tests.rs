use proptest::prelude::*;

use super::Level;
use crate::pcg64::{Pcg, Variant};
use crate::{BitGenerator, Half, Pcg64, Pcg64Dxsm, Source};

fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| level.available())
}

fn same<T: PartialEq + std::fmt::Debug>(got: &[T], wanted: &[T], what: Level) {
    if let Some(index) = (0..wanted.len()).find(|&index| got[index] != wanted[index]) {
        panic!("{what:?}: {:?} is {:?} at {index} of {}", got[index], wanted[index], wanted.len());
    }
}

fn fills<V>(state: u128, increment: u128, half: Half, length: usize, offset: usize)
where
    V: Variant + PartialEq + std::fmt::Debug,
{
    let begin = Pcg::<V>::from_state(state, increment | 1, half);
    for level in levels() {
        let (mut scalar, mut fast) = (begin.clone(), begin.clone());
        let wanted: Vec<u64> = (0..length).map(|_| scalar.next_u64()).collect();
        let mut got = vec![0; offset + length + 9];
        fast.fill_u64_at(level, &mut got[offset..offset + length]);
        same(&got[offset..], &wanted, level);
        assert_eq!(got[offset + length..], [0; 9]);
        assert_eq!(fast, scalar);

        let wanted: Vec<u64> = (0..length).map(|_| scalar.next_f64().to_bits()).collect();
        let mut got = vec![0.0; offset + length];
        fast.fill_f64_at(level, &mut got[offset..]);
        let got: Vec<u64> = got.iter().map(|value| value.to_bits()).collect();
        same(&got[offset..], &wanted, level);

        let wanted: Vec<u32> = (0..length).map(|_| scalar.next_u32()).collect();
        let mut got = vec![0; offset + length];
        fast.fill_u32_at(level, &mut got[offset..]);
        same(&got[offset..], &wanted, level);
        assert_eq!(fast, scalar);

        let wanted: Vec<u32> = (0..length).map(|_| scalar.next_f32().to_bits()).collect();
        let mut got = vec![0.0; offset + length];
        fast.fill_f32_at(level, &mut got[offset..]);
        let got: Vec<u32> = got.iter().map(|value| value.to_bits()).collect();
        same(&got[offset..], &wanted, level);
        assert_eq!(fast, scalar);
    }
}

proptest! {
    #[test]
    fn every_level_fills_as_the_scalar_code(
        state: u128, increment: u128, waits: bool, value: u32,
        length in prop_oneof![0..200usize, 0..=5000usize], offset in 0..9usize,
    ) {
        fills::<crate::pcg64::XslRr>(state, increment, Half { waits, value }, length, offset);
        fills::<crate::pcg64::Dxsm>(state, increment, Half { waits, value }, length, offset);
    }
}

#[test]
fn the_best_level_is_one_that_the_machine_has() {
    assert!(Level::best().available());
    assert!(Level::Scalar.available());
    let (mut best, mut scalar) = (Pcg64::from_words([1, 2, 3, 4]), Pcg64::from_words([1, 2, 3, 4]));
    let mut values = [0.0; 100];
    best.fill_f64(&mut values);
    assert!(values.iter().all(|value| value.to_bits() == scalar.next_f64().to_bits()));
    let (mut best, mut scalar) =
        (Pcg64Dxsm::from_words([1, 2, 3, 4]), Pcg64Dxsm::from_words([1, 2, 3, 4]));
    let mut raws = [0; 100];
    best.fill_u64(&mut raws);
    assert!(raws.iter().all(|&raw| raw == scalar.next_u64()));
}

#[test]
fn the_variable_names_levels() {
    assert_eq!(Level::allowed_by("scalar"), Some(Level::Scalar));
    assert_eq!(Level::allowed_by("avx2"), Some(Level::Avx2));
    assert_eq!(Level::allowed_by("avx512"), Some(Level::Ifma));
    assert_eq!(Level::allowed_by("sse9"), None);
}
