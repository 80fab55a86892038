//! What a distribution is to the code that fills arrays.

use crate::bit_generator::{BitGenerator, Source};
use crate::decode::Decode;

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
    fn fill_from<G: BitGenerator>(&self, generator: &mut G, out: &mut [Self::Value]) {
        self.fill(generator, out);
    }

    /// What decodes the raw values of this generator in bulk, if anything does.
    fn decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<Value = Self::Value>> {
        None
    }

    /// What decodes halves of raw values in bulk, if anything does.
    fn half_decoder<G: BitGenerator>(&self) -> Option<&dyn Decode<u32, Value = Self::Value>> {
        None
    }

    /// What a value costs.
    fn cost(&self) -> Cost {
        match self.layout() {
            Layout::Fixed(_) | Layout::Halves | Layout::Whole => Cost::Light,
            Layout::Tries(_) | Layout::Tokens | Layout::HalfTokens => Cost::Heavy,
        }
    }
}
