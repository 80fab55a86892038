mod ziggurat;

use proptest::prelude::{prop_oneof, proptest};

use super::{Level, integers};
use crate::pcg64::{Pcg, Variant};
use crate::{
    BitGenerator, Cursor, Distribution, Half, HalfCursor, Head, Integer, Integers, Mt19937, Pcg64,
    Pcg64Dxsm, Philox, Source,
};

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

#[test]
fn a_level_that_the_machine_lacks_is_the_best_below_it() {
    for level in Level::ALL {
        assert!(level.usable().available());
        assert!(level.usable() <= level);
        assert_eq!(level.usable() == level, level.available());
    }
    assert_eq!(Level::Neon.available(), cfg!(target_arch = "aarch64"));
    assert_eq!(Level::Scalar.usable(), Level::Scalar);
    if cfg!(target_arch = "aarch64") {
        assert_eq!(Level::Avx2.usable(), Level::Neon);
        assert_eq!(Level::Ifma.usable(), Level::Neon);
    } else {
        assert_eq!(Level::Neon.usable(), Level::Scalar);
    }
}

/// The place of the values, or one where there is no memory: nothing may depend on it.
fn anywhere<V>(dice: usize, values: &[V]) -> *const V {
    match dice % 4 {
        0 => std::ptr::null(),
        1 => std::ptr::without_provenance(usize::MAX),
        2 => std::ptr::without_provenance(dice << 32),
        _ => values.as_ptr(),
    }
}

fn raws_of(seed: u64, length: usize, hard: u8) -> Vec<u64> {
    let mut generator = Pcg64::from_words([seed, 2, 3, 4]);
    let mut raws: Vec<u64> = (0..length).map(|_| generator.next_u64()).collect();
    // Raw values at a layer's edge, in the lowest layer, or just at the bound: many rejects and tails.
    for raw in &mut raws {
        let dice = generator.next_u64();
        if (dice & 0xff) as u8 >= hard {
            continue;
        }
        match dice >> 8 & 3 {
            0 => *raw |= 0xffff << 48,
            1 => *raw = (*raw | 0xfff << 52) & !0x7ff | (dice >> 32 & 7),
            2 => *raw |= u64::MAX << 20,
            _ => *raw &= !0xff,
        }
    }
    raws
}

/// The first values, and how many words they took.
fn drawn<T: Integer>(range: &Integers<T>, words: &[u32], room: usize) -> (Vec<u64>, usize) {
    let (mut values, mut used) = (Vec::new(), 0);
    let behind = Pcg64::from_words([9, 8, 7, 6]);
    while values.len() < room {
        let mut cursor = HalfCursor::new(words, used, &behind);
        let value = range.sample(&mut cursor);
        if cursor.position() > words.len() {
            return (values, words.len());
        }
        values.push(value.to_wrapped());
        used = cursor.position();
    }
    (values, used)
}

fn filters<T: Integer>(low: T, high: T, seed: u64, length: usize, room: usize) {
    let Some(range) = Integers::inclusive(low.min_of(high), low.max_of(high)) else { return };
    let words: Vec<u32> = raws_of(seed, length, 0).iter().map(|&raw| (raw >> 32) as u32).collect();
    let raws = raws_of(seed, length, 0);
    for level in levels() {
        let mut out = vec![T::default(); room];
        let mut head = Head::default();
        let place = anywhere(length, &out);
        if range.width() == 32 {
            let decoded = integers::decode_u32(
                &range,
                level,
                &words,
                (0, length),
                &mut out,
                &mut head,
                place,
            );
            let (values, used) = drawn(&range, &words, room);
            let got: Vec<u64> = out[..decoded.values].iter().map(|v| v.to_wrapped()).collect();
            assert_eq!(got.len(), values.len());
            same(&got, &values, level);
            assert_eq!(decoded.next, used);
            let first = head.values.count_ones() as usize;
            assert_eq!(first, drawn(&range, &words[..decoded.next.min(64)], room).0.len());
        } else if range.width() == 64 {
            let decoded =
                integers::decode_u64(&range, level, &raws, (0, length), &mut out, &mut head, place);
            let behind = Pcg64::from_words([9, 8, 7, 6]);
            let mut cursor = Cursor::new(&raws, 0, &behind);
            let mut used = 0;
            for value in &out[..decoded.values] {
                assert_eq!(value.to_wrapped(), range.sample(&mut cursor).to_wrapped());
                used = cursor.position();
            }
            if decoded.values == room {
                assert_eq!(decoded.next, used);
            } else {
                assert_eq!(decoded.next, length);
                range.sample(&mut cursor);
                assert!(cursor.position() > length);
            }
        }
    }
}

