//! Lanes in ordinary registers: four chains of multiplications instead of one.

use super::{Lcg, Permutation, Room, Shape, output, shaped, stride};

const LANES: usize = 4;

/// Without lanes.
pub(super) fn one_by_one<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> u128 {
    let mut state = lcg.first::<P>();
    for index in 0..room.raws {
        // SAFETY: the loop ends before `raws`.
        unsafe { room.write(index, shaped::<S>(output::<P>(state))) };
        state = lcg.next::<P>(state);
    }
    lcg.before::<P>(state)
}

/// The lanes' first states.
#[inline(always)]
pub(super) fn lanes<P: Permutation, const N: usize>(lcg: Lcg) -> [u128; N] {
    let mut lanes = [lcg.first::<P>(); N];
    for lane in 1..N {
        lanes[lane] = lcg.next::<P>(lanes[lane - 1]);
    }
    lanes
}

#[inline(always)]
pub(super) fn fill<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> u128 {
    let (multiplier, factor) = const { stride(P::MULTIPLIER, LANES as u32) };
    let addend = lcg.increment.wrapping_mul(factor);
    let mut states = lanes::<P, LANES>(lcg);
    let mut index = 0;
    while index + LANES <= room.raws {
        for (lane, state) in states.iter_mut().enumerate() {
            // SAFETY: the lanes end at or before `raws`.
            unsafe { room.write(index + lane, shaped::<S>(output::<P>(*state))) };
            *state = state.wrapping_mul(multiplier).wrapping_add(addend);
        }
        index += LANES;
    }
    let rest = room.raws - index;
    for (lane, state) in states.iter().enumerate().take(rest) {
        // SAFETY: `rest` lanes are left before `raws`.
        unsafe { room.write(index + lane, shaped::<S>(output::<P>(*state))) };
    }
    lcg.before::<P>(states[rest])
}
