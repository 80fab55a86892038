//! Lanes of AVX-512: a state is two vectors of 64-bit halves.

use std::arch::x86_64::*;

use super::portable::lanes;
use super::{Form, Lcg, Permutation, Room, Shape, stride};

/// Vectors of 8 lanes.
const VECTORS: usize = 4;
const LANES: usize = 8 * VECTORS;

/// The form of 8 raw values.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
pub(in crate::simd) fn shaped<S: Shape>(raw: __m512i) -> __m512i {
    match S::FORM {
        Form::Raw => raw,
        Form::F64 => {
            let whole = _mm512_cvtepu64_pd(_mm512_srli_epi64::<11>(raw));
            _mm512_castpd_si512(_mm512_mul_pd(whole, _mm512_set1_pd(1.0 / 9_007_199_254_740_992.0)))
        }
        Form::F32 => {
            let whole = _mm512_cvtepi32_ps(_mm512_srli_epi32::<8>(raw));
            _mm512_castps_si512(_mm512_mul_ps(whole, _mm512_set1_ps(1.0 / 16_777_216.0)))
        }
    }
}

/// A multiplier and an addend, 8 times each.
#[derive(Clone, Copy)]
struct Step {
    /// The multiplier's lower half, that half shifted down by 32 bits, and the upper half.
    low: __m512i,
    middle: __m512i,
    high: __m512i,
    addend: [__m512i; 2],
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
fn broadcast(multiplier: u128, addend: u128) -> Step {
    let all = |bits: u128| _mm512_set1_epi64(bits as u64 as i64);
    Step {
        low: all(multiplier),
        middle: all((multiplier as u64 >> 32).into()),
        high: all(multiplier >> 64),
        addend: [all(addend), all(addend >> 64)],
    }
}

/// `state * multiplier + addend`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
fn step([low, high]: [__m512i; 2], by: &Step) -> [__m512i; 2] {
    let upper = _mm512_srli_epi64::<32>(low);
    let first = _mm512_mul_epu32(low, by.low);
    let second = _mm512_add_epi64(_mm512_mul_epu32(upper, by.low), _mm512_srli_epi64::<32>(first));
    let third = _mm512_add_epi64(
        _mm512_mul_epu32(low, by.middle),
        _mm512_and_si512(second, _mm512_set1_epi64(0xffff_ffff)),
    );
    let mut above = _mm512_add_epi64(by.addend[1], _mm512_mul_epu32(upper, by.middle));
    above = _mm512_add_epi64(above, _mm512_srli_epi64::<32>(second));
    above = _mm512_add_epi64(above, _mm512_srli_epi64::<32>(third));
    above = _mm512_add_epi64(above, _mm512_mullo_epi64(high, by.low));
    above = _mm512_add_epi64(above, _mm512_mullo_epi64(low, by.high));
    // The lower half of `first` below that of `third`.
    let product = _mm512_mask_shuffle_epi32::<0b10_10_00_00>(first, 0xaaaa, third);
    let sum = _mm512_add_epi64(product, by.addend[0]);
    let carry = _mm512_cmplt_epu64_mask(sum, product);
    above = _mm512_mask_sub_epi64(above, carry, above, _mm512_set1_epi64(-1));
    [sum, above]
}

/// The form of the raw values of 8 states.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
pub(super) fn emit<P: Permutation, S: Shape>([low, high]: [__m512i; 2]) -> __m512i {
    let raw = if P::DXSM {
        let multiplier = _mm512_set1_epi64(P::MULTIPLIER as u64 as i64);
        let high = _mm512_xor_si512(high, _mm512_srli_epi64::<32>(high));
        let high = _mm512_mullo_epi64(high, multiplier);
        let high = _mm512_xor_si512(high, _mm512_srli_epi64::<48>(high));
        _mm512_mullo_epi64(high, _mm512_or_si512(low, _mm512_set1_epi64(1)))
    } else {
        _mm512_rorv_epi64(_mm512_xor_si512(high, low), _mm512_srli_epi64::<58>(high))
    };
    shaped::<S>(raw)
}

/// See [`super::fill`].
///
/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2")]
pub(super) fn fill<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> u128 {
    let first = lanes::<P, 8>(lcg);
    let gather = |shift: u32| {
        let of = |lane: usize| (first[lane] >> shift) as u64 as i64;
        _mm512_set_epi64(of(7), of(6), of(5), of(4), of(3), of(2), of(1), of(0))
    };
    let mut states = [[gather(0), gather(64)]; VECTORS];
    for vector in 1..VECTORS {
        let (multiplier, factor) = const { stride(P::MULTIPLIER, 8) };
        let by = broadcast(multiplier, lcg.increment.wrapping_mul(factor));
        states[vector] = step(states[vector - 1], &by);
    }

    let (multiplier, factor) = const { stride(P::MULTIPLIER, LANES as u32) };
    let by = broadcast(multiplier, lcg.increment.wrapping_mul(factor));
    let mut index = 0;
    let mut out = room.start;
    while index + LANES <= room.raws {
        for (vector, state) in states.iter_mut().enumerate() {
            let bits = emit::<P, S>(*state);
            *state = step(*state, &by);
            // SAFETY: the lanes end at or before `raws`.
            unsafe { _mm512_storeu_si512(out.add(64 * vector).cast(), bits) };
        }
        // SAFETY: within the room or right behind it.
        out = unsafe { out.add(8 * LANES) };
        index += LANES;
    }

    let rest = room.raws - index;
    let mut left = [[0u64; LANES]; 2];
    for (vector, state) in states.iter().enumerate() {
        let fits = rest.saturating_sub(8 * vector).min(8);
        let mask = ((1u32 << fits) - 1) as u8;
        // SAFETY: `fits` lanes of this vector are left before `raws`; `left` has 8 for each vector.
        unsafe {
            _mm512_mask_storeu_epi64(
                out.wrapping_add(64 * vector).cast(),
                mask,
                emit::<P, S>(*state),
            );
            for (half, left) in left.iter_mut().enumerate() {
                _mm512_storeu_si512(left.as_mut_ptr().add(8 * vector).cast(), state[half]);
            }
        }
    }
    lcg.before::<P>(u128::from(left[0][rest]) | u128::from(left[1][rest]) << 64)
}
