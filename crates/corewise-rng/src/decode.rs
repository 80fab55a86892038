//! From raw values in memory to values of a distribution.
//!
//! A **token** is a run of raw values after which the next value's first raw value comes: a value, or a
//! try that failed where the walk can begin anew behind it.

use crate::bit_generator::{AnyGenerator, Half, Source};

/// What comes behind words in memory: a copy of the generator that goes on there, made when it is first
/// needed.
struct Behind<'a> {
    at: &'a dyn AnyGenerator,
    moved: Option<Box<dyn AnyGenerator>>,
}

impl<'a> Behind<'a> {
    fn new(at: &'a dyn AnyGenerator) -> Self {
        Self { at, moved: None }
    }

    #[cold]
    fn next_u64(&mut self) -> u64 {
        self.moved.get_or_insert_with(|| self.at.copy()).next_u64()
    }

    #[cold]
    fn next_u32(&mut self) -> u32 {
        self.moved.get_or_insert_with(|| self.at.copy()).next_u32()
    }
}

/// Raw values in memory, and the generator that goes on behind them.
pub struct Cursor<'a> {
    raws: &'a [u64],
    /// Of the next raw value.
    position: usize,
    /// Behind the last of `raws`.
    behind: Behind<'a>,
    upper: bool,
    half: Half,
}

impl<'a> Cursor<'a> {
    /// Begins at `raws[position]`; `behind` is the generator as it is after `raws`.
    #[must_use]
    pub fn new(raws: &'a [u64], position: usize, behind: &'a dyn AnyGenerator) -> Self {
        let (upper, behind) = (behind.takes_upper_bits(), Behind::new(behind));
        Self { raws, position, behind, upper, half: Half::default() }
    }

    /// The index of the next raw value; beyond `raws` if those were not enough.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl Source for Cursor<'_> {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        let raw = self.raws.get(self.position).copied();
        self.position += 1;
        match raw {
            Some(raw) => raw,
            None => self.behind.next_u64(),
        }
    }

    fn next_u32(&mut self) -> u32 {
        let mut half = self.half;
        let value = half.next(|| self.next_u64());
        self.half = half;
        value
    }

    #[inline]
    fn next_f64(&mut self) -> f64 {
        let raw = self.next_u64();
        if self.upper { upper_bits(raw) } else { self.behind.at.to_f64(raw) }
    }
}

/// A number in [0, 1) of the upper 53 bits of a raw value.
#[inline]
pub(crate) fn upper_bits(raw: u64) -> f64 {
    (raw >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A number in [0, 1) of the upper 24 bits of a half of one.
#[inline]
pub(crate) fn upper_bits_32(half: u32) -> f32 {
    (half >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// As [`Cursor`], in halves of raw values, lower half first.
pub struct HalfCursor<'a> {
    halves: &'a [u32],
    position: usize,
    behind: Behind<'a>,
}

impl<'a> HalfCursor<'a> {
    /// Begins at `halves[position]`; `behind` is the generator as it is after `halves`.
    #[must_use]
    pub fn new(halves: &'a [u32], position: usize, behind: &'a dyn AnyGenerator) -> Self {
        Self { halves, position, behind: Behind::new(behind) }
    }

    /// The index of the next half; beyond `halves` if those were not enough.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl Source for HalfCursor<'_> {
    /// Nothing that is made of halves draws whole raw values.
    fn next_u64(&mut self) -> u64 {
        debug_assert!(false, "a raw value drawn by a distribution that is made of halves");
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    #[inline]
    fn next_u32(&mut self) -> u32 {
        let half = self.halves.get(self.position).copied();
        self.position += 1;
        match half {
            Some(half) => half,
            None => self.behind.next_u32(),
        }
    }

    fn next_f64(&mut self) -> f64 {
        upper_bits(self.next_u64())
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
    ///
    /// `place` is where the values will lie in the end: `out`, or what it will be copied to. It is
    /// neither read nor written, and may be anything; where it is memory, it may be fetched into the
    /// cache meanwhile.
    fn decode(
        &self,
        raws: &[Word],
        start: usize,
        limit: usize,
        out: &mut [Self::Value],
        head: &mut Head,
        place: *const Self::Value,
    ) -> Option<Decoded>;
}
