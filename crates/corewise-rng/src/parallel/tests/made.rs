//! Distributions and generators made for the tests.

use std::hint;

use crate::parallel::pool::Pool;
use crate::parallel::{Cut, fill_cut};
use crate::{BitGenerator, Decode, Decoded, Distribution, Half, Head, Layout, Pcg64, Source};

pub(super) static POOL: Pool = Pool::new();

pub(super) fn pcg64(seed: u64) -> Pcg64 {
    Pcg64::from_words([seed, seed ^ 0x9e37_79b9_7f4a_7c15, !seed, seed.rotate_left(17)])
}

/// PCG64 as a generator that cannot skip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lame(pub(super) Pcg64);

impl Source for Lame {
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
    fn next_f64(&mut self) -> f64 {
        self.0.next_f64()
    }
}

impl BitGenerator for Lame {
    const SKIPS: bool = false;
    fn skip(&mut self, _: u128) {
        panic!("it cannot");
    }
    fn half(&self) -> Half {
        self.0.half()
    }
    fn set_half(&mut self, half: Half) {
        self.0.set_half(half);
    }
}

/// Words of its own, as MT19937: `next_u32` is one word, a raw value two, the upper first; and its
/// uniform numbers are others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worded(pub(super) u64);

impl Source for Worded {
    fn next_u64(&mut self) -> u64 {
        let high = u64::from(self.next_u32());
        high << 32 | u64::from(self.next_u32())
    }
    fn next_u32(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 32) as u32 ^ (self.0 >> 50) as u32
    }
    fn next_f64(&mut self) -> f64 {
        Self::to_f64(self.next_u64())
    }
}

impl BitGenerator for Worded {
    const SKIPS: bool = false;
    fn to_f64(raw: u64) -> f64 {
        let (high, low) = (raw >> 37, (raw & 0xffff_ffff) >> 6);
        (high as f64 * 67_108_864.0 + low as f64) / 9_007_199_254_740_992.0
    }
    fn half(&self) -> Half {
        Half::default()
    }
    fn set_half(&mut self, _: Half) {}
}

/// `random`.
pub(super) struct Random;

impl Distribution for Random {
    type Value = f64;
    fn layout(&self) -> Layout {
        Layout::Fixed(1)
    }
    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        source.next_f64()
    }
    fn fill_from(&self, generator: &mut dyn crate::AnyGenerator, out: &mut [f64]) {
        generator.fill_f64(out);
    }
}

/// Three raw values a value.
pub(super) struct Three;

impl Distribution for Three {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Fixed(3)
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        source.next_u64() ^ source.next_u64().rotate_left(1) ^ source.next_u64().rotate_left(2)
    }
}

/// Certain.
pub(super) struct Certain;

impl Distribution for Certain {
    type Value = u8;
    fn layout(&self) -> Layout {
        Layout::Fixed(0)
    }
    fn sample<S: Source>(&self, _: &mut S) -> u8 {
        7
    }
}

/// `random` in 32 bits.
pub(super) struct Single;

impl Distribution for Single {
    type Value = f32;
    const RAWS: bool = false;
    const HALVES: bool = true;
    fn layout(&self) -> Layout {
        Layout::Halves
    }
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        source.next_f32()
    }
}

/// Tries of two raw values, of which `of` in 256 fail.
pub(super) struct Pairs {
    pub(super) of: u8,
}

impl Distribution for Pairs {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tries(2)
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        loop {
            let (first, second) = (source.next_u64(), source.next_u64());
            if second >> 56 >= u64::from(self.of) {
                return first ^ second;
            }
        }
    }
}

/// As a ziggurat: one raw value, or two and perhaps another try, or a tail of many.
pub(super) struct Ziggurat {
    /// Whether it decodes in bulk, and how far beyond the limit it looks at least.
    pub(super) bulk: bool,
}

impl Ziggurat {
    /// A value, or a try that failed.
    fn token<S: Source>(source: &mut S) -> Option<f64> {
        let raw = source.next_u64();
        match raw & 0xff {
            0 => loop {
                let (a, b) = (source.next_f64(), source.next_f64());
                if a + b < 0.6 {
                    return Some(a * b);
                }
            },
            1..20 => {
                let value = raw as f64;
                (source.next_f64() < 0.5).then_some(value)
            }
            _ => Some((raw >> 8) as f64),
        }
    }
}

impl Distribution for Ziggurat {
    type Value = f64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        loop {
            if let Some(value) = Self::token(source) {
                return value;
            }
        }
    }
    fn decoder(&self, generator: &dyn crate::AnyGenerator) -> Option<&dyn Decode<Value = f64>> {
        if self.bulk && generator.takes_upper_bits() { Some(self) } else { None }
    }
}

/// Raw values in memory and no more.
struct Memory<'a> {
    raws: &'a [u64],
    position: usize,
    /// How many raw values were missing.
    missing: usize,
}

