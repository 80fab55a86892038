//! The standard exponential distribution.

use super::block::{Kept, Survey};
use super::{Candidate, Layers, Token, Usable, Ziggurat, below_exp};
use crate::decode::upper_bits;
use crate::libm::{exp, log1p};
use crate::ziggurat::EXPONENTIAL_R;
use crate::ziggurat::tables::{EXPONENTIAL_F, EXPONENTIAL_K, EXPONENTIAL_W};

static LAYERS: Layers = Layers::of(&EXPONENTIAL_K, &EXPONENTIAL_W);

/// In double precision.
pub(super) struct Double;

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
        let height = (EXPONENTIAL_F[layer - 1] - EXPONENTIAL_F[layer]) * upper_bits(next)
            + EXPONENTIAL_F[layer];
        below_exp(height, -value, || height < exp(-value))
    }

    fn tail(words: &[u64]) -> Option<Token<f64>> {
        let next = *words.get(1)?;
        Some(Token { value: Some(EXPONENTIAL_R - log1p(-upper_bits(next))), more: 1 })
    }

    fn survey(level: Usable, words: &[u64], survey: &mut Survey<f64>, place: *const f64) {
        super::survey_double::<Self, false>(level, words, &LAYERS, survey, place);
    }

    #[inline(always)]
    fn pack(level: Usable, survey: &Survey<f64>, kept: &Kept, out: &mut [f64]) {
        super::pack_double(level, survey, kept, out);
    }
}
