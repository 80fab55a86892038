//! MT19937: its words renewed and given out many at a time. The loops have no branch and no index that
//! wraps, so that the compiler makes vectors of them, as wide as the level allows.

use super::Level;
use crate::mt19937::{MIDDLE, WORDS, tempered, twist};

/// How far behind a word is the renewed one of which it is made, once there are renewed ones.
const STEP: usize = WORDS - MIDDLE;

#[inline(always)]
fn refill_inlined(words: &mut [u32; WORDS]) {
    for index in 0..STEP {
        words[index] = twist(words[index], words[index + 1], words[index + MIDDLE]);
    }
    // In steps no longer than the distance to the words that were renewed before.
    let mut from = STEP;
    while from < WORDS - 1 {
        let behind = (from + STEP).min(WORDS - 1);
        let (renewed, rest) = words.split_at_mut(from);
        let renewed = &renewed[from - STEP..];
        for index in 0..behind - from {
            rest[index] = twist(rest[index], rest[index + 1], renewed[index]);
        }
        from = behind;
    }
    words[WORDS - 1] = twist(words[WORDS - 1], words[0], words[MIDDLE - 1]);
}

#[inline(always)]
fn give_inlined<T>(words: &[u32], form: impl Fn(u32, u32) -> T, out: &mut [T]) {
    for (out, pair) in out.iter_mut().zip(words.as_chunks::<2>().0) {
        *out = form(tempered(pair[0]), tempered(pair[1]));
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{WORDS, give_inlined, refill_inlined};

    #[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
    pub(super) fn refill_avx2(words: &mut [u32; WORDS]) {
        refill_inlined(words);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    pub(super) fn refill_avx512(words: &mut [u32; WORDS]) {
        refill_inlined(words);
    }

    #[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
    pub(super) fn give_avx2<T>(words: &[u32], form: impl Fn(u32, u32) -> T, out: &mut [T]) {
        give_inlined(words, form, out);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
    pub(super) fn give_avx512<T>(words: &[u32], form: impl Fn(u32, u32) -> T, out: &mut [T]) {
        give_inlined(words, form, out);
    }
}

/// Renews all words.
pub(crate) fn refill(level: Level, words: &mut [u32; WORDS]) {
    #[cfg(target_arch = "x86_64")]
    {
        let level = level.usable();
        // SAFETY: the machine has the instructions.
        unsafe {
            if level >= Level::Avx512 {
                return wide::refill_avx512(words);
            }
            if level >= Level::Avx2 {
                return wide::refill_avx2(words);
            }
        }
    }
    let _ = level;
    refill_inlined(words);
}

/// Fills `out` with what `form` makes of pairs of words, tempered.
pub(crate) fn give<T>(level: Level, words: &[u32], form: impl Fn(u32, u32) -> T, out: &mut [T]) {
    #[cfg(target_arch = "x86_64")]
    {
        let level = level.usable();
        // SAFETY: the machine has the instructions.
        unsafe {
            if level >= Level::Avx512 {
                return wide::give_avx512(words, form, out);
            }
            if level >= Level::Avx2 {
                return wide::give_avx2(words, form, out);
            }
        }
    }
    let _ = level;
    give_inlined(words, form, out);
}
