//! Both distributions in single precision, of halves of raw values.

use super::block::{Kept, Survey};
use super::{Candidate, Token, Usable, Ziggurat, below_exp, portable};
use crate::decode::upper_bits_32;
use crate::libm::{exp, expf, log1pf};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use crate::simd::Level;
use crate::ziggurat::tables::{
    EXPONENTIAL_F_32, EXPONENTIAL_K_32, EXPONENTIAL_W_32, NORMAL_F_32, NORMAL_K_32, NORMAL_W_32,
};
use crate::ziggurat::{EXPONENTIAL_R_32, NORMAL_INVERSE_R_32, NORMAL_R_32};

/// What a survey needs of a layer: `k` and `w` side by side.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[repr(align(64))]
pub(super) struct Layers(pub(super) [[u32; 2]; 256]);

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static NORMAL: Layers = layers(&NORMAL_K_32, &NORMAL_W_32);
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static EXPONENTIAL: Layers = layers(&EXPONENTIAL_K_32, &EXPONENTIAL_W_32);

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const fn layers(k: &[u32; 256], w: &[f32; 256]) -> Layers {
    let mut layers = [[0; 2]; 256];
    let mut layer = 0;
    while layer < 256 {
        layers[layer] = [k[layer], w[layer].to_bits()];
        layer += 1;
    }
    Layers(layers)
}

/// The standard normal distribution.
pub(super) struct Normal;

/// The standard exponential distribution.
pub(super) struct Exponential;

#[inline(always)]
fn survey<Z: Ziggurat<Word = u32, Value = f32>, const IS_NORMAL: bool>(
    level: Usable,
    words: &[u32],
    survey: &mut Survey<f32>,
    place: *const f32,
) {
    #[cfg(target_arch = "x86_64")]
    if level.has(Level::Avx512) {
        let layers = if IS_NORMAL { &NORMAL } else { &EXPONENTIAL };
        // SAFETY: the machine has the instructions.
        return unsafe { super::avx512::survey_single::<IS_NORMAL>(words, layers, survey, place) };
    }
    #[cfg(target_arch = "aarch64")]
    if level.has(Level::Neon) {
        let layers = if IS_NORMAL { &NORMAL } else { &EXPONENTIAL };
        // SAFETY: the machine has the instructions.
        return unsafe { super::neon::survey_single::<IS_NORMAL>(words, layers, survey, place) };
    }
    let _ = (level, place);
    portable::survey::<Z>(words, survey);
}

#[inline(always)]
fn pack(level: Usable, survey: &Survey<f32>, kept: &Kept, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if level.has(Level::Avx512) && out.len() >= kept.count() + 16 {
        // SAFETY: the machine has the instructions, and there is room.
        return unsafe { super::avx512::pack_single(survey, kept.bits(), out.as_mut_ptr()) };
    }
    #[cfg(target_arch = "aarch64")]
    if level.has(Level::Neon) && out.len() >= kept.count() + 4 {
        // SAFETY: the machine has the instructions, by which it was surveyed; there is room.
        return unsafe { super::neon::pack_single(survey, kept.bits(), out.as_mut_ptr()) };
    }
    let _ = level;
    portable::pack(survey, kept.bits(), out);
}

impl Ziggurat for Normal {
    type Word = u32;
    type Value = f32;

    #[inline(always)]
    fn candidate(half: u32) -> Candidate<f32> {
        let layer = (half & 0xff) as usize;
        let magnitude = half >> 9;
        let value = magnitude as f32 * NORMAL_W_32[layer];
        let value = f32::from_bits(value.to_bits() | half << 23 & 1 << 31);
        Candidate { layer, value, certain: magnitude < NORMAL_K_32[layer] }
    }

    #[inline(always)]
    fn under(layer: usize, value: f32, next: u32) -> bool {
        let height = NORMAL_F_32[layer - 1] - NORMAL_F_32[layer];
        let height = f64::from(height * upper_bits_32(next) + NORMAL_F_32[layer]);
        let exponent = -0.5 * f64::from(value) * f64::from(value);
        below_exp(height, exponent, || height < exp(exponent))
    }

    fn tail(words: &[u32]) -> Option<Token<f32>> {
        let negative = words[0] >> 9 & 0x100 != 0;
        let mut more = 0;
        for pair in words[1..].as_chunks::<2>().0 {
            more += 2;
            let x = -NORMAL_INVERSE_R_32 * log1pf(-upper_bits_32(pair[0]));
            let y = -log1pf(-upper_bits_32(pair[1]));
            if y + y > x * x {
                let x = NORMAL_R_32 + x;
                return Some(Token { value: Some(if negative { -x } else { x }), more });
            }
        }
        None
    }

    fn survey(level: Usable, words: &[u32], room: &mut Survey<f32>, place: *const f32) {
        survey::<Self, true>(level, words, room, place);
    }

    fn pack(level: Usable, survey: &Survey<f32>, kept: &Kept, out: &mut [f32]) {
        pack(level, survey, kept, out);
    }
}

impl Ziggurat for Exponential {
    type Word = u32;
    type Value = f32;

    #[inline(always)]
    fn candidate(half: u32) -> Candidate<f32> {
        let layer = (half >> 1 & 0xff) as usize;
        let magnitude = half >> 9;
        let value = magnitude as f32 * EXPONENTIAL_W_32[layer];
        Candidate { layer, value, certain: magnitude < EXPONENTIAL_K_32[layer] }
    }

    #[inline(always)]
    fn under(layer: usize, value: f32, next: u32) -> bool {
        let height = EXPONENTIAL_F_32[layer - 1] - EXPONENTIAL_F_32[layer];
        let height = height * upper_bits_32(next) + EXPONENTIAL_F_32[layer];
        below_exp(f64::from(height), -f64::from(value), || height < expf(-value))
    }

    fn tail(words: &[u32]) -> Option<Token<f32>> {
        let next = *words.get(1)?;
        Some(Token { value: Some(EXPONENTIAL_R_32 - log1pf(-upper_bits_32(next))), more: 1 })
    }

    fn survey(level: Usable, words: &[u32], room: &mut Survey<f32>, place: *const f32) {
        survey::<Self, false>(level, words, room, place);
    }

    fn pack(level: Usable, survey: &Survey<f32>, kept: &Kept, out: &mut [f32]) {
        pack(level, survey, kept, out);
    }
}
