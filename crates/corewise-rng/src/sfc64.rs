//! SFC64: three words that are stirred, and a counter (C. Doty-Humphrey's "Small Fast Chaotic"
//! generator, of `PractRand`).

use crate::bit_generator::{BitGenerator, Half, Source};
use crate::seed_sequence::{FromSeed, SeedSequence};

/// `numpy.random.SFC64`. It cannot skip but step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sfc64 {
    words: [u64; 4],
    half: Half,
}

impl Sfc64 {
    /// With this state: the three words and the counter.
    #[must_use]
    pub fn from_state(words: [u64; 4], half: Half) -> Self {
        Self { words, half }
    }

    /// The three words and the counter.
    #[must_use]
    pub fn state(&self) -> [u64; 4] {
        self.words
    }
}

impl FromSeed for Sfc64 {
    fn from_seed_sequence(seed: &SeedSequence) -> Self {
        let mut words = [0; 3];
        seed.generate_u64(&mut words);
        let mut generator = Self::from_state([words[0], words[1], words[2], 1], Half::default());
        generator.skip(12);
        generator
    }
}

impl Source for Sfc64 {
    fn next_u64(&mut self) -> u64 {
        let [a, b, c, counter] = self.words;
        let raw = a.wrapping_add(b).wrapping_add(counter);
        self.words = [
            b ^ b >> 11,
            c.wrapping_add(c << 3),
            c.rotate_left(24).wrapping_add(raw),
            counter.wrapping_add(1),
        ];
        raw
    }

    fn next_u32(&mut self) -> u32 {
        let mut half = self.half;
        let value = half.next(|| self.next_u64());
        self.half = half;
        value
    }

    fn next_f64(&mut self) -> f64 {
        Self::to_f64(self.next_u64())
    }
}

impl BitGenerator for Sfc64 {
    const SKIPS: bool = false;

    fn half(&self) -> Half {
        self.half
    }

    fn set_half(&mut self, half: Half) {
        self.half = half;
    }
}
