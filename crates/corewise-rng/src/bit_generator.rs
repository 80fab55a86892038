//! What all bit generators can do: NumPy's `bitgen_t`, and to skip.

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
        (self.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
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
pub trait BitGenerator: Source + Clone + Send + Sync {
    /// Whether [`skip`](Self::skip) takes the same time for any distance, and
    /// [`Source::next_u32`] gives halves of raw values.
    const SKIPS: bool;

    /// The number in [0, 1) that [`Source::next_f64`] makes of this raw value.
    #[must_use]
    fn to_f64(raw: u64) -> f64 {
        (raw >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
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
