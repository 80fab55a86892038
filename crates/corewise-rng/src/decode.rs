//! From raw values in memory to values of a distribution.
//!
//! A **token** is a run of raw values after which the next value's first raw value comes: a value, or a
//! try that failed where the walk can begin anew behind it.

use crate::bit_generator::{BitGenerator, Half, Source};

/// Raw values in memory, and the generator that goes on behind them.
pub struct Cursor<'a, G> {
    raws: &'a [u64],
    /// Of the next raw value.
    position: usize,
    /// Stands behind the last of `raws`.
    behind: G,
    half: Half,
}

impl<'a, G: BitGenerator> Cursor<'a, G> {
    /// Begins at `raws[position]`; `behind` is the generator as it is after `raws`.
    pub fn new(raws: &'a [u64], position: usize, behind: G) -> Self {
        Self { raws, position, behind, half: Half::default() }
    }

    /// The index of the next raw value; beyond `raws` if those were not enough.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl<G: BitGenerator> Source for Cursor<'_, G> {
    fn next_u64(&mut self) -> u64 {
        let raw = self.raws.get(self.position).copied();
        self.position += 1;
        raw.unwrap_or_else(|| self.behind.next_u64())
    }

    fn next_u32(&mut self) -> u32 {
        let mut half = self.half;
        let value = half.next(|| self.next_u64());
        self.half = half;
        value
    }

    fn next_f64(&mut self) -> f64 {
        G::to_f64(self.next_u64())
    }
}

/// As [`Cursor`], in halves of raw values, lower half first.
pub struct HalfCursor<'a, G> {
    halves: &'a [u32],
    position: usize,
    behind: G,
}

impl<'a, G: BitGenerator> HalfCursor<'a, G> {
    /// Begins at `halves[position]`; `behind` is the generator as it is after `halves`.
    pub fn new(halves: &'a [u32], position: usize, behind: G) -> Self {
        Self { halves, position, behind }
    }

    /// The index of the next half; beyond `halves` if those were not enough.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl<G: BitGenerator> Source for HalfCursor<'_, G> {
    /// Nothing that is made of halves draws whole raw values.
    fn next_u64(&mut self) -> u64 {
        debug_assert!(false, "a raw value drawn by a distribution that is made of halves");
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    fn next_u32(&mut self) -> u32 {
        let half = self.halves.get(self.position).copied();
        self.position += 1;
        half.unwrap_or_else(|| self.behind.next_u32())
    }

    fn next_f64(&mut self) -> f64 {
        G::to_f64(self.next_u64())
    }
}

/// Where the first tokens of a walk began, by which another walk that began elsewhere finds out where
/// the two meet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Bit i: a token began at raw value i behind the start of the chunk.
    pub starts: u64,
    /// Bit i: that token gave a value.
    pub values: u64,
}

/// What a walk through raw values gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// Values written.
    pub values: usize,
    /// Index of the first raw value that belongs to no token of the walk.
    pub next: usize,
}

/// A distribution that decodes raw values, or halves of them, in bulk: by SIMD where the machine has
/// it.
pub trait Decode<Word = u64>: Sync {
    /// What it gives.
    type Value: Copy + Default + Send + Sync + 'static;

    /// Decodes the tokens that begin in `raws[start..limit]`, until `out` is full.
    ///
    /// `raws` goes on behind `limit`, for the tokens that begin before it and end behind. `None`: it
    /// does not go far enough, and nothing is to be taken from `out` or `head`.
    ///
    /// Where `out` became full, `next` is the first raw value behind the token of its last value.
    /// What lies behind the values written may be overwritten too. `head` is empty before.
    fn decode(
        &self,
        raws: &[Word],
        start: usize,
        limit: usize,
        out: &mut [Self::Value],
        head: &mut Head,
    ) -> Option<Decoded>;
}
