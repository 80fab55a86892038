//! The Mersenne Twister (M. Matsumoto and T. Nishimura, "Mersenne Twister: A 623-Dimensionally
//! Equidistributed Uniform Pseudo-Random Number Generator", 1998).

use crate::bit_generator::{BitGenerator, Half, Source};
use crate::seed_sequence::{FromSeed, SeedSequence};
use crate::simd::{self, Level};

/// Words of the state.
pub(crate) const WORDS: usize = 624;
/// How far apart the words are of which a new one is made.
pub(crate) const MIDDLE: usize = 397;

/// `numpy.random.MT19937`. It cannot skip but step by step.
///
/// Its words have 32 bits: a raw value is two of them, the first one above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mt19937 {
    words: [u32; WORDS],
    /// Of the next word.
    position: usize,
}

impl Mt19937 {
    /// With this state; a position of 624 or more says that all words were used.
    #[must_use]
    pub fn from_state(words: &[u32; WORDS], position: usize) -> Self {
        Self { words: *words, position: position.min(WORDS) }
    }

    /// The words, and the position in them of the next one.
    #[must_use]
    pub fn state(&self) -> (&[u32; WORDS], usize) {
        (&self.words, self.position)
    }

    /// As `RandomState(seed)` and `numpy.random.seed(seed)` seed it with an integer.
    #[must_use]
    pub fn from_legacy_seed(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for (index, number) in (1..WORDS).zip(1u32..) {
            let before = words[index - 1];
            words[index] = (before ^ before >> 30).wrapping_mul(1_812_433_253).wrapping_add(number);
        }
        Self { words, position: WORDS }
    }

    /// As `RandomState(seed)` seeds it with a sequence; `None` for an empty one, which NumPy refuses.
    #[must_use]
    pub fn from_legacy_sequence(seed: &[u32]) -> Option<Self> {
        if seed.is_empty() {
            return None;
        }
        let mut generator = Self::from_legacy_seed(19_650_218);
        let words = &mut generator.words;
        let mut at = 1;
        let mut step = |multiplier: u32, change: &dyn Fn(u32, u32) -> u32| {
            let before = words[at - 1];
            let mixed = words[at] ^ (before ^ before >> 30).wrapping_mul(multiplier);
            words[at] = change(mixed, u32::try_from(at).unwrap_or_default());
            at += 1;
            if at == WORDS {
                words[0] = words[WORDS - 1];
                at = 1;
            }
        };
        let numbered = seed.iter().zip(0u32..).cycle();
        for (&word, number) in numbered.take(seed.len().max(WORDS)) {
            step(1_664_525, &|mixed, _| mixed.wrapping_add(word).wrapping_add(number));
        }
        for _ in 1..WORDS {
            step(1_566_083_941, &|mixed, at| mixed.wrapping_sub(at));
        }
        words[0] = 0x8000_0000;
        Some(generator)
    }

    /// New words, of which none is used.
    pub(crate) fn refill(&mut self) {
        simd::mt19937::refill(Level::best(), &mut self.words);
        self.position = 0;
    }

    /// [`BitGenerator::fill_u64`] with the instructions of a level that the machine has.
    pub fn fill_u64_at(&mut self, level: Level, raws: &mut [u64]) {
        self.fill_at(level, raws, |high, low| u64::from(high) << 32 | u64::from(low));
    }

    /// [`BitGenerator::fill_f64`] with the instructions of a level that the machine has.
    pub fn fill_f64_at(&mut self, level: Level, values: &mut [f64]) {
        self.fill_at(level, values, |high, low| {
            Self::to_f64(u64::from(high) << 32 | u64::from(low))
        });
    }

    fn fill_at<T>(&mut self, level: Level, mut out: &mut [T], form: impl Fn(u32, u32) -> T + Copy) {
        while !out.is_empty() {
            if self.position == WORDS {
                simd::mt19937::refill(level, &mut self.words);
                self.position = 0;
            }
            let pairs = out.len().min((WORDS - self.position) / 2);
            if pairs == 0 {
                // The last word, and the first one that is renewed behind it.
                out[0] = form(self.next_u32(), self.next_u32());
                out = &mut out[1..];
                continue;
            }
            let words = &self.words[self.position..self.position + 2 * pairs];
            simd::mt19937::give(level, words, form, &mut out[..pairs]);
            self.position += 2 * pairs;
            out = &mut out[pairs..];
        }
    }
}

/// The new word in the place of `first`, of it, its neighbour and the word [`MIDDLE`] on.
#[inline(always)]
pub(crate) fn twist(first: u32, second: u32, far: u32) -> u32 {
    let joined = first & 0x8000_0000 | second & 0x7fff_ffff;
    far ^ joined >> 1 ^ (joined & 1).wrapping_neg() & 0x9908_b0df
}

/// What is given out of a word of the state.
#[inline(always)]
pub(crate) fn tempered(mut word: u32) -> u32 {
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c_5680;
    word ^= word << 15 & 0xefc6_0000;
    word ^ word >> 18
}

impl FromSeed for Mt19937 {
    fn from_seed_sequence(seed: &SeedSequence) -> Self {
        let mut words = [0; WORDS];
        seed.generate_u32(&mut words);
        words[0] = 0x8000_0000;
        Self { words, position: WORDS - 1 }
    }
}

impl Source for Mt19937 {
    fn next_u64(&mut self) -> u64 {
        let high = self.next_u32();
        u64::from(high) << 32 | u64::from(self.next_u32())
    }

    fn next_u32(&mut self) -> u32 {
        if self.position == WORDS {
            self.refill();
        }
        self.position += 1;
        tempered(self.words[self.position - 1])
    }

    fn next_f64(&mut self) -> f64 {
        Self::to_f64(self.next_u64())
    }
}

impl BitGenerator for Mt19937 {
    const SKIPS: bool = false;

    /// Of 53 bits, the upper 27 come from the first word and the others from the second.
    fn to_f64(raw: u64) -> f64 {
        let bits = raw >> 37 << 26 | (raw & 0xffff_ffff) >> 6;
        bits as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// None: 32 bits are a word of its own.
    fn half(&self) -> Half {
        Half::default()
    }

    /// Does nothing.
    fn set_half(&mut self, _: Half) {}

    fn fill_u64(&mut self, raws: &mut [u64]) {
        self.fill_u64_at(Level::best(), raws);
    }

    fn fill_f64(&mut self, values: &mut [f64]) {
        self.fill_f64_at(Level::best(), values);
    }
}
