//! Ziggurat distributions decoded in blocks of raw values.
//!
//! A block is **surveyed** first, without a branch: each raw value is taken for the first of a token,
//! and what it would give is computed, and whether it lies under the density for certain. About one of
//! 67 (normal) or 45 (exponential) does not; those alone are **walked** through then. In a wedge the
//! next raw value decides, and whatever it decides, the next token begins behind it: so the walk needs
//! to know of the raw values between nothing at all. What remains is **packed** into the output.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod exponential;
#[cfg(target_arch = "aarch64")]
mod neon;
mod normal;
mod portable;
mod single;

use super::{Level, Usable};
use crate::decode::{Decode, Decoded, Head};
use crate::ziggurat::{
    StandardExponential, StandardExponential32, StandardNormal, StandardNormal32,
};

/// What a raw value gives if a token begins with it.
struct Candidate<V> {
    layer: usize,
    value: V,
    /// It lies under the density for certain.
    certain: bool,
}

/// What a token gives that did not end with its first raw value.
struct Token<V> {
    value: Option<V>,
    /// Raw values behind the first.
    more: usize,
}

/// A ziggurat distribution.
trait Ziggurat: 'static {
    /// Of what it is made: raw values or halves of them.
    type Word: Copy;
    type Value: Copy + Default;

    fn candidate(word: Self::Word) -> Candidate<Self::Value>;

    /// Whether a point in a wedge lies under the density: exactly as NumPy decides.
    fn under(layer: usize, value: Self::Value, next: Self::Word) -> bool;

    /// The token in the tail that begins with `words[0]`, if it ends within.
    fn tail(words: &[Self::Word]) -> Option<Token<Self::Value>>;

    /// Surveys `words`, as far as `survey` has room, by the instructions of `level`. What it finds
    /// will lie from `place` on, which is fetched into the cache meanwhile.
    fn survey(
        level: Usable,
        words: &[Self::Word],
        survey: &mut block::Survey<Self::Value>,
        place: *const Self::Value,
    );

    /// Writes the values of the survey that are kept; what is behind them in `out` may be overwritten.
    /// There is room for them.
    fn pack(
        level: Usable,
        survey: &block::Survey<Self::Value>,
        kept: &block::Kept,
        out: &mut [Self::Value],
    );
}

/// What a survey in double precision needs of a layer: `k` and `w` side by side.
#[repr(align(64))]
struct Layers([[u64; 2]; 256]);

impl Layers {
    const fn of(k: &[u64; 256], w: &[f64; 256]) -> Self {
        let mut layers = [[0; 2]; 256];
        let mut layer = 0;
        while layer < 256 {
            layers[layer] = [k[layer], w[layer].to_bits()];
            layer += 1;
        }
        Self(layers)
    }
}

/// A density at a point of a wedge and a height there, compared.
///
/// An approximation of the density decides, unless the two are too close: then the C library's.
#[inline(always)]
fn below_exp(height: f64, exponent: f64, exact: impl FnOnce() -> bool) -> bool {
    let density = approximate_exp(exponent);
    if (height - density).abs() <= density * MARGIN { exact() } else { height < density }
}

/// More than the relative errors of [`approximate_exp`] (below 3.6e-6) and of any C library together.
const MARGIN: f64 = 4e-6;

/// e to the power of a number in -20..=0.
#[inline(always)]
fn approximate_exp(exponent: f64) -> f64 {
    /// The number of which the last bits are the whole part of what is added to it.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let shifted = exponent * std::f64::consts::LOG2_E + SHIFT;
    let rest = exponent - (shifted - SHIFT) * std::f64::consts::LN_2;
    // In pairs, that do not wait for one another.
    let square = rest * rest;
    let power = (1.0 + rest)
        + square * ((0.5 + rest * (1.0 / 6.0)) + square * (1.0 / 24.0 + rest * (1.0 / 120.0)));
    f64::from_bits(power.to_bits().wrapping_add(shifted.to_bits() << 52))
}

macro_rules! decode {
    ($distribution:ty, $ziggurat:ty, $word:ty, $value:ty, $name:ident) => {
        /// [`Decode::decode`] by the instructions of a level.
        pub(super) fn $name(
            level: Level,
            raws: &[$word],
            start: usize,
            limit: usize,
            out: &mut [$value],
            head: &mut Head,
            place: *const $value,
        ) -> Option<Decoded> {
            block::decode::<$ziggurat>(level, raws, start, limit, out, head, place)
        }

        impl Decode<$word> for $distribution {
            type Value = $value;

            fn decode(
                &self,
                raws: &[$word],
                start: usize,
                limit: usize,
                out: &mut [$value],
                head: &mut Head,
                place: *const $value,
            ) -> Option<Decoded> {
                $name(Level::best(), raws, start, limit, out, head, place)
            }
        }
    };
}

decode!(StandardNormal, normal::Double, u64, f64, decode_normal);
decode!(StandardExponential, exponential::Double, u64, f64, decode_exponential);
decode!(StandardNormal32, single::Normal, u32, f32, decode_normal_32);
decode!(StandardExponential32, single::Exponential, u32, f32, decode_exponential_32);

/// [`Ziggurat::survey`] of 64-bit values.
#[inline(always)]
fn survey_double<Z: Ziggurat<Word = u64, Value = f64>, const IS_NORMAL: bool>(
    level: Usable,
    words: &[u64],
    layers: &Layers,
    survey: &mut block::Survey<f64>,
    place: *const f64,
) {
    #[cfg(target_arch = "x86_64")]
    {
        if level.has(Level::Avx512) {
            // SAFETY: the machine has the instructions.
            return unsafe { avx512::survey::<IS_NORMAL>(words, layers, survey, place) };
        }
        if level.has(Level::Avx2) {
            // SAFETY: the machine has the instructions.
            return unsafe { avx2::survey::<IS_NORMAL>(words, layers, survey, place) };
        }
    }
    #[cfg(target_arch = "aarch64")]
    if level.has(Level::Neon) {
        // SAFETY: the machine has the instructions.
        return unsafe { neon::survey::<IS_NORMAL>(words, layers, survey, place) };
    }
    let _ = (level, layers, place);
    portable::survey::<Z>(words, survey);
}

/// [`Ziggurat::pack`] of 64-bit values.
#[inline(always)]
fn pack_double(level: Usable, survey: &block::Survey<f64>, kept: &block::Kept, out: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    {
        let room = out.len() >= kept.count() + 8;
        // SAFETY: the machine has the instructions; there is room for 8 values more than are kept.
        unsafe {
            if room && level.has(Level::Avx512) {
                return avx512::pack(survey, kept.bits(), out.as_mut_ptr());
            }
            if room && level.has(Level::Avx2) {
                return avx2::pack(survey, kept.bits(), out.as_mut_ptr());
            }
        }
    }
    #[cfg(target_arch = "aarch64")]
    if level.has(Level::Neon) && out.len() >= kept.count() + 2 {
        // SAFETY: the machine has the instructions, by which it was surveyed; there is room.
        return unsafe { neon::pack(survey, kept.bits(), out.as_mut_ptr()) };
    }
    let _ = level;
    portable::pack(survey, kept.bits(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_margin_is_wider_than_the_error() {
        for step in 0..=2_000_000 {
            let exponent = f64::from(step) * -1e-5;
            let exact = exponent.exp();
            let error = (approximate_exp(exponent) - exact).abs() / exact;
            assert!(error < 0.9 * MARGIN, "{error} at {exponent}");
        }
    }
}
