//! Lanes of AVX2: a state is two vectors of 64-bit halves.

use std::arch::x86_64::*;

use super::portable::lanes;
use super::{Form, Lcg, Permutation, Room, Shape, output, stride};

/// Vectors of 4 lanes.
const VECTORS: usize = 2;
const LANES: usize = 4 * VECTORS;

/// The form of 4 raw values.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub(in crate::simd) fn shaped<S: Shape>(raw: __m256i) -> __m256i {
    match S::FORM {
        Form::Raw => raw,
        Form::F64 => _mm256_castpd_si256(_mm256_mul_pd(
            whole(_mm256_srli_epi64::<11>(raw)),
            _mm256_set1_pd(1.0 / 9_007_199_254_740_992.0),
        )),
        Form::F32 => {
            let whole = _mm256_cvtepi32_ps(_mm256_srli_epi32::<8>(raw));
            _mm256_castps_si256(_mm256_mul_ps(whole, _mm256_set1_ps(1.0 / 16_777_216.0)))
        }
    }
}

/// Numbers below 2^53 as `f64`.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub(in crate::simd) fn whole(bits: __m256i) -> __m256d {
    // The upper half behind 2^84, the lower behind 2^52: both are exact, and so is their sum.
    let high = _mm256_or_si256(
        _mm256_srli_epi64::<32>(bits),
        _mm256_castpd_si256(_mm256_set1_pd(19_342_813_113_834_066_795_298_816.0)),
    );
    let low = _mm256_blend_epi32::<0b1010_1010>(
        bits,
        _mm256_castpd_si256(_mm256_set1_pd(4_503_599_627_370_496.0)),
    );
    let high = _mm256_sub_pd(
        _mm256_castsi256_pd(high),
        _mm256_set1_pd(19_342_813_118_337_666_422_669_312.0),
    );
    _mm256_add_pd(high, _mm256_castsi256_pd(low))
}

/// A multiplier and an addend, 4 times each.
#[derive(Clone, Copy)]
struct Step {
    /// The multiplier's lower half, and that half shifted down by 32 bits.
    low: __m256i,
    middle: __m256i,
    /// Its halves with the 32-bit words exchanged.
    low_swapped: __m256i,
    high: __m256i,
    high_swapped: __m256i,
    addend: [__m256i; 2],
}

#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn broadcast(multiplier: u128, addend: u128) -> Step {
    let all = |bits: u64| _mm256_set1_epi64x(bits as i64);
    let (low, high) = (multiplier as u64, (multiplier >> 64) as u64);
    Step {
        low: all(low),
        middle: all(low >> 32),
        low_swapped: all(low.rotate_left(32)),
        high: all(high),
        high_swapped: all(high.rotate_left(32)),
        addend: [all(addend as u64), all((addend >> 64) as u64)],
    }
}

/// `state * multiplier + addend`.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn step([low, high]: [__m256i; 2], by: Step) -> [__m256i; 2] {
    let upper = _mm256_srli_epi64::<32>(low);
    let first = _mm256_mul_epu32(low, by.low);
    let second = _mm256_add_epi64(_mm256_mul_epu32(upper, by.low), _mm256_srli_epi64::<32>(first));
    let third = _mm256_add_epi64(
        _mm256_mul_epu32(low, by.middle),
        _mm256_blend_epi32::<0b1010_1010>(second, _mm256_setzero_si256()),
    );
    let mut above = _mm256_add_epi64(by.addend[1], _mm256_mul_epu32(upper, by.middle));
    above = _mm256_add_epi64(above, _mm256_srli_epi64::<32>(second));
    above = _mm256_add_epi64(above, _mm256_srli_epi64::<32>(third));
    // Of the products with an upper half 64 bits are wanted: all of low words, and the sum of the
    // crossed ones in the upper word.
    let crossed = _mm256_add_epi32(
        _mm256_mullo_epi32(high, by.low_swapped),
        _mm256_mullo_epi32(low, by.high_swapped),
    );
    let crossed = _mm256_add_epi32(crossed, _mm256_slli_epi64::<32>(crossed));
    let upper_word = _mm256_blend_epi32::<0b1010_1010>(_mm256_setzero_si256(), crossed);
    above = _mm256_add_epi64(above, _mm256_mul_epu32(high, by.low));
    above = _mm256_add_epi64(above, _mm256_mul_epu32(low, by.high));
    above = _mm256_add_epi64(above, upper_word);
    // The lower half of `first` below that of `third`.
    let product = _mm256_blend_epi32::<0b1010_1010>(first, _mm256_slli_epi64::<32>(third));
    let sum = _mm256_add_epi64(product, by.addend[0]);
    let sign = _mm256_set1_epi64x(i64::MIN);
    let carry = _mm256_cmpgt_epi64(_mm256_xor_si256(product, sign), _mm256_xor_si256(sum, sign));
    [sum, _mm256_sub_epi64(above, carry)]
}

