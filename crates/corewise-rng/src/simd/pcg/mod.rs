//! PCG64 and PCG64DXSM in lanes: lane i of L holds every L-th state, and steps by L states at once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(in crate::simd) use avx2::whole as whole_avx2;
#[cfg(target_arch = "x86_64")]
pub(in crate::simd) use avx512::shaped as shaped_avx512;

use super::Level;
use crate::decode::{upper_bits, upper_bits_32};

/// What becomes of a raw value; each takes 8 bytes in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Itself, or its lower and upper half.
    Raw,
    /// A number in [0, 1) of its upper 53 bits.
    F64,
    /// A number in [0, 1) of the upper 24 bits of each half.
    F32,
}

/// [`Form`] as a parameter of types.
pub(crate) trait Shape {
    const FORM: Form;
}

pub(crate) struct Raw;
pub(crate) struct F64;
pub(crate) struct F32;

impl Shape for Raw {
    const FORM: Form = Form::Raw;
}

impl Shape for F64 {
    const FORM: Form = Form::F64;
}

impl Shape for F32 {
    const FORM: Form = Form::F32;
}

/// What tells the members of the family apart, for the kernels.
pub(crate) trait Permutation {
    /// Of the state's step.
    const MULTIPLIER: u128;
    /// Its inverse, modulo 2^128.
    const INVERSE: u128 = inverse(Self::MULTIPLIER);
    /// Whether it is DXSM of the state before the step, or XSL-RR of the state after it.
    const DXSM: bool;
}

/// The inverse of an odd number modulo 2^128, by Newton's method.
const fn inverse(odd: u128) -> u128 {
    let mut found = odd;
    let mut round = 0;
    while round < 7 {
        found = found.wrapping_mul(2u128.wrapping_sub(odd.wrapping_mul(found)));
        round += 1;
    }
    found
}

/// The multiplier of this many steps, and the factor that makes the increment their addend.
pub(crate) const fn stride(multiplier: u128, steps: u32) -> (u128, u128) {
    let (mut product, mut sum) = (1u128, 0u128);
    let mut step = 0;
    while step < steps {
        sum = sum.wrapping_mul(multiplier).wrapping_add(1);
        product = product.wrapping_mul(multiplier);
        step += 1;
    }
    (product, sum)
}

/// State and increment of a generator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lcg {
    pub state: u128,
    pub increment: u128,
}

impl Lcg {
    /// The state of which the next raw value is made.
    fn first<P: Permutation>(self) -> u128 {
        if P::DXSM { self.state } else { self.next::<P>(self.state) }
    }

    /// The generator's state, of that of which the next raw value is made.
    fn before<P: Permutation>(self, first: u128) -> u128 {
        if P::DXSM { first } else { first.wrapping_sub(self.increment).wrapping_mul(P::INVERSE) }
    }

    fn next<P: Permutation>(self, state: u128) -> u128 {
        state.wrapping_mul(P::MULTIPLIER).wrapping_add(self.increment)
    }
}

/// The raw value that is made of this state.
#[inline(always)]
fn output<P: Permutation>(state: u128) -> u64 {
    let (mut high, low) = ((state >> 64) as u64, state as u64);
    if P::DXSM {
        high ^= high >> 32;
        high = high.wrapping_mul(P::MULTIPLIER as u64);
        high ^= high >> 48;
        high.wrapping_mul(low | 1)
    } else {
        (high ^ low).rotate_right((high >> 58) as u32)
    }
}

/// The 8 bytes that a raw value becomes.
#[inline(always)]
pub(in crate::simd) fn shaped<S: Shape>(raw: u64) -> u64 {
    match S::FORM {
        Form::Raw => raw,
        Form::F64 => upper_bits(raw).to_bits(),
        Form::F32 => {
            let (low, high) = (upper_bits_32(raw as u32), upper_bits_32((raw >> 32) as u32));
            u64::from(low.to_bits()) | u64::from(high.to_bits()) << 32
        }
    }
}

/// Memory for raw values in one of their forms, 8 bytes each, at any address.
#[derive(Clone, Copy)]
struct Room {
    start: *mut u8,
    raws: usize,
}

impl Room {
    /// Writes the form of raw value `index`.
    ///
    /// # Safety
    /// `index` is below `raws`.
    #[inline(always)]
    unsafe fn write(self, index: usize, bits: u64) {
        // SAFETY: the room has 8 bytes for each index below `raws`.
        unsafe { self.start.cast::<u64>().add(index).write_unaligned(bits) };
    }
}

/// Below this many raw values lanes do not pay.
const FEW: usize = 24;

/// Fills memory with as many raw values as fit, in the form `S`, and gives the state behind them.
fn fill<P: Permutation, S: Shape>(level: Level, lcg: Lcg, room: Room) -> u128 {
    if room.raws < FEW {
        return portable::one_by_one::<P, S>(lcg, room);
    }
    #[cfg(target_arch = "x86_64")]
    {
        let level = level.usable();
        let (lcg, room) =
            if level >= Level::Avx512 { aligned::<P, S>(lcg, room) } else { (lcg, room) };
        // SAFETY: the machine has the instructions of `level`.
        unsafe {
            match level {
                Level::Ifma => return ifma::fill::<P, S>(lcg, room),
                Level::Avx512 => return avx512::fill::<P, S>(lcg, room),
                Level::Avx2 => return avx2::fill::<P, S>(lcg, room),
                Level::Scalar | Level::Neon => {}
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = level;
    // One multiplication by a short multiplier is no chain to be cut.
    if P::DXSM {
        return portable::one_by_one::<P, S>(lcg, room);
    }
    portable::fill::<P, S>(lcg, room)
}

/// Fills a room up to where a line of the cache begins, if it is a large one: vectors that lie across
/// two lines take twice as long to write. What is left of both.
#[cfg(target_arch = "x86_64")]
fn aligned<P: Permutation, S: Shape>(lcg: Lcg, room: Room) -> (Lcg, Room) {
    const LARGE: usize = 256;
    let before = room.start.align_offset(64);
    if room.raws < LARGE || !before.is_multiple_of(8) {
        return (lcg, room);
    }
    let raws = before / 8;
    let state = portable::one_by_one::<P, S>(lcg, Room { raws, ..room });
    let start = room.start.wrapping_add(before);
    (Lcg { state, ..lcg }, Room { start, raws: room.raws - raws })
}

/// Raw values.
pub(crate) fn fill_u64<P: Permutation>(level: Level, lcg: Lcg, raws: &mut [u64]) -> u128 {
    let room = Room { start: raws.as_mut_ptr().cast(), raws: raws.len() };
    fill::<P, Raw>(level, lcg, room)
}

/// Numbers in [0, 1).
pub(crate) fn fill_f64<P: Permutation>(level: Level, lcg: Lcg, values: &mut [f64]) -> u128 {
    let room = Room { start: values.as_mut_ptr().cast(), raws: values.len() };
    fill::<P, F64>(level, lcg, room)
}

/// The halves of raw values, the lower first; an even number of them.
pub(crate) fn fill_u32<P: Permutation>(level: Level, lcg: Lcg, halves: &mut [u32]) -> u128 {
    let room = Room { start: halves.as_mut_ptr().cast(), raws: halves.len() / 2 };
    fill::<P, Raw>(level, lcg, room)
}

/// Numbers in [0, 1) of the halves of raw values; an even number of them.
pub(crate) fn fill_f32<P: Permutation>(level: Level, lcg: Lcg, values: &mut [f32]) -> u128 {
    let room = Room { start: values.as_mut_ptr().cast(), raws: values.len() / 2 };
    fill::<P, F32>(level, lcg, room)
}
