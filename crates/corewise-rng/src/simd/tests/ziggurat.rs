//! Ziggurat distributions decoded in blocks, beside their values one by one.

use proptest::prelude::{Just, prop_oneof, proptest};

use super::{anywhere, levels, raws_of, same};
use crate::simd::{Level, ziggurat};
use crate::ziggurat::tables::{EXPONENTIAL_K, EXPONENTIAL_K_32, NORMAL_K, NORMAL_K_32};
use crate::{
    Cursor, Decoded, Distribution, HalfCursor, Head, Pcg64, Source, StandardExponential,
    StandardExponential32, StandardNormal, StandardNormal32,
};

/// A distribution's values one by one, each with where its token began, and where it ended.
fn walk<D: Distribution<Value = f64>>(
    distribution: &D,
    raws: &[u64],
    start: usize,
) -> Vec<(usize, u64, usize)> {
    let behind = Pcg64::from_words([9, 8, 7, 6]);
    let mut cursor = Cursor::new(raws, start, &behind);
    let mut tokens = Vec::new();
    while cursor.position() < raws.len() {
        let begin = cursor.position();
        let value = distribution.sample(&mut cursor);
        tokens.push((begin, value.to_bits(), cursor.position()));
    }
    tokens
}

/// A decoder by the instructions of a level.
trait Decoder<W, V>:
    Fn(Level, &[W], usize, usize, &mut [V], &mut Head, *const V) -> Option<Decoded>
{
}

impl<W, V, F> Decoder<W, V> for F where
    F: Fn(Level, &[W], usize, usize, &mut [V], &mut Head, *const V) -> Option<Decoded>
{
}

/// Decodes by every level, and compares with the walk.
fn decodes<D>(
    distribution: &D,
    decode: impl Decoder<u64, f64>,
    raws: &[u64],
    start: usize,
    limit: usize,
    room: usize,
) where
    D: Distribution<Value = f64>,
{
    let tokens = walk(distribution, raws, start);
    for level in levels() {
        let mut out = vec![0.0; room];
        let mut head = Head::default();
        let place = anywhere(limit, &out);
        let decoded = decode(level, raws, start, limit, &mut out, &mut head, place);
        let Some(Decoded { values, next }) = decoded else {
            // Only if a token that begins before the limit needs more.
            let last = tokens.iter().filter(|token| token.0 < limit).nth(room.max(1) - 1);
            let end = last.or(tokens.last()).map_or(start, |token| token.2);
            assert!(end >= raws.len(), "{level:?}: decoding gave up at a token that ends at {end}");
            continue;
        };
        let bits: Vec<u64> = out[..values].iter().map(|value| value.to_bits()).collect();
        let wanted: Vec<u64> = tokens[..values].iter().map(|token| token.1).collect();
        same(&bits, &wanted, level);
        assert!(next <= raws.len());
        if values == room {
            assert_eq!(
                next,
                values.checked_sub(1).map_or(start, |last| tokens[last].2),
                "{level:?}"
            );
        } else {
            assert!(next >= limit);
            // The next value's tries begin at or before, and no value lies between.
            assert!(tokens.get(values).is_none_or(|token| token.2 > limit && token.2 > next));
        }
        assert_eq!(head.values & !head.starts, 0);
        let early = tokens[..values].iter().filter(|token| token.2 <= 64).count();
        assert!(head.values.count_ones() as usize >= early);
        for bit in 0..64 {
            if head.values >> bit & 1 == 1 {
                let again = walk(distribution, raws, bit);
                assert!(tokens.iter().any(|token| token.1 == again[0].1 && token.2 == again[0].2));
            }
            if head.starts >> bit & 1 == 1 {
                // A walk that begins here gives the rest of the values.
                let again = walk(distribution, raws, bit);
                let rest = tokens.iter().filter(|token| token.2 > bit).map(|token| token.2);
                assert!(again.iter().map(|token| token.2).eq(rest));
            }
        }
    }
}

