//! What the stream of a layout is counted in: raw values, or halves of them.

use crate::bit_generator::{BitGenerator, Source};
use crate::decode::{Cursor, Decode, HalfCursor};
use crate::distribution::Distribution;

/// A raw value or a half of one.
pub(super) trait Word: Copy + Default + Send + Sync + 'static {
    /// Walks through words in memory.
    type Walk<'a, G: BitGenerator>: Source + Position;

    /// Begins at `words[position]`; `behind` is the generator as it is after `words`.
    fn walk<G: BitGenerator>(words: &[Self], position: usize, behind: G) -> Self::Walk<'_, G>;

    /// The next words of the generator.
    fn fill<G: BitGenerator>(generator: &mut G, words: &mut [Self]);

    /// The generator after so many words, one that skips.
    fn seek<G: BitGenerator>(generator: &G, words: u128) -> G;

    /// What decodes such words in bulk.
    fn decoder<G: BitGenerator, D: Distribution>(
        distribution: &D,
    ) -> Option<&dyn Decode<Self, Value = D::Value>>;
}

/// Where a walk is.
pub(super) trait Position {
    /// The index of the next word.
    fn position(&self) -> usize;
}

impl<G: BitGenerator> Position for Cursor<'_, G> {
    fn position(&self) -> usize {
        Cursor::position(self)
    }
}

impl<G: BitGenerator> Position for HalfCursor<'_, G> {
    fn position(&self) -> usize {
        HalfCursor::position(self)
    }
}

impl Word for u64 {
    type Walk<'a, G: BitGenerator> = Cursor<'a, G>;

    fn walk<G: BitGenerator>(words: &[Self], position: usize, behind: G) -> Cursor<'_, G> {
        Cursor::new(words, position, behind)
    }

    fn fill<G: BitGenerator>(generator: &mut G, words: &mut [Self]) {
        generator.fill_u64(words);
    }

    fn seek<G: BitGenerator>(generator: &G, words: u128) -> G {
        let mut moved = generator.clone();
        moved.skip(words);
        moved
    }

    fn decoder<G: BitGenerator, D: Distribution>(
        distribution: &D,
    ) -> Option<&dyn Decode<Self, Value = D::Value>> {
        distribution.decoder::<G>()
    }
}

impl Word for u32 {
    type Walk<'a, G: BitGenerator> = HalfCursor<'a, G>;

    fn walk<G: BitGenerator>(words: &[Self], position: usize, behind: G) -> HalfCursor<'_, G> {
        HalfCursor::new(words, position, behind)
    }

    fn fill<G: BitGenerator>(generator: &mut G, words: &mut [Self]) {
        generator.fill_u32(words);
    }

    /// The first word is the half that waits, if one does. The last raw value is drawn, not skipped,
    /// so that its upper half is left behind, used or not.
    fn seek<G: BitGenerator>(generator: &G, mut words: u128) -> G {
        let mut moved = generator.clone();
        if words > 0 && moved.half().waits {
            moved.next_u32();
            words -= 1;
        }
        if words > 0 {
            moved.skip((words - 1) / 2);
            moved.next_u32();
            if words.is_multiple_of(2) {
                moved.next_u32();
            }
        }
        moved
    }

    fn decoder<G: BitGenerator, D: Distribution>(
        distribution: &D,
    ) -> Option<&dyn Decode<Self, Value = D::Value>> {
        distribution.half_decoder::<G>()
    }
}
