//! The standard normal and exponential distributions, by the ziggurat method (G. Marsaglia and W. W.
//! Tsang, "The Ziggurat Method for Generating Random Variables", 2000), as NumPy has it.
//!
//! One raw value names a layer and a point in it. Nearly always the point lies under the density for
//! certain. Else it lies in the **wedge** at the layer's edge, where a second raw value decides, or in
//! the **tail** behind the lowest layer, which takes raw values of its own.

#[expect(clippy::unreadable_literal, reason = "bits, not numbers to be read")]
pub(crate) mod tables;

use crate::bit_generator::{AnyGenerator, Source};
use crate::decode::Decode;
use crate::distribution::{Cost, Distribution, Layout};
use crate::libm::{exp, expf, log1p, log1pf};
use tables::{
    EXPONENTIAL_F, EXPONENTIAL_F_32, EXPONENTIAL_K, EXPONENTIAL_K_32, EXPONENTIAL_W,
    EXPONENTIAL_W_32, NORMAL_F, NORMAL_F_32, NORMAL_K, NORMAL_K_32, NORMAL_W, NORMAL_W_32,
};

/// Where the normal distribution's tail begins.
pub(crate) const NORMAL_R: f64 = 3.654_152_885_361_009;
/// One over [`NORMAL_R`].
pub(crate) const NORMAL_INVERSE_R: f64 = 0.273_661_237_329_758_3;
/// Where the exponential distribution's tail begins.
pub(crate) const EXPONENTIAL_R: f64 = 7.697_117_470_131_05;
pub(crate) const NORMAL_R_32: f32 = 3.654_152_9;
pub(crate) const NORMAL_INVERSE_R_32: f32 = 0.273_661_24;
pub(crate) const EXPONENTIAL_R_32: f32 = 7.697_117_3;

/// `Generator.standard_normal()`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardNormal;

impl Distribution for StandardNormal {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    #[inline]
    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        loop {
            let raw = source.next_u64();
            let layer = (raw & 0xff) as usize;
            let magnitude = raw >> 9 & 0x000f_ffff_ffff_ffff;
            let x = magnitude as f64 * NORMAL_W[layer];
            let x = if raw & 0x100 == 0 { x } else { -x };
            if magnitude < NORMAL_K[layer] {
                return x;
            }
            if layer == 0 {
                return normal_tail(magnitude, source);
            }
            let height = NORMAL_F[layer - 1] - NORMAL_F[layer];
            if height * source.next_f64() + NORMAL_F[layer] < exp(-0.5 * x * x) {
                return x;
            }
        }
    }

    fn decoder(&self, generator: &dyn AnyGenerator) -> Option<&dyn Decode<Value = f64>> {
        generator.takes_upper_bits().then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
    }
}

/// A value beyond [`NORMAL_R`] (G. Marsaglia, "Generating a Variable from the Tail of the Normal
/// Distribution", 1964); its sign is a bit of the magnitude that led here.
#[cold]
fn normal_tail<S: Source>(magnitude: u64, source: &mut S) -> f64 {
    loop {
        let x = -NORMAL_INVERSE_R * log1p(-source.next_f64());
        let y = -log1p(-source.next_f64());
        if y + y > x * x {
            let x = NORMAL_R + x;
            return if magnitude & 0x100 == 0 { x } else { -x };
        }
    }
}

/// `Generator.standard_normal(dtype=np.float32)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardNormal32;

impl Distribution for StandardNormal32 {
    type Value = f32;

    const RAWS: bool = false;
    const HALVES: bool = true;

    fn layout(&self) -> Layout {
        Layout::HalfTokens
    }

    fn half_decoder(&self) -> Option<&dyn Decode<u32, Value = f32>> {
        Some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
    }

    #[inline]
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        loop {
            let half = source.next_u32();
            let layer = (half & 0xff) as usize;
            let magnitude = half >> 9;
            let x = magnitude as f32 * NORMAL_W_32[layer];
            let x = if half & 0x100 == 0 { x } else { -x };
            if magnitude < NORMAL_K_32[layer] {
                return x;
            }
            if layer == 0 {
                return normal_tail_32(magnitude, source);
            }
            let height = NORMAL_F_32[layer - 1] - NORMAL_F_32[layer];
            let y = height * source.next_f32() + NORMAL_F_32[layer];
            if f64::from(y) < exp(-0.5 * f64::from(x) * f64::from(x)) {
                return x;
            }
        }
    }
}

#[cold]
fn normal_tail_32<S: Source>(magnitude: u32, source: &mut S) -> f32 {
    loop {
        let x = -NORMAL_INVERSE_R_32 * log1pf(-source.next_f32());
        let y = -log1pf(-source.next_f32());
        if y + y > x * x {
            let x = NORMAL_R_32 + x;
            return if magnitude & 0x100 == 0 { x } else { -x };
        }
    }
}

/// `Generator.standard_exponential()`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardExponential;

impl Distribution for StandardExponential {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Tokens
    }

    #[inline]
    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        loop {
            let raw = source.next_u64();
            let layer = (raw >> 3 & 0xff) as usize;
            let magnitude = raw >> 11;
            let x = magnitude as f64 * EXPONENTIAL_W[layer];
            if magnitude < EXPONENTIAL_K[layer] {
                return x;
            }
            if layer == 0 {
                return EXPONENTIAL_R - log1p(-source.next_f64());
            }
            let height = EXPONENTIAL_F[layer - 1] - EXPONENTIAL_F[layer];
            if height * source.next_f64() + EXPONENTIAL_F[layer] < exp(-x) {
                return x;
            }
        }
    }

    fn decoder(&self, generator: &dyn AnyGenerator) -> Option<&dyn Decode<Value = f64>> {
        generator.takes_upper_bits().then_some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
    }
}

/// `Generator.standard_exponential(dtype=np.float32)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardExponential32;

impl Distribution for StandardExponential32 {
    type Value = f32;

    const RAWS: bool = false;
    const HALVES: bool = true;

    fn layout(&self) -> Layout {
        Layout::HalfTokens
    }

    fn half_decoder(&self) -> Option<&dyn Decode<u32, Value = f32>> {
        Some(self)
    }

    fn cost(&self) -> Cost {
        Cost::Medium
    }

    #[inline]
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        loop {
            let half = source.next_u32();
            let layer = (half >> 1 & 0xff) as usize;
            let magnitude = half >> 9;
            let x = magnitude as f32 * EXPONENTIAL_W_32[layer];
            if magnitude < EXPONENTIAL_K_32[layer] {
                return x;
            }
            if layer == 0 {
                return EXPONENTIAL_R_32 - log1pf(-source.next_f32());
            }
            let height = EXPONENTIAL_F_32[layer - 1] - EXPONENTIAL_F_32[layer];
            if height * source.next_f32() + EXPONENTIAL_F_32[layer] < expf(-x) {
                return x;
            }
        }
    }
}

/// `Generator.standard_exponential(method="inv")`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardExponentialInverse;

impl Distribution for StandardExponentialInverse {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Fixed(1)
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        -log1p(-source.next_f64())
    }
}

/// `Generator.standard_exponential(method="inv", dtype=np.float32)`.
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardExponentialInverse32;

impl Distribution for StandardExponentialInverse32 {
    type Value = f32;

    const RAWS: bool = false;
    const HALVES: bool = true;

    fn layout(&self) -> Layout {
        Layout::Halves
    }

    #[expect(clippy::cast_possible_truncation, reason = "NumPy computes it in double precision")]
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        -log1p(f64::from(-source.next_f32())) as f32
    }
}
