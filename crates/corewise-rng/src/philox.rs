//! Philox4x64-10: a counter, ciphered (J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2,
//! 3", 2011).

use crate::bit_generator::{BitGenerator, Half, Source};
use crate::seed_sequence::{FromSeed, SeedSequence};
use crate::simd::pcg::{F32, F64, Raw, Shape};
use crate::simd::philox::TOGETHER;
use crate::simd::{self, Level, halves};

/// Raw values that one value of the counter gives.
pub(crate) const BLOCK: usize = 4;
pub(crate) const ROUNDS: u32 = 10;
pub(crate) const MULTIPLIERS: [u64; 2] = [0xd2e7_470e_e14c_6c93, 0xca5a_8263_9512_1157];
pub(crate) const WEYL: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];

/// `numpy.random.Philox`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Philox {
    counter: [u64; 4],
    key: [u64; 2],
    buffer: [u64; BLOCK],
    /// Of the next raw value in the buffer.
    position: usize,
    half: Half,
}

impl Philox {
    /// Begins behind this value of the counter (lowest word first), as `Philox(counter=…, key=…)`.
    #[must_use]
    pub fn new(counter: [u64; 4], key: [u64; 2]) -> Self {
        Self::from_state(counter, key, [0; BLOCK], BLOCK, Half::default())
    }

    /// With this state: `buffer` is what `counter` gave, `position` (at most 4) what comes next of it.
    #[must_use]
    pub fn from_state(
        counter: [u64; 4],
        key: [u64; 2],
        buffer: [u64; BLOCK],
        position: usize,
        half: Half,
    ) -> Self {
        Self { counter, key, buffer, position: position.min(BLOCK), half }
    }

