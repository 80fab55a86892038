//! What a distribution is to the code that fills arrays.

use crate::bit_generator::Source;

/// How the values of a distribution lie in the stream of raw values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Each value is made of this many raw values (of 64 bits).
    Fixed(u32),
    /// Each value is made of one half of a raw value (32 bits).
    Halves,
    /// Tries of this many raw values, each of which gives a value or none: a filter.
    Tries(u32),
    /// A value takes a varying number of raw values. A walk that begins at a wrong place meets the
    /// right one after a few values.
    Tokens,
    /// As [`Layout::Tokens`], in halves of raw values.
    HalfTokens,
    /// A call is not to be parted: what a value is made of depends on the values before it.
    Whole,
}

/// A distribution of `numpy.random.Generator`, with its parameters.
pub trait Distribution: Sync {
    /// What it gives.
    type Value: Copy + Default + Send + Sync;

    /// How its values lie in the stream.
    fn layout(&self) -> Layout;

    /// The next value, drawn exactly as NumPy does.
    fn sample<S: Source>(&self, source: &mut S) -> Self::Value;

    /// The values of one call, drawn exactly as NumPy does.
    fn fill<S: Source>(&self, source: &mut S, out: &mut [Self::Value]) {
        for value in out {
            *value = self.sample(source);
        }
    }
}
