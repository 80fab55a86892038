//! What the stream of a layout is counted in: raw values, or halves of them.

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::{Cursor, Decode, HalfCursor, Head};
use crate::distribution::Distribution;

/// A raw value or a half of one.
pub(super) trait Word: Copy + Default + Send + Sync + 'static {
    /// Walks through words in memory.
    type Walk<'a>: Source + Position;

    /// Begins at `words[position]`; `behind` is the generator as it is after `words`.
    fn walk<'a>(words: &'a [Self], position: usize, behind: &'a dyn AnyGenerator)
    -> Self::Walk<'a>;

    /// The next words of the generator.
    fn fill(generator: &mut dyn AnyGenerator, words: &mut [Self]);

    /// Moves on a generator by so many words, one that skips.
    fn skip(generator: &mut dyn AnyGenerator, words: u128);

    /// The generator after so many words, one that skips.
    fn seek(generator: &dyn AnyGenerator, words: u128) -> Box<dyn AnyGenerator> {
        let mut moved = generator.copy();
        Self::skip(&mut *moved, words);
        moved
    }

    /// What decodes such words in bulk.
    fn decoder<'d, D: Distribution>(
        distribution: &'d D,
        generator: &dyn AnyGenerator,
    ) -> Option<&'d dyn Decode<Self, Value = D::Value>>;
}

/// Where a walk is.
pub(super) trait Position {
    /// The index of the next word.
    fn position(&self) -> usize;
}

impl Position for Cursor<'_> {
    fn position(&self) -> usize {
        Cursor::position(self)
    }
}

impl Position for HalfCursor<'_> {
    fn position(&self) -> usize {
        HalfCursor::position(self)
    }
}

impl Word for u64 {
    type Walk<'a> = Cursor<'a>;

    fn walk<'a>(words: &'a [Self], position: usize, behind: &'a dyn AnyGenerator) -> Cursor<'a> {
        Cursor::new(words, position, behind)
    }

    fn fill(generator: &mut dyn AnyGenerator, words: &mut [Self]) {
        generator.fill_u64(words);
    }

    fn skip(generator: &mut dyn AnyGenerator, words: u128) {
        generator.skip(words);
    }

    fn decoder<'d, D: Distribution>(
        distribution: &'d D,
        generator: &dyn AnyGenerator,
    ) -> Option<&'d dyn Decode<Self, Value = D::Value>> {
        distribution.decoder(generator)
    }
}

impl Word for u32 {
    type Walk<'a> = HalfCursor<'a>;

    fn walk<'a>(
        words: &'a [Self],
        position: usize,
        behind: &'a dyn AnyGenerator,
    ) -> HalfCursor<'a> {
        HalfCursor::new(words, position, behind)
    }

    fn fill(generator: &mut dyn AnyGenerator, words: &mut [Self]) {
        generator.fill_u32(words);
    }

    /// The first word is the half that waits, if one does. The last raw value is drawn, not skipped,
    /// so that its upper half is left behind, used or not.
    fn skip(generator: &mut dyn AnyGenerator, mut words: u128) {
        if words > 0 && generator.half().waits {
            generator.next_u32();
            words -= 1;
        }
        if words > 0 {
            generator.skip((words - 1) / 2);
            generator.next_u32();
            if words.is_multiple_of(2) {
                generator.next_u32();
            }
        }
    }

    fn decoder<'d, D: Distribution>(
        distribution: &'d D,
        _: &dyn AnyGenerator,
    ) -> Option<&'d dyn Decode<Self, Value = D::Value>> {
        distribution.half_decoder()
    }
}

/// A distribution whose values are sampled one by one, behind a pointer: the code around is made for
/// each type of values, and not for each distribution.
pub(super) trait Sample<W: Word, V>: Sync {
    /// The next value.
    fn one(&self, walk: &mut W::Walk<'_>) -> V;

    /// The values whose first word lies before `limit`, until `out` is full; `heads` is told of the
    /// first. How many they are.
    fn many(
        &self,
        walk: &mut W::Walk<'_>,
        limit: usize,
        out: &mut [V],
        heads: &mut [Head],
    ) -> usize;
}

impl<W: Word, D: Distribution> Sample<W, D::Value> for D {
    fn one(&self, walk: &mut W::Walk<'_>) -> D::Value {
        self.sample(walk)
    }

    fn many(
        &self,
        walk: &mut W::Walk<'_>,
        limit: usize,
        out: &mut [D::Value],
        heads: &mut [Head],
    ) -> usize {
        for (values, value) in out.iter_mut().enumerate() {
            let position = walk.position();
            if position >= limit {
                return values;
            }
            if let Some(head) = heads.get_mut(position / 64) {
                head.starts |= 1 << (position % 64);
                head.values |= 1 << (position % 64);
            }
            *value = self.sample(walk);
        }
        out.len()
    }
}
