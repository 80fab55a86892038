//! Philox: four values of the counter at a time, whose chains of multiplications do not wait for each
//! other.

use super::Level;
use crate::philox::{BLOCK, MULTIPLIERS, ROUNDS, WEYL};

/// Values of the counter at a time.
const LANES: usize = 4;
/// The raw values that they give.
pub(crate) const TOGETHER: usize = LANES * BLOCK;

/// Writes what [`LANES`] values of the counter give, in the form of [`super::pcg::Shape`].
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the halves of the product")]
fn blocks<T>(
    counters: [[u64; 4]; LANES],
    key: [u64; 2],
    form: impl Fn(u64) -> T,
    out: &mut [T; TOGETHER],
) {
    let ([mut k0, mut k1], mut lanes) = (key, counters);
    for _ in 0..ROUNDS {
        for lane in &mut lanes {
            let [x0, x1, x2, x3] = *lane;
            let first = u128::from(x0) * u128::from(MULTIPLIERS[0]);
            let second = u128::from(x2) * u128::from(MULTIPLIERS[1]);
            *lane = [
                (second >> 64) as u64 ^ x1 ^ k0,
                second as u64,
                (first >> 64) as u64 ^ x3 ^ k1,
                first as u64,
            ];
        }
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    for (out, raw) in out.iter_mut().zip(lanes.as_flattened()) {
        *out = form(*raw);
    }
}

#[inline(always)]
fn fill_inlined<T>(
    mut counter: impl FnMut() -> [u64; 4],
    key: [u64; 2],
    form: impl Fn(u64) -> T + Copy,
    out: &mut [[T; TOGETHER]],
) {
    for out in out {
        let counters = std::array::from_fn(|_| counter());
        blocks(counters, key, form, out);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn fill_avx2<T>(
    counter: impl FnMut() -> [u64; 4],
    key: [u64; 2],
    form: impl Fn(u64) -> T + Copy,
    out: &mut [[T; TOGETHER]],
) {
    fill_inlined(counter, key, form, out);
}

/// Fills `out` with what `form` makes of the raw values of the counter's values.
pub(crate) fn fill<T>(
    level: Level,
    counter: impl FnMut() -> [u64; 4],
    key: [u64; 2],
    form: impl Fn(u64) -> T + Copy,
    out: &mut [[T; TOGETHER]],
) {
    #[cfg(target_arch = "x86_64")]
    if level.min(Level::of_machine()) >= Level::Avx2 {
        // SAFETY: the machine has the instructions.
        return unsafe { fill_avx2(counter, key, form, out) };
    }
    let _ = level;
    fill_inlined(counter, key, form, out);
}
