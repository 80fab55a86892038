//! Survey and packing by NEON.

use std::arch::aarch64::*;

use super::Layers;
use super::block::Survey;
use super::single;
use crate::simd::fetch_to_write;

/// Surveys raw values for the normal distribution (`NORMAL`) or the exponential one.
#[target_feature(enable = "neon")]
pub(super) fn survey<const NORMAL: bool>(
    words: &[u64],
    layers: &Layers,
    survey: &mut Survey<f64>,
    place: *const f64,
) {
    let certain = survey.certain.as_mut_ptr().cast::<u8>();
    let values = survey.values.as_mut_ptr().cast::<f64>();
    let (groups, rest) = words.as_chunks::<8>();
    for (group, words) in groups.iter().enumerate() {
        fetch_to_write(place.wrapping_add(8 * group));
        // SAFETY: the survey has room for as many values as a block has words.
        unsafe { certain.add(group).write(eight::<NORMAL>(words, layers, values.add(8 * group))) };
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let group = groups.len();
        // SAFETY: as before; blocks are multiples of 8 words.
        unsafe { certain.add(group).write(eight::<NORMAL>(&last, layers, values.add(8 * group))) };
    }
}

/// What 8 raw values give, and which lie under the density for certain.
///
/// # Safety
/// There is room for 8 values.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn eight<const NORMAL: bool>(raws: &[u64; 8], layers: &Layers, out: *mut f64) -> u8 {
    let two = |first: usize| {
        // SAFETY: as for the caller.
        let certain = unsafe { two::<NORMAL>(raws.as_ptr().add(first), layers, out.add(first)) };
        vreinterpretq_u32_u64(certain)
    };
    let low = vreinterpretq_u16_u32(vuzp1q_u32(two(0), two(2)));
    let high = vreinterpretq_u16_u32(vuzp1q_u32(two(4), two(6)));
    // Each lane has a bit of its own: all together are their sum.
    vaddvq_u16(vandq_u16(vuzp1q_u16(low, high), bits())) as u8
}

/// Bit i in lane i.
#[inline]
#[target_feature(enable = "neon")]
fn bits() -> uint16x8_t {
    // SAFETY: there are 8 lanes.
    unsafe { vld1q_u16([1, 2, 4, 8, 16, 32, 64, 128].as_ptr()) }
}

/// What 2 raw values give, and for which all bits are set as they lie under the density for certain.
///
/// # Safety
/// There are 2 raw values, and room for as many values.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn two<const NORMAL: bool>(raws: *const u64, layers: &Layers, out: *mut f64) -> uint64x2_t {
    // The index is read as a number of its own: it need not come out of the vector then.
    let layer = |lane: usize| {
        // SAFETY: a layer's index has 8 bits, and 2 raw values there are.
        unsafe {
            let offset = if NORMAL {
                usize::from(raws.add(lane).cast::<u8>().read_volatile()) * 16
            } else {
                usize::from(raws.add(lane).cast::<u16>().read_volatile() & 0x7f8) * 2
            };
            vld1q_u64(layers.0.as_ptr().byte_add(offset).cast())
        }
    };
    let (first, second) = (layer(0), layer(1));
    let edges = vzip1q_u64(first, second);
    let widths = vreinterpretq_f64_u64(vzip2q_u64(first, second));

    // SAFETY: 2 raw values there are.
    let raw = unsafe { vld1q_u64(raws) };
    let magnitude = if NORMAL {
        vandq_u64(vshrq_n_u64::<9>(raw), vdupq_n_u64(0x000f_ffff_ffff_ffff))
    } else {
        vshrq_n_u64::<11>(raw)
    };
    let mut values = vmulq_f64(vcvtq_f64_u64(magnitude), widths);
    if NORMAL {
        let sign = vandq_u64(vshlq_n_u64::<55>(raw), vdupq_n_u64(1 << 63));
        values = vreinterpretq_f64_u64(vorrq_u64(vreinterpretq_u64_f64(values), sign));
    }
    // SAFETY: there is room for 2 values.
    unsafe { vst1q_f64(out, values) };
    vcltq_u64(magnitude, edges)
}

/// For each set of two lanes of 64 bits the order of bytes that brings those to the front.
static PAIRS: [[u8; 16]; 4] = orders::<2, 4>();

/// As [`PAIRS`], of four lanes of 32 bits.
static QUADS: [[u8; 16]; 16] = orders::<4, 16>();

/// The lanes in each set of four: NEON counts bits in its own registers alone, which is a long way.
static QUAD_COUNTS: [u8; 16] = {
    let mut counts = [0; 16];
    let mut set = 0;
    while set < 16 {
        counts[set] = set.count_ones() as u8;
        set += 1;
    }
    counts
};

/// The lanes in a set of two.
#[inline(always)]
fn pair_count(set: usize) -> usize {
    set - (set >> 1)
}

/// For each set of `LANES` lanes; behind those that are in it come zeros.
const fn orders<const LANES: usize, const SETS: usize>() -> [[u8; 16]; SETS] {
    let mut orders = [[u8::MAX; 16]; SETS];
    let bytes = 16 / LANES;
    let mut set = 0;
    while set < SETS {
        let (mut lane, mut packed) = (0, 0);
        while lane < LANES {
            if set >> lane & 1 == 1 {
                let mut byte = 0;
                while byte < bytes {
                    orders[set][packed * bytes + byte] = (lane * bytes + byte) as u8;
                    byte += 1;
                }
                packed += 1;
            }
            lane += 1;
        }
        set += 1;
    }
    orders
}

