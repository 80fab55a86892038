//! What all bit generators can do: NumPy's `bitgen_t`, and to skip.

use std::any::Any;

use crate::decode::{upper_bits, upper_bits_32};

/// Where a distribution takes its numbers from: a bit generator, or raw values that one has left in
/// memory.
pub trait Source {
    /// The next raw value, 64 bits.
    fn next_u64(&mut self) -> u64;

    /// The next 32 bits: as NumPy, the lower half of a raw value and then the upper, which waits in
    /// the generator meanwhile ([`Half`]). MT19937 has 32-bit words of its own.
    fn next_u32(&mut self) -> u32;

    /// A uniform number in [0, 1): 53 bits of the next raw value.
    fn next_f64(&mut self) -> f64;

    /// A uniform number in [0, 1): the upper 24 of the next 32 bits.
    fn next_f32(&mut self) -> f32 {
        upper_bits_32(self.next_u32())
    }
}

impl<S: Source + ?Sized> Source for &mut S {
    fn next_u64(&mut self) -> u64 {
        (**self).next_u64()
    }

    fn next_u32(&mut self) -> u32 {
        (**self).next_u32()
    }

    fn next_f64(&mut self) -> f64 {
        (**self).next_f64()
    }
}

/// The upper half of a raw value whose lower half was used: `has_uint32` and `uinteger` of NumPy's
/// state. The value stays behind after it was used, and belongs to the state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Half {
    /// Whether it is still to be used.
    pub waits: bool,
    /// The half.
    pub value: u32,
}

impl Half {
    /// The next 32 bits: this half if it waits, else the lower half of a raw value, whose upper half
    /// waits then.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of a raw value")]
    pub fn next(&mut self, raw: impl FnOnce() -> u64) -> u32 {
        if self.waits {
            self.waits = false;
            return self.value;
        }
        let raw = raw();
        *self = Self { waits: true, value: (raw >> 32) as u32 };
        raw as u32
    }
}

/// A numbered stream of raw values.
pub trait BitGenerator: Source + Clone + Send + Sync + 'static {
    /// Whether [`skip`](Self::skip) takes the same time for any distance, and
    /// [`Source::next_u32`] gives halves of raw values.
    const SKIPS: bool;

    /// The number in [0, 1) that [`Source::next_f64`] makes of this raw value.
    #[must_use]
    fn to_f64(raw: u64) -> f64 {
        upper_bits(raw)
    }

    /// Moves on by this many raw values, as if they had been drawn by [`Source::next_u64`]; what
    /// [waits](Half) stays.
    fn skip(&mut self, raws: u128) {
        for _ in 0..raws {
            self.next_u64();
        }
    }

    /// The half that waits.
    fn half(&self) -> Half;

    /// Sets the half that waits.
    fn set_half(&mut self, half: Half);

    /// The next raw values: the same as as many calls of [`Source::next_u64`], faster.
    fn fill_u64(&mut self, raws: &mut [u64]) {
        for raw in raws {
            *raw = self.next_u64();
        }
    }

    /// Uniform numbers in [0, 1): the same as as many calls of [`Source::next_f64`], faster.
    fn fill_f64(&mut self, values: &mut [f64]) {
        for value in values {
            *value = self.next_f64();
        }
    }

    /// The same as as many calls of [`Source::next_u32`], faster.
    fn fill_u32(&mut self, values: &mut [u32]) {
        for value in values {
            *value = self.next_u32();
        }
    }

    /// The same as as many calls of [`Source::next_f32`], faster.
    fn fill_f32(&mut self, values: &mut [f32]) {
        for value in values {
            *value = self.next_f32();
        }
    }
}

/// A [`BitGenerator`] of whatever kind, behind a pointer: what fills arrays is made once, not once for
/// each kind.
///
/// It is drawn from in blocks, so that the detour costs nothing. Every bit generator is one; who names
/// this trait beside the other has to say whose method is meant.
pub trait AnyGenerator: Source + Send + Sync {
    /// [`BitGenerator::SKIPS`].
    fn skips(&self) -> bool;

    /// Whether [`Source::next_f64`] gives the upper 53 bits of a raw value. Not so MT19937's.
    fn takes_upper_bits(&self) -> bool;

    /// [`BitGenerator::to_f64`].
    fn to_f64(&self, raw: u64) -> f64;

    /// Another in the same state.
    fn copy(&self) -> Box<dyn AnyGenerator>;

    /// Takes the state of another; of one of the same kind, or nothing happens.
    fn assign(&mut self, other: &dyn AnyGenerator);

    /// As the type that it is.
    fn as_any(&self) -> &dyn Any;

    /// [`BitGenerator::skip`].
    fn skip(&mut self, raws: u128);

    /// [`BitGenerator::half`].
    fn half(&self) -> Half;

    /// [`BitGenerator::fill_u64`].
    fn fill_u64(&mut self, raws: &mut [u64]);

    /// [`BitGenerator::fill_f64`].
    fn fill_f64(&mut self, values: &mut [f64]);

    /// [`BitGenerator::fill_u32`].
    fn fill_u32(&mut self, values: &mut [u32]);

    /// [`BitGenerator::fill_f32`].
    fn fill_f32(&mut self, values: &mut [f32]);
}

impl<G: BitGenerator> AnyGenerator for G {
    fn skips(&self) -> bool {
        G::SKIPS
    }

    fn takes_upper_bits(&self) -> bool {
        G::to_f64(1 << 11).to_bits() == (f64::EPSILON / 2.0).to_bits()
    }

    fn to_f64(&self, raw: u64) -> f64 {
        G::to_f64(raw)
    }

    fn copy(&self) -> Box<dyn AnyGenerator> {
        Box::new(self.clone())
    }

    fn assign(&mut self, other: &dyn AnyGenerator) {
        if let Some(other) = other.as_any().downcast_ref::<G>() {
            self.clone_from(other);
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn skip(&mut self, raws: u128) {
        BitGenerator::skip(self, raws);
    }

    fn half(&self) -> Half {
        BitGenerator::half(self)
    }

    fn fill_u64(&mut self, raws: &mut [u64]) {
        BitGenerator::fill_u64(self, raws);
    }

    fn fill_f64(&mut self, values: &mut [f64]) {
        BitGenerator::fill_f64(self, values);
    }

    fn fill_u32(&mut self, values: &mut [u32]) {
        BitGenerator::fill_u32(self, values);
    }

    fn fill_f32(&mut self, values: &mut [f32]) {
        BitGenerator::fill_f32(self, values);
    }
}
