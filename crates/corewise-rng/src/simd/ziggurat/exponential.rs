//! The standard exponential distribution.

use super::block::Survey;
use super::normal::Layers;
use super::{Candidate, Level, Token, Ziggurat, below_exp, portable};
use crate::libm::{exp, log1p};
use crate::ziggurat::EXPONENTIAL_R;
use crate::ziggurat::tables::{EXPONENTIAL_F, EXPONENTIAL_K, EXPONENTIAL_W};

static LAYERS: Layers = layers();

const fn layers() -> Layers {
    let mut layers = [[0; 2]; 256];
    let mut layer = 0;
    while layer < 256 {
        layers[layer] = [EXPONENTIAL_K[layer], EXPONENTIAL_W[layer].to_bits()];
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
        let layer = (raw >> 3 & 0xff) as usize;
        let magnitude = raw >> 11;
        let value = magnitude as f64 * f64::from_bits(LAYERS.0[layer][1]);
        Candidate { layer, value, certain: magnitude < LAYERS.0[layer][0] }
    }

    #[inline(always)]
    fn under(layer: usize, value: f64, next: u64) -> bool {
        let height =
            (EXPONENTIAL_F[layer - 1] - EXPONENTIAL_F[layer]) * unit(next) + EXPONENTIAL_F[layer];
        below_exp(height, -value, || height < exp(-value))
    }

    fn tail(words: &[u64]) -> Option<Token<f64>> {
        let next = *words.get(1)?;
        Some(Token { value: Some(EXPONENTIAL_R - log1p(-unit(next))), more: 1 })
    }

    fn survey(level: Level, words: &[u64], survey: &mut Survey<f64>) {
        #[cfg(target_arch = "x86_64")]
        {
            let level = level.min(Level::of_machine());
            if level >= Level::Avx512 {
                // SAFETY: the machine has the instructions.
                return unsafe { super::avx512::survey::<false>(words, &LAYERS, survey) };
            }
            if level >= Level::Avx2 {
                // SAFETY: the machine has the instructions.
                return unsafe { super::avx2::survey::<false>(words, &LAYERS, survey) };
            }
        }
        let _ = level;
        portable::survey::<Self>(words, survey);
    }

    fn pack(level: Level, survey: &Survey<f64>, kept: &[u64], out: &mut [f64]) {
        super::pack_double(level, survey, kept, out);
    }
}
