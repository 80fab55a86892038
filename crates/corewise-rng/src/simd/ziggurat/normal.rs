//! The standard normal distribution.

use super::block::{Kept, Survey};
use super::{Candidate, Layers, Token, Usable, Ziggurat, below_exp};
use crate::decode::upper_bits;
use crate::libm::{exp, log1p};
use crate::ziggurat::tables::{NORMAL_F, NORMAL_K, NORMAL_W};
use crate::ziggurat::{NORMAL_INVERSE_R, NORMAL_R};

static LAYERS: Layers = Layers::of(&NORMAL_K, &NORMAL_W);

/// In double precision.
pub(super) struct Double;

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
        let height = (NORMAL_F[layer - 1] - NORMAL_F[layer]) * upper_bits(next) + NORMAL_F[layer];
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
            let x = -NORMAL_INVERSE_R * log1p(-upper_bits(pair[0]));
            let y = -log1p(-upper_bits(pair[1]));
            if y + y > x * x {
                let x = NORMAL_R + x;
                return Some(Token { value: Some(if negative { -x } else { x }), more });
            }
        }
    }

    fn survey(level: Usable, words: &[u64], survey: &mut Survey<f64>, place: *const f64) {
        super::survey_double::<Self, true>(level, words, &LAYERS, survey, place);
    }

    #[inline(always)]
    fn pack(level: Usable, survey: &Survey<f64>, kept: &Kept, out: &mut [f64]) {
        super::pack_double(level, survey, kept, out);
    }
}
