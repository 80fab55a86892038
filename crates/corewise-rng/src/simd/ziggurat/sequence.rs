//! Whole arrays on one thread: raw values in blocks that stay in the cache, decoded from there.

use super::{Level, Ziggurat, block, exponential, normal};
use crate::bit_generator::BitGenerator;
use crate::decode::{Cursor, Head};
use crate::distribution::Distribution;
use crate::ziggurat::{StandardExponential, StandardNormal};

/// Raw values at a time.
const RAWS: usize = 2048;
/// Of those, so many at the end begin no token: they are for the tokens that begin before them.
const BEHIND: usize = 16;
/// Up to so many values, one by one is faster.
const FEW: usize = 16;

/// Fills `out` with standard normal values: the same as as many draws of [`StandardNormal`].
pub fn normal_into<G: BitGenerator>(level: Level, generator: &mut G, out: &mut [f64]) {
    into::<normal::Double, _, _>(level, StandardNormal, generator, out);
}

/// Fills `out` with standard exponential values: the same as as many draws of
/// [`StandardExponential`].
pub fn exponential_into<G: BitGenerator>(level: Level, generator: &mut G, out: &mut [f64]) {
    into::<exponential::Double, _, _>(level, StandardExponential, generator, out);
}

/// A generator, and the index in the room of the raw value that it would give next.
struct At<G> {
    generator: G,
    index: isize,
}

#[expect(clippy::cast_possible_wrap, reason = "indices in a small room")]
fn into<Z, D, G>(level: Level, distribution: D, generator: &mut G, out: &mut [D::Value])
where
    Z: Ziggurat<Word = u64, Value = D::Value>,
    D: Distribution,
    G: BitGenerator,
{
    if out.len() <= FEW {
        out.fill_with(|| distribution.sample(generator));
        return;
    }
    let mut room = [0u64; RAWS];
    let mut left = 0;
    // Where the room's raw values came from, now and the time before, to go back to the end.
    let mut before = At { generator: generator.clone(), index: 0 };
    let mut written = 0;
    loop {
        let wanted = out.len() - written;
        let raws = RAWS.min(left + wanted + wanted / 32 + BEHIND + 8);
        let earlier = before;
        before = At { generator: generator.clone(), index: left as isize };
        generator.fill_u64(&mut room[left..raws]);

        let words = &room[..raws];
        let rest = &mut out[written..];
        let (values, next) =
            match block::decode::<Z>(level, words, 0, raws - BEHIND, rest, &mut Head::default()) {
                Some(decoded) => (decoded.values, decoded.next),
                None => one_by_one(&distribution, words, generator, rest),
            };
        written += values;
        if written == out.len() {
            let from = if next as isize >= before.index { before } else { earlier };
            *generator = from.generator;
            generator.skip((next as isize - from.index).unsigned_abs() as u128);
            return;
        }
        if next >= raws {
            // The walk went on behind the room.
            generator.skip((next - raws) as u128);
            left = 0;
        } else {
            room.copy_within(next..raws, 0);
            left = raws - next;
        }
        before.index -= next as isize;
    }
}

/// For a tail that does not end in the room.
#[cold]
fn one_by_one<D: Distribution, G: BitGenerator>(
    distribution: &D,
    words: &[u64],
    behind: &G,
    out: &mut [D::Value],
) -> (usize, usize) {
    let mut cursor = Cursor::new(words, 0, behind.clone());
    let mut values = 0;
    while values < out.len() && cursor.position() < words.len() - BEHIND {
        out[values] = distribution.sample(&mut cursor);
        values += 1;
    }
    (values, cursor.position())
}
