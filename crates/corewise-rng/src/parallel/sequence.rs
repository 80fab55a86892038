//! One thread: nothing is guessed. Blocks of words that stay in the cache, decoded in turn.

use super::chain::Buffers;
use super::slot::MARGIN;
use super::spare;
use super::watch::{Stop, Watch};
use super::word::Word;
use crate::bit_generator::BitGenerator;
use crate::decode::{Decode, Head};
use crate::distribution::Distribution;

/// Values between two looks at the clock, where each is sampled by itself or filled in place.
const BLOCK: usize = 1 << 15;

/// Fills `out` by [`Distribution::fill_from`].
pub(super) fn fill<G: BitGenerator, D: Distribution>(
    generator: &mut G,
    distribution: &D,
    out: &mut [D::Value],
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let mut ahead = generator.clone();
    let mut done = 0;
    for block in out.chunks_mut(BLOCK) {
        distribution.fill_from(&mut ahead, block);
        done += block.len();
        watch.look(|| done)?;
    }
    *generator = ahead;
    Ok(())
}

/// Where the words of a generator that does not skip began that are in memory.
struct Mark<G> {
    word: usize,
    generator: G,
}

/// Fills `out` by a decoder, `chunk` words at a time.
pub(super) fn decode<W: Word, G: BitGenerator, V: Copy + Default + Send + Sync + 'static>(
    generator: &mut G,
    decoder: &dyn Decode<W, Value = V>,
    out: &mut [V],
    chunk: usize,
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let mut buffers = spare::take::<Buffers<W, V>>();
    let mut slot = buffers.pop().unwrap_or_default();
    let result = decode_with(generator, decoder, out, chunk, watch, &mut slot.words);
    buffers.push(slot);
    spare::keep(buffers);
    result
}

fn decode_with<W: Word, G: BitGenerator, V>(
    generator: &mut G,
    decoder: &dyn Decode<W, Value = V>,
    out: &mut [V],
    chunk: usize,
    watch: &mut Watch<'_>,
    words: &mut Vec<W>,
) -> Result<(), Stop>
where
    V: Copy + Default + Send + Sync + 'static,
{
    let mut ahead = generator.clone();
    // The last two, of which the end lies behind the earlier one at least.
    let mut marks: [Option<Mark<G>>; 2] = [None, None];
    // Words in memory, the number of the first of them, and where among them the next token begins.
    let (mut have, mut first, mut start) = (0, 0, 0);
    let mut filled = 0;
    let next = loop {
        let rest = out.len() - filled;
        let limit = chunk.min(start + rest + rest / 16 + MARGIN).max(start + 1);
        let mut want = limit + MARGIN;
        let given = loop {
            if words.len() < want {
                words.resize(want, W::default());
            }
            if have < want {
                if !G::SKIPS {
                    let mark = Mark { word: first + have, generator: ahead.clone() };
                    marks = [marks[1].take(), Some(mark)];
                }
                W::fill(&mut ahead, &mut words[have..want]);
                have = want;
            }
            let mut head = Head::default();
            let room = &mut out[filled..];
            if let Some(given) = decoder.decode(&words[..have], start, limit, room, &mut head) {
                break given;
            }
            want += have;
        };
        filled += given.values;
        if filled == out.len() {
            break first + given.next;
        }
        watch.look(|| filled)?;
        words.copy_within(limit..have, 0);
        have -= limit;
        first += limit;
        start = given.next - limit;
    };
    *generator = if G::SKIPS {
        W::seek(generator, next as u128)
    } else {
        let behind = marks.into_iter().flatten().rfind(|mark| mark.word <= next);
        let mut mark = behind.unwrap_or_else(|| Mark { word: 0, generator: generator.clone() });
        advance(&mut mark.generator, next - mark.word, words);
        mark.generator
    };
    Ok(())
}

/// Moves a generator on that cannot skip.
pub(super) fn advance<W: Word, G: BitGenerator>(
    generator: &mut G,
    mut distance: usize,
    waste: &mut [W],
) {
    while distance > 0 {
        let step = distance.min(waste.len());
        W::fill(generator, &mut waste[..step]);
        distance -= step;
    }
}
