//! What a distribution is to the code that fills arrays.

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::{Cursor, Decode, HalfCursor};

/// Values that are made at a time of words drawn in bulk.
const BLOCK: usize = 512;

/// How the values of a distribution lie in the stream of raw values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Each value is made of this many raw values (of 64 bits); none, if the value is certain.
    Fixed(u32),
    /// Each value is made of one half of a raw value (32 bits).
    Halves,
    /// Tries of this many raw values, each of which gives a value or none: a filter.
    Tries(u32),
    /// A value takes a varying number of raw values. A walk that begins at a wrong place meets the
    /// right one after a few values.
    Tokens,
    /// As [`Layout::Tokens`], in halves of raw values: the distribution draws by
    /// [`Source::next_u32`] and [`Source::next_f32`] alone.
    HalfTokens,
    /// Each value is made of one of this many parts of a half, lowest first; what a call leaves of
    /// the last half is lost.
    Parts(u32),
    /// A call is not to be parted: what a value is made of depends on the values before it.
    Whole,
}

/// What a value costs, by which it is decided from how many on threads pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// Below 1 ns: little more than the raw value.
    Light,
    /// Some nanoseconds: decoded in bulk.
    Medium,
    /// More: sampled one by one.
    Heavy,
}

/// A distribution of `numpy.random.Generator`, with its parameters.
pub trait Distribution: Sync {
    /// What it gives.
    type Value: Copy + Default + Send + Sync + 'static;

    /// Whether, with some parameters, its layout is one of raw values. Where it is not, no code is made
    /// for them.
    const RAWS: bool = true;

    /// Whether, with some parameters, its layout is one of halves of raw values.
    const HALVES: bool = false;

    /// How its values lie in the stream.
    fn layout(&self) -> Layout;

    /// The next value, drawn exactly as NumPy does. In the layouts of tokens and tries each value takes at least one raw value (or half).
    fn sample<S: Source>(&self, source: &mut S) -> Self::Value;

    /// The values of one call, drawn exactly as NumPy does.
    fn fill<S: Source>(&self, source: &mut S, out: &mut [Self::Value]) {
        for value in out {
            *value = self.sample(source);
        }
    }

    /// As [`fill`](Self::fill), from a bit generator, whose methods that fill arrays it may use.
    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [Self::Value]) {
        match self.layout() {
            Layout::Fixed(1) if Self::RAWS => {
                let mut raws = [0; BLOCK];
                for out in out.chunks_mut(BLOCK) {
                    let raws = &mut raws[..out.len()];
                    generator.fill_u64(raws);
                    let mut cursor = Cursor::new(raws, 0, generator);
                    out.fill_with(|| self.sample(&mut cursor));
                }
            }
            Layout::Halves if Self::HALVES => {
                let mut halves = [0; BLOCK];
                for out in out.chunks_mut(BLOCK) {
                    let halves = &mut halves[..out.len()];
                    generator.fill_u32(halves);
                    let mut cursor = HalfCursor::new(halves, 0, generator);
                    out.fill_with(|| self.sample(&mut cursor));
                }
            }
            _ => self.fill(&mut &mut *generator, out),
        }
    }

    /// In [`Layout::Whole`]: fills the first values of `out`, up to where nothing is left of the words
    /// they are made of, and says how many.
    fn fill_some(&self, generator: &mut dyn AnyGenerator, out: &mut [Self::Value]) -> usize {
        self.fill_from(generator, out);
        out.len()
    }

    /// What decodes the raw values of this generator in bulk, if anything does.
    fn decoder(&self, _: &dyn AnyGenerator) -> Option<&dyn Decode<Value = Self::Value>> {
        None
    }

    /// What decodes halves of raw values in bulk, if anything does.
    fn half_decoder(&self) -> Option<&dyn Decode<u32, Value = Self::Value>> {
        None
    }

    /// What a value costs.
    fn cost(&self) -> Cost {
        match self.layout() {
            Layout::Fixed(_) | Layout::Halves | Layout::Parts(_) | Layout::Whole => Cost::Light,
            Layout::Tries(_) | Layout::Tokens | Layout::HalfTokens => Cost::Heavy,
        }
    }
}
