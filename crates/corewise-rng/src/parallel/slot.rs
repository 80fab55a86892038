//! A chunk of words in memory, and what was decoded of it on the guess that a token begins at its
//! first word.

use super::word::{Position, Sample, Word};
use crate::bit_generator::AnyGenerator;
use crate::decode::{Decode, Decoded, Head};

/// Words kept behind a chunk, for the tokens that begin in it and end behind it.
pub(super) const MARGIN: usize = 32;

/// Words at the start of a chunk within which the true walk must meet the guessed one, for values
/// that are sampled one by one, in units of 64. Gamma needs 100 on average and 650 at worst; a decoder
/// records 64 words only, of which a ziggurat needs 4.
const HEADS: usize = 16;

/// What the threads of a call have in common about its values.
pub(super) struct Plain<'a, W, V> {
    pub(super) distribution: &'a dyn Sample<W, V>,
    pub(super) decoder: Option<&'a dyn Decode<W, Value = V>>,
    /// Words in a chunk.
    pub(super) chunk: usize,
}

impl<W: Word, V: Copy + Default + Send + Sync + 'static> Plain<'_, W, V> {
    /// See [`Decode::decode`]. `behind` is the generator as it is after `words`.
    pub(super) fn decode(
        &self,
        words: &[W],
        (start, limit): (usize, usize),
        behind: &dyn AnyGenerator,
        out: &mut [V],
    ) -> Option<Decoded> {
        if let Some(decoder) = self.decoder {
            let place = out.as_ptr();
            return decoder.decode(words, start, limit, out, &mut Head::default(), place);
        }
        let mut walk = W::walk(words, start, behind);
        let values = self.distribution.many(&mut walk, limit, out, &mut []);
        Some(Decoded { values, next: walk.position() })
    }
}

/// Buffers for a chunk; see [`Held`] for the one that is in them.
#[derive(Default)]
pub(super) struct Slot<W, V> {
    pub(super) words: Vec<W>,
    pub(super) values: Vec<V>,
    heads: [Head; HEADS],
    /// Values before the place where the true walk met the guessed one.
    pub(super) prefix: Vec<V>,
}

/// A slot with a chunk in it.
pub(super) struct Held<W, V> {
    pub(super) slot: Slot<W, V>,
    /// The chunk's number.
    pub(super) index: usize,
    /// The generator at the chunk's first word, if it cannot skip.
    pub(super) at: Option<Box<dyn AnyGenerator>>,
    /// The generator behind the words in memory.
    pub(super) behind: Box<dyn AnyGenerator>,
    pub(super) decoded: Decoded,
}

/// What a chunk gives, now that it is known where its first token begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mended {
    /// The guessed values to leave out at the front; those of the prefix take their place.
    pub(super) skipped: usize,
    /// Values in all.
    pub(super) values: usize,
    /// The first word that belongs to no token of the chunk.
    pub(super) next: usize,
}

impl<W: Word, V: Copy + Default + Send + Sync + 'static> Held<W, V> {
    /// Decodes on the guess. The values will be copied to about `place`.
    pub(super) fn guess(&mut self, plain: &Plain<'_, W, V>, place: *const V) {
        let mut values = std::mem::take(&mut self.slot.values);
        values.resize(plain.chunk, V::default());
        self.decoded = self.decode(plain, 0, &mut values, place);
        self.slot.values = values;
    }

    /// Decodes the tokens that begin in `start..chunk`, until `out` is full. The values will lie at
    /// about `place` in the end.
    pub(super) fn decode(
        &mut self,
        plain: &Plain<'_, W, V>,
        start: usize,
        out: &mut [V],
        place: *const V,
    ) -> Decoded {
        if start >= plain.chunk {
            return Decoded { values: 0, next: start };
        }
        self.slot.heads = [Head::default(); HEADS];
        let Some(decoder) = plain.decoder else { return self.sample(plain, start, out) };
        loop {
            let head = &mut self.slot.heads[0];
            let words = &mut self.slot.words;
            if let Some(decoded) = decoder.decode(words, start, plain.chunk, out, head, place) {
                return decoded;
            }
            *head = Head::default();
            let have = words.len();
            words.resize(have + have / 2 + MARGIN, W::default());
            W::fill(&mut *self.behind, &mut words[have..]);
        }
    }

    /// As [`decode`](Self::decode), value by value.
    fn sample(&mut self, plain: &Plain<'_, W, V>, start: usize, out: &mut [V]) -> Decoded {
        let mut walk = W::walk(&self.slot.words, start, &*self.behind);
        let heads = &mut self.slot.heads;
        let values = plain.distribution.many(&mut walk, plain.chunk, out, heads);
        Decoded { values, next: walk.position() }
    }

    /// Puts the guess right: the first token begins at `start`.
    pub(super) fn mend(&mut self, plain: &Plain<'_, W, V>, start: usize) -> Mended {
        self.slot.prefix.clear();
        if start == 0 {
            let Decoded { values, next } = self.decoded;
            return Mended { skipped: 0, values, next };
        }
        let mut walk = W::walk(&self.slot.words, start, &*self.behind);
        loop {
            let position = walk.position();
            let prefix = self.slot.prefix.len();
            if position >= plain.chunk {
                self.decoded = Decoded { values: 0, next: position };
                return Mended { skipped: 0, values: prefix, next: position };
            }
            let Some(head) = self.slot.heads.get(position / 64) else { break };
            if head.starts >> (position % 64) & 1 == 1 {
                let before = &self.slot.heads[..position / 64];
                let whole: u32 = before.iter().map(|head| head.values.count_ones()).sum();
                let here = head.values & ((1 << (position % 64)) - 1);
                let skipped = (whole + here.count_ones()) as usize;
                let values = prefix + self.decoded.values - skipped;
                return Mended { skipped, values, next: self.decoded.next };
            }
            if plain.decoder.is_some() && position >= 64 {
                break;
            }
            self.slot.prefix.push(plain.distribution.one(&mut walk));
        }
        drop(walk);
        // They do not meet in time: once more, from the right place.
        self.slot.prefix.clear();
        let mut values = std::mem::take(&mut self.slot.values);
        let place = values.as_ptr();
        self.decoded = self.decode(plain, start, &mut values, place);
        self.slot.values = values;
        Mended { skipped: 0, values: self.decoded.values, next: self.decoded.next }
    }
}
