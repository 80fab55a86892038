//! Survey and packing by the instructions of every machine.

use super::Ziggurat;
use super::block::Survey;

#[inline(always)]
pub(super) fn survey<Z: Ziggurat>(words: &[Z::Word], survey: &mut Survey<Z::Value>) {
    for ((words, values), certain) in
        words.chunks(64).zip(survey.values.chunks_mut(64)).zip(&mut survey.certain)
    {
        let mut bits = 0;
        for (bit, (&word, value)) in words.iter().zip(values).enumerate() {
            let candidate = Z::candidate(word);
            value.write(candidate.value);
            bits |= u64::from(candidate.certain) << bit;
        }
        *certain = bits;
    }
}

/// Copies the runs of values between those that are left out.
#[inline(always)]
pub(super) fn pack<V: Copy>(survey: &Survey<V>, kept: &[u64], out: &mut [V]) {
    let mut written = 0;
    for (index, &word) in kept.iter().enumerate() {
        let (mut bits, mut from) = (word, 64 * index);
        while bits != 0 {
            let skipped = bits.trailing_zeros();
            bits >>= skipped;
            from += skipped as usize;
            let run = bits.trailing_ones() as usize;
            let values = &survey.values[from..from + run];
            // SAFETY: what is kept was surveyed, and so written.
            let values = unsafe { &*(std::ptr::from_ref(values) as *const [V]) };
            out[written..written + run].copy_from_slice(values);
            bits = bits.checked_shr(run as u32).unwrap_or(0);
            from += run;
            written += run;
        }
    }
}
