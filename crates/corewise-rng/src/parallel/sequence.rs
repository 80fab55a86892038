//! One thread: nothing is guessed. Blocks of words that stay in the cache, decoded in turn.

use super::chain::Buffers;
use super::slot::{MARGIN, Plain};
use super::spare;
use super::watch::{Stop, Watch};
use super::word::Word;
use crate::bit_generator::AnyGenerator;

/// Values between two looks at the clock, where they are filled in place.
const BLOCK: usize = 1 << 15;

/// [`Distribution::fill_from`](crate::Distribution::fill_from), of any distribution.
pub(super) type Fill<'a, V> = &'a (dyn Fn(&mut dyn AnyGenerator, &mut [V]) + Sync);

/// Fills `out` by `fill`, in blocks of a multiple of `multiple` values.
pub(super) fn fill<V>(
    generator: &mut dyn AnyGenerator,
    fill: Fill<'_, V>,
    out: &mut [V],
    multiple: usize,
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let block = BLOCK.next_multiple_of(multiple);
    if out.len() <= block {
        fill(generator, out);
        return Ok(());
    }
    let mut ahead = generator.copy();
    let mut done = 0;
    for block in out.chunks_mut(block) {
        fill(&mut *ahead, block);
        done += block.len();
        watch.look(|| done)?;
    }
    generator.assign(&*ahead);
    Ok(())
}

/// Fills `out` by [`Distribution::fill_some`](crate::Distribution::fill_some).
pub(super) fn fill_some<V>(
    generator: &mut dyn AnyGenerator,
    fill: &dyn Fn(&mut dyn AnyGenerator, &mut [V]) -> usize,
    out: &mut [V],
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let mut ahead = generator.copy();
    let mut done = 0;
    while done < out.len() {
        done += fill(&mut *ahead, &mut out[done..]);
        watch.look(|| done)?;
    }
    generator.assign(&*ahead);
    Ok(())
}

/// Where the words of a generator that does not skip began that are in memory.
struct Mark {
    word: usize,
    generator: Box<dyn AnyGenerator>,
}

/// Fills `out` with tokens, [`Plain::chunk`] words at a time.
pub(super) fn tokens<W: Word, V: Copy + Default + Send + Sync + 'static>(
    generator: &mut dyn AnyGenerator,
    plain: &Plain<'_, W, V>,
    out: &mut [V],
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let mut buffers = spare::take::<Buffers<W, V>>();
    let mut slot = buffers.pop().unwrap_or_default();
    let result = tokens_with(generator, plain, out, watch, &mut slot.words);
    buffers.push(slot);
    spare::keep(buffers);
    result
}

fn tokens_with<W: Word, V>(
    generator: &mut dyn AnyGenerator,
    plain: &Plain<'_, W, V>,
    out: &mut [V],
    watch: &mut Watch<'_>,
    words: &mut Vec<W>,
) -> Result<(), Stop>
where
    V: Copy + Default + Send + Sync + 'static,
{
    let mut ahead = generator.copy();
    let skips = generator.skips();
    // The last two, of which the end lies behind the earlier one at least.
    let mut marks: [Option<Mark>; 2] = [None, None];
    // Words in memory, the number of the first of them, and where among them the next token begins.
    let (mut have, mut first, mut start) = (0, 0, 0);
    let mut filled = 0;
    let next = loop {
        let rest = out.len() - filled;
        let limit = plain.chunk.min(start + rest + rest / 16 + MARGIN).max(start + 1);
        let mut want = limit + MARGIN;
        let given = loop {
            if words.len() < want {
                words.resize(want, W::default());
            }
            if have < want {
                if !skips {
                    let mark = Mark { word: first + have, generator: ahead.copy() };
                    marks = [marks[1].take(), Some(mark)];
                }
                W::fill(&mut *ahead, &mut words[have..want]);
                have = want;
            }
            let room = &mut out[filled..];
            if let Some(given) = plain.decode(&words[..have], (start, limit), &*ahead, room) {
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
    if skips {
        W::skip(generator, next as u128);
    } else {
        let behind = marks.into_iter().flatten().rfind(|mark| mark.word <= next);
        let done = behind.map_or(0, |mark| {
            generator.assign(&*mark.generator);
            mark.word
        });
        advance(generator, next - done, words);
    }
    Ok(())
}

/// Moves a generator on that cannot skip.
pub(super) fn advance<W: Word>(
    generator: &mut dyn AnyGenerator,
    mut distance: usize,
    waste: &mut [W],
) {
    while distance > 0 {
        let step = distance.min(waste.len());
        W::fill(generator, &mut waste[..step]);
        distance -= step;
    }
}