/// The lower 64 bits of products.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn product(a: __m256i, b: __m256i) -> __m256i {
    let crossed = _mm256_mullo_epi32(a, _mm256_shuffle_epi32::<0b10_11_00_01>(b));
    let crossed = _mm256_add_epi32(crossed, _mm256_slli_epi64::<32>(crossed));
    let upper_word = _mm256_blend_epi32::<0b1010_1010>(_mm256_setzero_si256(), crossed);
    _mm256_add_epi64(_mm256_mul_epu32(a, b), upper_word)
}

/// The form of the raw values of 4 states.
#[inline]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
fn emit<P: Permutation, S: Shape>([low, high]: [__m256i; 2]) -> __m256i {
    let raw = if P::DXSM {
        let multiplier = _mm256_set1_epi64x(P::MULTIPLIER as u64 as i64);
        let high = _mm256_xor_si256(high, _mm256_srli_epi64::<32>(high));
        let high = product(high, multiplier);
        let high = _mm256_xor_si256(high, _mm256_srli_epi64::<48>(high));
        product(high, _mm256_or_si256(low, _mm256_set1_epi64x(1)))
    } else {
        let mixed = _mm256_xor_si256(high, low);
        let right = _mm256_srli_epi64::<58>(high);
        let left = _mm256_sub_epi64(_mm256_set1_epi64x(64), right);
        _mm256_or_si256(_mm256_srlv_epi64(mixed, right), _mm256_sllv_epi64(mixed, left))
    };
    shaped::<S>(raw)
}

/// See [`super::fill`].
///
/// # Safety
/// The machine has the instructions.
#[target_feature(enable = "avx2,fma,bmi1,bmi2,popcnt")]
pub(super) fn fill<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> u128 {
    let first = lanes::<P, LANES>(lcg);
    let mut states = [[_mm256_setzero_si256(); 2]; VECTORS];
    for (vector, state) in states.iter_mut().enumerate() {
        for (half, state) in state.iter_mut().enumerate() {
            let of = |lane: usize| (first[4 * vector + lane] >> (64 * half)) as u64 as i64;
            *state = _mm256_set_epi64x(of(3), of(2), of(1), of(0));
        }
    }

    let (multiplier, factor) = const { stride(P::MULTIPLIER, LANES as u32) };
    let by = broadcast(multiplier, lcg.increment.wrapping_mul(factor));
    let mut index = 0;
    let mut out = room.start;
    while index + LANES <= room.raws {
        for (vector, state) in states.iter_mut().enumerate() {
            let bits = emit::<P, S>(*state);
            *state = step(*state, by);
            // SAFETY: the lanes end at or before `raws`.
            unsafe { _mm256_storeu_si256(out.add(32 * vector).cast(), bits) };
        }
        // SAFETY: within the room or right behind it.
        out = unsafe { out.add(8 * LANES) };
        index += LANES;
    }

    let rest = room.raws - index;
    let mut left = [[0u64; LANES]; 2];
    for (vector, state) in states.iter().enumerate() {
        for (half, left) in left.iter_mut().enumerate() {
            // SAFETY: `left` has 4 for each vector.
            unsafe { _mm256_storeu_si256(left.as_mut_ptr().add(4 * vector).cast(), state[half]) };
        }
    }
    let lane = |lane: usize| u128::from(left[0][lane]) | u128::from(left[1][lane]) << 64;
    for offset in 0..rest {
        // SAFETY: `rest` are left before `raws`.
        unsafe { room.write(index + offset, super::shaped::<S>(output::<P>(lane(offset)))) };
    }
    lcg.before::<P>(lane(rest))
}