impl Source for Memory<'_> {
    fn next_u64(&mut self) -> u64 {
        let raw = self.raws.get(self.position).copied();
        self.missing += usize::from(raw.is_none());
        self.position += 1;
        raw.unwrap_or(0xff)
    }
    fn next_u32(&mut self) -> u32 {
        unreachable!()
    }
    fn next_f64(&mut self) -> f64 {
        Pcg64::to_f64(self.next_u64())
    }
}

impl Decode for Ziggurat {
    type Value = f64;
    fn decode(
        &self,
        raws: &[u64],
        start: usize,
        limit: usize,
        out: &mut [f64],
        head: &mut Head,
        _: *const f64,
    ) -> Option<Decoded> {
        assert_eq!(*head, Head::default());
        let mut memory = Memory { raws, position: start, missing: 0 };
        let mut values = 0;
        while values < out.len() && memory.position < limit {
            let position = memory.position;
            let token = Self::token(&mut memory);
            if memory.missing > 0 {
                return None;
            }
            if position < 64 {
                head.starts |= 1 << position;
                head.values |= u64::from(token.is_some()) << position;
            }
            if let Some(value) = token {
                out[values] = value;
                values += 1;
            }
        }
        // As a decoder may that writes whole vectors.
        for spoiled in out[values..].iter_mut().take(7) {
            *spoiled = f64::NAN;
        }
        Some(Decoded { values, next: memory.position })
    }
}

/// Tokens of two raw values, and seldom of three: as gamma, it meets late.
pub(super) struct Phases;

impl Distribution for Phases {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        let value = source.next_u64() ^ source.next_u64();
        if value.is_multiple_of(64) { value ^ source.next_u64() } else { value }
    }
}

/// Tokens of 1 to 50 raw values that depend on all before: what is walked from elsewhere seldom
/// meets; with `always`, every token has 50, and it never does.
pub(super) struct Long {
    pub(super) always: bool,
}

impl Distribution for Long {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        let mut value = source.next_u64();
        let more = if self.always { 49 } else { value % 50 };
        for _ in 0..more {
            value = value.rotate_left(5) ^ source.next_u64();
        }
        value
    }
}

/// One half, or two and another try.
pub(super) struct HalfZiggurat;

impl Distribution for HalfZiggurat {
    type Value = f32;
    const RAWS: bool = false;
    const HALVES: bool = true;
    fn layout(&self) -> Layout {
        Layout::HalfTokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        loop {
            let half = source.next_u32();
            if half & 0xff >= 20 {
                return (half >> 9) as f32;
            }
            if source.next_f32() < 0.4 {
                return half as f32;
            }
        }
    }
}

/// As [`Phases`], with a delay now and then that depends on the raw value.
pub(super) struct Delayed;

impl Distribution for Delayed {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        let value = Phases.sample(source);
        match value >> 52 {
            0..4 => std::thread::yield_now(),
            4..12 => (0..value >> 50).for_each(|_| hint::spin_loop()),
            _ => {}
        }
        value
    }
}

/// A value's bits.
pub(super) trait Bits: PartialEq {
    fn bits(self) -> u64;
}

impl Bits for f64 {
    fn bits(self) -> u64 {
        self.to_bits()
    }
}

impl Bits for f32 {
    fn bits(self) -> u64 {
        self.to_bits().into()
    }
}

impl Bits for u64 {
    fn bits(self) -> u64 {
        self
    }
}

impl Bits for i64 {
    fn bits(self) -> u64 {
        self.cast_unsigned()
    }
}

macro_rules! small {
    ($($kind:ty),*) => {$(
        impl Bits for $kind {
            fn bits(self) -> u64 {
                crate::Integer::to_wrapped(self)
            }
        }
    )*};
}
small!(bool, u8, i8, u16, i16, i32, u32);

/// Fills both ways and compares.
pub(super) fn compare<G, D>(
    generator: &G,
    distribution: &D,
    length: usize,
    (threads, chunk): (usize, usize),
) where
    G: BitGenerator + PartialEq + std::fmt::Debug,
    D: Distribution<Value: Bits>,
{
    let mut plain = generator.clone();
    let mut expected = vec![D::Value::default(); length];
    distribution.fill(&mut plain, &mut expected);
    let expected: Vec<u64> = expected.into_iter().map(Bits::bits).collect();
    let mut own = generator.clone();
    let mut values = vec![D::Value::default(); length];
    let cut = Cut { threads, chunk, block: chunk, few: 0 };
    fill_cut(&mut own, distribution, &mut values, None, cut, &POOL).unwrap();
    let values: Vec<u64> = values.into_iter().map(Bits::bits).collect();
    let different = values.iter().zip(&expected).position(|(value, expected)| value != expected);
    assert_eq!(different, None, "threads {threads}, chunk {chunk}, length {length}");
    assert_eq!(own, plain, "threads {threads}, chunk {chunk}, length {length}");
}