/// As [`decodes`], in single precision.
fn decodes_singles<D>(
    distribution: &D,
    decode: impl Decoder<u32, f32>,
    halves: &[u32],
    start: usize,
    limit: usize,
    room: usize,
) where
    D: Distribution<Value = f32>,
{
    let behind = Pcg64::from_words([9, 8, 7, 6]);
    let mut cursor = HalfCursor::new(halves, start, &behind);
    let mut tokens = Vec::new();
    while cursor.position() < halves.len() {
        let value = distribution.sample(&mut cursor);
        tokens.push((value.to_bits(), cursor.position()));
    }
    for level in levels() {
        let mut out = vec![0.0; room];
        let mut head = Head::default();
        let place = anywhere(limit, &out);
        let decoded = decode(level, halves, start, limit, &mut out, &mut head, place);
        let Some(Decoded { values, next }) = decoded else {
            let end = tokens.get(room - 1).or(tokens.last()).map_or(0, |token| token.1);
            assert!(end >= halves.len());
            continue;
        };
        let bits: Vec<u32> = out[..values].iter().map(|value| value.to_bits()).collect();
        let wanted: Vec<u32> = tokens[..values].iter().map(|token| token.0).collect();
        same(&bits, &wanted, level);
        if values == room {
            assert_eq!(next, values.checked_sub(1).map_or(start, |last| tokens[last].1));
        } else {
            assert!(next >= limit);
            assert!(tokens.get(values).is_none_or(|token| token.1 > limit && token.1 > next));
        }
        assert_eq!(head.values & !head.starts, 0);
        let begun = tokens[..values].iter().filter(|token| token.1 <= 64).count();
        assert!(head.values.count_ones() as usize >= begun);
    }
}

proptest! {
    #[test]
    fn decoders_give_what_the_walk_gives(
        seed: u64, length in prop_oneof![1..200usize, 1..3000usize],
        hard in prop_oneof![Just(0u8), Just(20), Just(255)],
        start in 0..5usize, behind in 0..20usize, room in prop_oneof![0..3000usize, Just(4000)],
    ) {
        let raws = raws_of(seed, length, hard);
        let limit = length.saturating_sub(behind);
        let start = start.min(limit);
        decodes(&StandardNormal, ziggurat::decode_normal, &raws, start, limit, room);
        decodes(&StandardExponential, ziggurat::decode_exponential, &raws, start, limit, room);
    }

    #[test]
    fn single_decoders_give_what_the_walk_gives(
        seed: u64, length in prop_oneof![1..200usize, 1..2000usize],
        hard in prop_oneof![Just(0u8), Just(20), Just(255)],
        start in 0..5usize, behind in 0..20usize, room in prop_oneof![0..3000usize, Just(4000)],
    ) {
        let raws = raws_of(seed, length, hard);
        let halves: Vec<u32> =
            raws.iter().flat_map(|&raw| [raw as u32, (raw >> 32) as u32]).collect();
        let limit = halves.len().saturating_sub(behind);
        let start = start.min(limit);
        decodes_singles(&StandardNormal32, ziggurat::decode_normal_32, &halves, start, limit, room);
        decodes_singles(
            &StandardExponential32, ziggurat::decode_exponential_32, &halves, start, limit, room,
        );
    }
}

/// Words at the edge of every layer, just below it and just above, each before one that `next` gives.
fn edges<W>(
    edges: &[u64; 256],
    bits: u32,
    word: impl Fn(u64, u64) -> W,
    mut next: impl FnMut() -> W,
) -> Vec<W> {
    let mut words = Vec::new();
    for (layer, &edge) in (0..).zip(edges) {
        for magnitude in [edge.wrapping_sub(1), edge, edge + 1] {
            if magnitude >> bits == 0 {
                words.push(word(magnitude, layer));
                words.push(next());
            }
        }
    }
    words.extend((0..40).map(|_| next()));
    words
}

#[test]
fn decoders_give_what_the_walk_gives_at_the_edges_of_layers() {
    let mut generator = Pcg64::from_words([5, 6, 7, 8]);
    for sign in 0..2 {
        let raws = edges(
            &NORMAL_K,
            52,
            |magnitude, layer| magnitude << 9 | sign << 8 | layer,
            || generator.next_u64(),
        );
        let limit = raws.len() - 40;
        decodes(&StandardNormal, ziggurat::decode_normal, &raws, 0, limit, 4000);
        let raws = edges(
            &EXPONENTIAL_K,
            53,
            |magnitude, layer| magnitude << 11 | layer << 3 | sign,
            || generator.next_u64(),
        );
        let limit = raws.len() - 40;
        decodes(&StandardExponential, ziggurat::decode_exponential, &raws, 0, limit, 4000);

        let halves = edges(
            &NORMAL_K_32.map(u64::from),
            23,
            |magnitude, layer| (magnitude << 9 | sign << 8 | layer) as u32,
            || generator.next_u32(),
        );
        let limit = halves.len() - 40;
        decodes_singles(&StandardNormal32, ziggurat::decode_normal_32, &halves, 0, limit, 4000);
        let halves = edges(
            &EXPONENTIAL_K_32.map(u64::from),
            23,
            |magnitude, layer| (magnitude << 9 | layer << 1 | sign) as u32,
            || generator.next_u32(),
        );
        let limit = halves.len() - 40;
        decodes_singles(
            &StandardExponential32,
            ziggurat::decode_exponential_32,
            &halves,
            0,
            limit,
            4000,
        );
    }
}