/// Groups of 8 bits up to the last one that has any set. Only such values are sure to have been
/// surveyed.
#[inline(always)]
fn groups(bits: u64) -> usize {
    (u64::BITS - bits.leading_zeros()).div_ceil(8) as usize
}

/// Packs what [`survey`] surveyed.
///
/// # Safety
/// There is room for 2 values more than are kept.
#[target_feature(enable = "neon")]
pub(super) unsafe fn pack(survey: &Survey<f64>, kept: &[u64], mut out: *mut f64) {
    for (index, &word) in kept.iter().enumerate() {
        let mut bits = word;
        for group in 0..groups(word) {
            for pair in 0..4 {
                let set = (bits >> (2 * pair) & 3) as usize;
                // SAFETY: one of these 8 values is kept, or a later one: so they all were surveyed;
                // the caller has room for them.
                unsafe {
                    let from = survey.values.as_ptr().add(64 * index + 8 * group + 2 * pair);
                    let order = vld1q_u8(PAIRS[set].as_ptr());
                    vst1q_u8(out.cast(), vqtbl1q_u8(vld1q_u8(from.cast()), order));
                    out = out.add(pair_count(set));
                }
            }
            bits >>= 8;
        }
    }
}

/// As [`survey`], in single precision.
#[target_feature(enable = "neon")]
pub(super) fn survey_single<const NORMAL: bool>(
    words: &[u32],
    layers: &single::Layers,
    survey: &mut Survey<f32>,
    place: *const f32,
) {
    let certain = survey.certain.as_mut_ptr().cast::<u16>();
    let values = survey.values.as_mut_ptr().cast::<f32>();
    let (groups, rest) = words.as_chunks::<16>();
    for (group, words) in groups.iter().enumerate() {
        fetch_to_write(place.wrapping_add(16 * group));
        // SAFETY: the survey has room for as many values as a block has words.
        unsafe {
            certain.add(group).write(sixteen::<NORMAL>(words, layers, values.add(16 * group)));
        }
    }
    if !rest.is_empty() {
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        let group = groups.len();
        // SAFETY: as before; blocks are multiples of 16 words.
        unsafe {
            certain.add(group).write(sixteen::<NORMAL>(&last, layers, values.add(16 * group)));
        }
    }
}

/// As [`eight`], in single precision.
///
/// # Safety
/// There is room for 16 values.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn sixteen<const NORMAL: bool>(
    halves: &[u32; 16],
    layers: &single::Layers,
    out: *mut f32,
) -> u16 {
    let four = |first: usize| {
        // SAFETY: as for the caller.
        let certain = unsafe { four::<NORMAL>(halves.as_ptr().add(first), layers, out.add(first)) };
        vreinterpretq_u16_u32(certain)
    };
    // As in `eight`.
    let low = vandq_u16(vuzp1q_u16(four(0), four(4)), bits());
    let high = vandq_u16(vuzp1q_u16(four(8), four(12)), vshlq_n_u16::<8>(bits()));
    vaddvq_u16(vorrq_u16(low, high))
}

/// As [`two`], in single precision.
///
/// # Safety
/// There are 4 halves, and room for as many values.
#[inline]
#[target_feature(enable = "neon")]
unsafe fn four<const NORMAL: bool>(
    halves: *const u32,
    layers: &single::Layers,
    out: *mut f32,
) -> uint32x4_t {
    let layer = |lane: usize| {
        // SAFETY: a layer's index has 8 bits, and 4 halves there are.
        unsafe {
            let half = halves.add(lane);
            let offset = if NORMAL {
                usize::from(half.cast::<u8>().read_volatile()) * 8
            } else {
                usize::from(half.cast::<u16>().read_volatile() & 0x1fe) * 4
            };
            vld1_u32(layers.0.as_ptr().byte_add(offset).cast())
        }
    };
    let front = vcombine_u32(layer(0), layer(1));
    let back = vcombine_u32(layer(2), layer(3));
    let edges = vuzp1q_u32(front, back);
    let widths = vreinterpretq_f32_u32(vuzp2q_u32(front, back));

    // SAFETY: 4 halves there are.
    let half = unsafe { vld1q_u32(halves) };
    let magnitude = vshrq_n_u32::<9>(half);
    let mut values = vmulq_f32(vcvtq_f32_u32(magnitude), widths);
    if NORMAL {
        let sign = vandq_u32(vshlq_n_u32::<23>(half), vdupq_n_u32(1 << 31));
        values = vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(values), sign));
    }
    // SAFETY: there is room for 4 values.
    unsafe { vst1q_f32(out, values) };
    vcltq_u32(magnitude, edges)
}

/// As [`pack`], in single precision.
///
/// # Safety
/// There is room for 4 values more than are kept.
#[target_feature(enable = "neon")]
pub(super) unsafe fn pack_single(survey: &Survey<f32>, kept: &[u64], mut out: *mut f32) {
    for (index, &word) in kept.iter().enumerate() {
        let mut bits = word;
        for group in 0..groups(word) {
            for quad in 0..2 {
                let set = (bits >> (4 * quad) & 15) as usize;
                // SAFETY: as in `pack`.
                unsafe {
                    let from = survey.values.as_ptr().add(64 * index + 8 * group + 4 * quad);
                    let order = vld1q_u8(QUADS[set].as_ptr());
                    vst1q_u8(out.cast(), vqtbl1q_u8(vld1q_u8(from.cast()), order));
                    out = out.add(usize::from(QUAD_COUNTS[set]));
                }
            }
            bits >>= 8;
        }
    }
}
