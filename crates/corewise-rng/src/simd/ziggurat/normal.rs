//! The standard normal distribution.

use super::block::Survey;
use super::{Candidate, Level, Token, Ziggurat, below_exp, portable};
use crate::libm::{exp, log1p};
use crate::ziggurat::tables::{NORMAL_F, NORMAL_K, NORMAL_W};
use crate::ziggurat::{NORMAL_INVERSE_R, NORMAL_R};

/// What a survey needs of a layer: `k` and `w` side by side.
#[repr(align(64))]
pub(super) struct Layers(pub(super) [[u64; 2]; 256]);

pub(super) static LAYERS: Layers = layers();

const fn layers() -> Layers {
    let mut layers = [[0; 2]; 256];
    let mut layer = 0;
    while layer < 256 {
        layers[layer] = [NORMAL_K[layer], NORMAL_W[layer].to_bits()];
        layer += 1;
    }
    Layers(layers)
}

/// In double precision.
pub(super) struct Double;

fn unit(raw: u64) -> f64 {
    (raw >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

impl Ziggurat for Double {
    type Word = u64;
    type Value = f64;

    #[inline(always)]
    fn candidate(raw: u64) -> Candidate<f64> {
        let layer = (raw & 0xff) as usize;
        let magnitude = raw >> 9 & 0x000f_ffff_ffff_ffff;
        let value = magnitude as f64 * f64::from_bits(LAYERS.0[layer][1]);
        let value = f64::from_bits(value.to_bits() | raw << 55 & 1 << 63);
        Candidate { layer, value, certain: magnitude < LAYERS.0[layer][0] }
    }

    #[inline(always)]
    fn under(layer: usize, value: f64, next: u64) -> bool {
        let height = (NORMAL_F[layer - 1] - NORMAL_F[layer]) * unit(next) + NORMAL_F[layer];
        let exponent = -0.5 * value * value;
        below_exp(height, exponent, || height < exp(exponent))
    }

    fn tail(words: &[u64]) -> Option<Token<f64>> {
        let negative = words[0] >> 9 & 0x100 != 0;
        let mut pairs = words[1..].chunks_exact(2);
        let mut more = 0;
        loop {
            let pair = pairs.next()?;
            more += 2;
            let x = -NORMAL_INVERSE_R * log1p(-unit(pair[0]));
            let y = -log1p(-unit(pair[1]));
            if y + y > x * x {
                let x = NORMAL_R + x;
                return Some(Token { value: Some(if negative { -x } else { x }), more });
            }
        }
    }

    fn survey(level: Level, words: &[u64], survey: &mut Survey<f64>) {
        #[cfg(target_arch = "x86_64")]
        {
            let level = level.min(Level::of_machine());
            if level >= Level::Avx512 {
                // SAFETY: the machine has the instructions.
                return unsafe { super::avx512::survey::<true>(words, &LAYERS, survey) };
            }
            if level >= Level::Avx2 {
                // SAFETY: the machine has the instructions.
                return unsafe { super::avx2::survey::<true>(words, &LAYERS, survey) };
            }
        }
        let _ = level;
        portable::survey::<Self>(words, survey);
    }

    fn pack(level: Level, survey: &Survey<f64>, kept: &[u64], out: &mut [f64]) {
        super::pack_double(level, survey, kept, out);
    }
}