trait Ordered: Copy + PartialOrd {
    fn min_of(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    fn max_of(self, other: Self) -> Self {
        if self < other { other } else { self }
    }
}

impl<T: Copy + PartialOrd> Ordered for T {}

proptest! {
    #[test]
    fn integers_are_those_of_single_draws(
        low: i64, high: i64, seed: u64, length in 0..2000usize, room in 0..2000usize,
    ) {
        filters(low, high, seed, length, room);
        filters(low as u64, high as u64, seed, length, room);
        filters(low as i32, high as i32, seed, length, room);
        filters(low as u32, high as u32, seed, length, room);
        // Half of all words do not count; all do; a range of 2^32.
        filters(0, 1i64 << 31, seed, length, room);
        filters(-5, 94i64, seed, length, room);
        filters(0, u64::from(u32::MAX), seed, length, room);
        filters(0, u64::MAX, seed, length, room);
        filters(i32::MIN, i32::MAX, seed, length, room);
        filters(0, 1u64 << 63, seed, length, room);
        // Few words do not count: fewer than one of 32, and just one.
        let (most, least) = ((1u32 << 27) - 1, 1u32 << 27);
        filters(0, u32::MAX - most, seed, length, room);
        filters(-7, i64::from(u32::MAX - most) - 7, seed, length, room);
        filters(0, u32::MAX - least, seed, length, room);
        filters(3, u64::from(u32::MAX - least) + 3, seed, length, room);
        filters(-5, 94i32, seed, length, room);
    }

    #[test]
    fn philox_and_the_twister_fill_as_the_scalar_code(
        counter: [u64; 4], near: bool, key: [u64; 2], word: u32,
        skip in 0..700usize, length in 0..3000usize,
    ) {
        let counter = if near { [u64::MAX - 3, u64::MAX, u64::MAX, u64::MAX] } else { counter };
        let mut philox = Philox::new(counter, key);
        let mut twister = Mt19937::from_legacy_seed(word);
        philox.skip(skip as u128);
        for _ in 0..skip {
            twister.next_u32();
        }
        for level in levels() {
            macro_rules! compare {
                ($begin:expr) => {
                    let (mut scalar, mut fast) = ($begin.clone(), $begin.clone());
                    let wanted: Vec<u64> = (0..length).map(|_| scalar.next_u64()).collect();
                    let mut got = vec![0; length];
                    fast.fill_u64_at(level, &mut got);
                    same(&got, &wanted, level);
                    assert_eq!(fast, scalar);
                    let wanted: Vec<u64> =
                        (0..length).map(|_| scalar.next_f64().to_bits()).collect();
                    let mut got = vec![0.0; length];
                    fast.fill_f64_at(level, &mut got);
                    let got: Vec<u64> = got.iter().map(|value| value.to_bits()).collect();
                    same(&got, &wanted, level);
                    assert_eq!(fast, scalar);
                };
            }
            compare!(philox);
            compare!(twister);
            let (mut scalar, mut fast) = (philox.clone(), philox.clone());
            let wanted: Vec<u32> = (0..length).map(|_| scalar.next_u32()).collect();
            let mut got = vec![0; length];
            fast.fill_u32_at(level, &mut got);
            assert_eq!((got, &fast), (wanted, &scalar));
            let wanted: Vec<f32> = (0..length).map(|_| scalar.next_f32()).collect();
            let mut got = vec![0.0; length];
            fast.fill_f32_at(level, &mut got);
            assert_eq!((got, fast), (wanted, scalar));
        }
    }
}
