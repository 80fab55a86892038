//! PCG64 and PCG64DXSM: a 128-bit linear congruential generator and a permutation of its state
//! (M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
//! Random Number Generation", 2014).

use std::marker::PhantomData;

use crate::bit_generator::{BitGenerator, Half, Source};
use crate::seed_sequence::{FromSeed, SeedSequence};
use crate::simd::{Level, halves, pcg};

/// The multiplier of PCG64's state, and of both when they are seeded.
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
/// Raw values in a jump: 2^128 over the golden ratio.
const JUMP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
/// The "cheap" multiplier of PCG64DXSM.
const CHEAP: u128 = 0xda94_2042_e4dd_58b5;

/// What tells the members of the family apart.
#[expect(private_bounds, reason = "there are no other members")]
pub trait Variant: pcg::Permutation + Clone + Copy + Send + Sync + 'static {
    /// The raw value: of the state after the step (PCG64), or before it (PCG64DXSM).
    fn output(before: u128, after: u128) -> u64;
}

/// XSL-RR: PCG64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XslRr;

impl pcg::Permutation for XslRr {
    const MULTIPLIER: u128 = MULTIPLIER;
    const DXSM: bool = false;
}

impl Variant for XslRr {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the state")]
    fn output(_: u128, after: u128) -> u64 {
        ((after >> 64) as u64 ^ after as u64).rotate_right((after >> 122) as u32)
    }
}

/// DXSM: PCG64DXSM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dxsm;

impl pcg::Permutation for Dxsm {
    const MULTIPLIER: u128 = CHEAP;
    const DXSM: bool = true;
}

impl Variant for Dxsm {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the state")]
    fn output(before: u128, _: u128) -> u64 {
        let multiplier = CHEAP as u64;
        let mut high = (before >> 64) as u64;
        high ^= high >> 32;
        high = high.wrapping_mul(multiplier);
        high ^= high >> 48;
        high.wrapping_mul(before as u64 | 1)
    }
}

/// A member of the family; see [`Pcg64`] and [`Pcg64Dxsm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pcg<V> {
    state: u128,
    increment: u128,
    half: Half,
    variant: PhantomData<V>,
}

/// `numpy.random.PCG64`.
pub type Pcg64 = Pcg<XslRr>;
/// `numpy.random.PCG64DXSM`.
pub type Pcg64Dxsm = Pcg<Dxsm>;

impl<V: Variant> Pcg<V> {
    /// As NumPy seeds it from four 64-bit words of a seed sequence; PCG64DXSM too steps by PCG64's
    /// multiplier meanwhile.
    #[must_use]
    pub fn from_words(words: [u64; 4]) -> Self {
        let wide = |high: u64, low: u64| u128::from(high) << 64 | u128::from(low);
        let increment = wide(words[2], words[3]) << 1 | 1;
        let state = increment
            .wrapping_add(wide(words[0], words[1]))
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(increment);
        Self::from_state(state, increment, Half::default())
    }

    /// With this state; the increment is odd in every state that NumPy makes.
    #[must_use]
    pub fn from_state(state: u128, increment: u128, half: Half) -> Self {
        Self { state, increment, half, variant: PhantomData }
    }

    /// State and increment.
    #[must_use]
    pub fn state(&self) -> (u128, u128) {
        (self.state, self.increment)
    }

    /// As NumPy's `advance`: [skips](BitGenerator::skip), and drops the half that waits.
    pub fn advance(&mut self, raws: u128) {
        self.skip(raws);
        self.half = Half::default();
    }

    /// As NumPy's `jumped`: one that is about 2^127 raw values ahead, so many times.
    #[must_use]
    pub fn jumped(&self, jumps: u128) -> Self {
        let mut other = self.clone();
        other.advance(JUMP.wrapping_mul(jumps));
        other
    }

    /// Multiplier and addend of this many steps at once (F. B. Brown, "Random Number Generation with
    /// Arbitrary Strides", 1994).
    #[must_use]
    pub(crate) fn steps(&self, mut distance: u128) -> (u128, u128) {
        let (mut multiplier, mut addend) = (V::MULTIPLIER, self.increment);
        let (mut product, mut sum) = (1u128, 0u128);
        while distance > 0 {
            if distance & 1 == 1 {
                product = product.wrapping_mul(multiplier);
                sum = sum.wrapping_mul(multiplier).wrapping_add(addend);
            }
            addend = multiplier.wrapping_add(1).wrapping_mul(addend);
            multiplier = multiplier.wrapping_mul(multiplier);
            distance >>= 1;
        }
        (product, sum)
    }

    fn lcg(&self) -> pcg::Lcg {
        pcg::Lcg { state: self.state, increment: self.increment }
    }

    /// [`BitGenerator::fill_u64`] with the instructions of a level that the machine has.
    pub fn fill_u64_at(&mut self, level: Level, raws: &mut [u64]) {
        self.state = pcg::fill_u64::<V>(level, self.lcg(), raws);
    }

    /// [`BitGenerator::fill_f64`] with the instructions of a level that the machine has.
    pub fn fill_f64_at(&mut self, level: Level, values: &mut [f64]) {
        self.state = pcg::fill_f64::<V>(level, self.lcg(), values);
    }

    /// [`BitGenerator::fill_u32`] with the instructions of a level that the machine has.
    pub fn fill_u32_at(&mut self, level: Level, values: &mut [u32]) {
        let fill = |generator: &mut Self, pairs: &mut [u32]| {
            generator.state = pcg::fill_u32::<V>(level, generator.lcg(), pairs);
        };
        halves::fill(self, values, Source::next_u32, fill);
    }

    /// [`BitGenerator::fill_f32`] with the instructions of a level that the machine has.
    pub fn fill_f32_at(&mut self, level: Level, values: &mut [f32]) {
        let fill = |generator: &mut Self, pairs: &mut [f32]| {
            generator.state = pcg::fill_f32::<V>(level, generator.lcg(), pairs);
        };
        halves::fill(self, values, Source::next_f32, fill);
    }
}

impl<V: Variant> FromSeed for Pcg<V> {
    fn from_seed_sequence(seed: &SeedSequence) -> Self {
        let mut words = [0; 4];
        seed.generate_u64(&mut words);
        Self::from_words(words)
    }
}

impl<V: Variant> Source for Pcg<V> {
    fn next_u64(&mut self) -> u64 {
        let before = self.state;
        self.state = before.wrapping_mul(V::MULTIPLIER).wrapping_add(self.increment);
        V::output(before, self.state)
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

impl<V: Variant> BitGenerator for Pcg<V> {
    const SKIPS: bool = true;

    fn skip(&mut self, raws: u128) {
        let (multiplier, addend) = self.steps(raws);
        self.state = self.state.wrapping_mul(multiplier).wrapping_add(addend);
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
