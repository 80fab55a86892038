//! Lanes of AVX-512 with IFMA: a state is three limbs of 52 bits.

use std::arch::x86_64::*;

use super::portable::lanes;
use super::{Lcg, Permutation, Room, Shape, stride};

/// Vectors of 8 lanes.
const VECTORS: usize = 4;
const LANES: usize = 8 * VECTORS;
const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

/// 8 states, or 8 times a constant. The lower two limbs may have bits above the 52nd, that the
/// products do not see: they were carried already.
#[derive(Clone, Copy)]
struct Limbs([__m512i; 3]);

const fn limbs(wide: u128) -> [u64; 3] {
    [wide as u64 & MASK, (wide >> BITS) as u64 & MASK, (wide >> (2 * BITS)) as u64]
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi2,bmi1,bmi2")]
fn broadcast(wide: u128) -> Limbs {
    // `map` would be called, and lead through memory.
    let [low, middle, high] = limbs(wide);
    Limbs([
        _mm512_set1_epi64(low as i64),
        _mm512_set1_epi64(middle as i64),
        _mm512_set1_epi64(high as i64),
    ])
}

/// `state * multiplier + addend`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi2,bmi1,bmi2")]
fn step(Limbs(a): Limbs, Limbs(b): Limbs, Limbs(c): Limbs) -> Limbs {
    let low = _mm512_madd52lo_epu64(c[0], a[0], b[0]);

    let mut middle = _mm512_madd52hi_epu64(c[1], a[0], b[0]);
    middle = _mm512_madd52lo_epu64(middle, a[0], b[1]);
    middle = _mm512_madd52lo_epu64(middle, a[1], b[0]);
    middle = _mm512_add_epi64(middle, _mm512_srli_epi64::<BITS>(low));

    let mut high = _mm512_madd52hi_epu64(c[2], a[0], b[1]);
    high = _mm512_madd52lo_epu64(high, a[0], b[2]);
    high = _mm512_madd52hi_epu64(high, a[1], b[0]);
    high = _mm512_madd52lo_epu64(high, a[1], b[1]);
    high = _mm512_madd52lo_epu64(high, a[2], b[0]);
    high = _mm512_add_epi64(high, _mm512_srli_epi64::<BITS>(middle));
    Limbs([low, middle, high])
}

/// The form of the raw values of 8 states.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi2,bmi1,bmi2")]
fn emit<P: Permutation, S: Shape>(Limbs(a): Limbs) -> __m512i {
    // The double shifts leave behind what was carried.
    let low = _mm512_shldi_epi64::<52>(a[1], _mm512_slli_epi64::<12>(a[0]));
    let high = _mm512_shldi_epi64::<40>(a[2], _mm512_slli_epi64::<12>(a[1]));
    super::avx512::emit::<P, S>([low, high])
}

/// See [`super::fill`].
///
/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512ifma,avx512vbmi2,bmi1,bmi2")]
pub(super) fn fill<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> u128 {
    let mut first = [[0u64; 8]; 3];
    for (lane, state) in lanes::<P, 8>(lcg).into_iter().enumerate() {
        let [low, middle, high] = limbs(state);
        first[0][lane] = low;
        first[1][lane] = middle;
        first[2][lane] = high;
    }
    // SAFETY: each has 8 numbers.
    let first = unsafe {
        Limbs([
            _mm512_loadu_si512(first[0].as_ptr().cast()),
            _mm512_loadu_si512(first[1].as_ptr().cast()),
            _mm512_loadu_si512(first[2].as_ptr().cast()),
        ])
    };
    let mut states = [first; VECTORS];
    for vector in 1..VECTORS {
        let (multiplier, factor) = const { stride(P::MULTIPLIER, 8) };
        let addend = broadcast(lcg.increment.wrapping_mul(factor));
        states[vector] = step(states[vector - 1], broadcast(multiplier), addend);
    }

    let (multiplier, factor) = const { stride(P::MULTIPLIER, LANES as u32) };
    let (multiplier, addend) =
        (broadcast(multiplier), broadcast(lcg.increment.wrapping_mul(factor)));
    let mut index = 0;
    let mut out = room.start;
    while index + LANES <= room.raws {
        for (vector, state) in states.iter_mut().enumerate() {
            let bits = emit::<P, S>(*state);
            *state = step(*state, multiplier, addend);
            // SAFETY: the lanes end at or before `raws`.
            unsafe { _mm512_storeu_si512(out.add(64 * vector).cast(), bits) };
        }
        // SAFETY: within the room or right behind it.
        out = unsafe { out.add(8 * LANES) };
        index += LANES;
    }

    let rest = room.raws - index;
    let mut left = [[0u64; LANES]; 3];
    for (vector, state) in states.iter().enumerate() {
        let fits = rest.saturating_sub(8 * vector).min(8);
        let mask = ((1u32 << fits) - 1) as u8;
        // SAFETY: `fits` lanes of this vector are left before `raws`; `left` has 8 for each vector.
        unsafe {
            // An empty mask costs a hundred times as much as no store.
            if mask != 0 {
                let bits = emit::<P, S>(*state);
                _mm512_mask_storeu_epi64(out.add(64 * vector).cast(), mask, bits);
            }
            for (limb, left) in left.iter_mut().enumerate() {
                _mm512_storeu_si512(left.as_mut_ptr().add(8 * vector).cast(), state.0[limb]);
            }
        }
    }
    let limb = |index: usize| u128::from(left[index][rest] & MASK);
    lcg.before::<P>(limb(0) | limb(1) << BITS | limb(2) << (2 * BITS))
}