    /// The counter, lowest word first.
    #[must_use]
    pub fn counter(&self) -> [u64; 4] {
        self.counter
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> [u64; 2] {
        self.key
    }

    /// What the counter gave, and the position in it of the next raw value.
    #[must_use]
    pub fn buffer(&self) -> ([u64; BLOCK], usize) {
        (self.buffer, self.position)
    }

    /// Moves on to the next value of the counter.
    fn refill(&mut self) {
        increment(&mut self.counter);
        self.buffer = block(self.counter, self.key);
        self.position = 0;
    }

    /// As NumPy's `advance`: moves the counter on by this many, lowest word first (each is four raw
    /// values), and drops what waits.
    pub fn advance(&mut self, counts: [u64; 4]) {
        self.counter = sum(self.counter, counts);
        self.buffer = [0; BLOCK];
        self.position = BLOCK;
        self.half = Half::default();
    }

    /// [`BitGenerator::fill_u64`] with the instructions of a level that the machine has.
    pub fn fill_u64_at(&mut self, level: Level, raws: &mut [u64]) {
        self.fill_at::<Raw, _>(level, raws, 1, Self::next_u64);
    }

    /// [`BitGenerator::fill_f64`] with the instructions of a level that the machine has.
    pub fn fill_f64_at(&mut self, level: Level, values: &mut [f64]) {
        self.fill_at::<F64, _>(level, values, 1, Self::next_f64);
    }

    /// [`BitGenerator::fill_u32`] with the instructions of a level that the machine has.
    pub fn fill_u32_at(&mut self, level: Level, values: &mut [u32]) {
        halves::fill(self, values, Source::next_u32, |generator, pairs| {
            generator.fill_at::<Raw, _>(level, pairs, 2, Source::next_u32);
        });
    }

    /// [`BitGenerator::fill_f32`] with the instructions of a level that the machine has.
    pub fn fill_f32_at(&mut self, level: Level, values: &mut [f32]) {
        halves::fill(self, values, Source::next_f32, |generator, pairs| {
            generator.fill_at::<F32, _>(level, pairs, 2, Source::next_f32);
        });
    }

    /// Fills `out` with values of which `each` raw value gives so many: those that wait in the buffer
    /// and the last by `next`, the others together in the form `S`.
    fn fill_at<S: Shape, T>(
        &mut self,
        level: Level,
        out: &mut [T],
        each: usize,
        mut next: impl FnMut(&mut Self) -> T,
    ) {
        let buffered = out.len().min((BLOCK - self.position) * each);
        let (buffered, out) = out.split_at_mut(buffered);
        buffered.fill_with(|| next(self));
        // The last go one by one: they stay behind in the buffer.
        let times = out.len().saturating_sub(1) / (TOGETHER * each);
        let (together, last) = out.split_at_mut(times * TOGETHER * each);
        // SAFETY: `each` values have the 8 bytes of a raw value.
        unsafe {
            let out = together.as_mut_ptr().cast();
            simd::philox::fill::<S>(level, &mut self.counter, self.key, out, times);
        }
        last.fill_with(|| next(self));
    }

    /// As NumPy's `jumped`: one that is 2^128 values of the counter ahead, so many times.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the words of the number")]
    pub fn jumped(&self, jumps: u128) -> Self {
        let mut other = self.clone();
        other.advance([0, 0, jumps as u64, (jumps >> 64) as u64]);
        other
    }
}

/// The next value of a counter.
#[inline]
pub(crate) fn increment(counter: &mut [u64; 4]) {
    for word in counter {
        *word = word.wrapping_add(1);
        if *word != 0 {
            return;
        }
    }
}

fn sum(left: [u64; 4], right: [u64; 4]) -> [u64; 4] {
    let mut carry = false;
    std::array::from_fn(|index| {
        let (word, first) = left[index].overflowing_add(right[index]);
        let (word, second) = word.overflowing_add(u64::from(carry));
        carry = first || second;
        word
    })
}

/// The raw values of this value of the counter.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of the product")]
fn block(counter: [u64; 4], key: [u64; 2]) -> [u64; BLOCK] {
    let ([mut x0, mut x1, mut x2, mut x3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..ROUNDS {
        let first = u128::from(x0) * u128::from(MULTIPLIERS[0]);
        let second = u128::from(x2) * u128::from(MULTIPLIERS[1]);
        (x0, x2) = ((second >> 64) as u64 ^ x1 ^ k0, (first >> 64) as u64 ^ x3 ^ k1);
        (x1, x3) = (second as u64, first as u64);
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    [x0, x1, x2, x3]
}

impl FromSeed for Philox {
    fn from_seed_sequence(seed: &SeedSequence) -> Self {
        let mut key = [0; 2];
        seed.generate_u64(&mut key);
        Self::new([0; 4], key)
    }
}

impl Source for Philox {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        if self.position >= BLOCK {
            self.refill();
        }
        let raw = self.buffer[self.position % BLOCK];
        self.position += 1;
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

impl BitGenerator for Philox {
    const SKIPS: bool = true;

    #[expect(clippy::cast_possible_truncation, reason = "the words of the number; at most a block")]
    fn skip(&mut self, raws: u128) {
        let buffered = (BLOCK - self.position) as u128;
        if raws <= buffered {
            self.position += raws as usize;
            return;
        }
        let beyond = raws - buffered;
        let blocks = beyond.div_ceil(BLOCK as u128);
        self.counter = sum(self.counter, [blocks as u64, (blocks >> 64) as u64, 0, 0]);
        self.buffer = block(self.counter, self.key);
        self.position = (beyond - (blocks - 1) * BLOCK as u128) as usize;
    }

    fn half(&self) -> Half {
        self.half
    }

    fn set_half(&mut self, half: Half) {
        self.half = half;
    }

    fn fill_u64(&mut self, raws: &mut [u64]) {
        self.fill_u64_at(Level::best(), raws);
    }

    fn fill_f64(&mut self, values: &mut [f64]) {
        self.fill_f64_at(Level::best(), values);
    }

    fn fill_u32(&mut self, values: &mut [u32]) {
        self.fill_u32_at(Level::best(), values);
    }

    fn fill_f32(&mut self, values: &mut [f32]) {
        self.fill_f32_at(Level::best(), values);
    }
}
