//! A bit generator of any kind that skips.
//!
//! The code that fills an array is made for each kind of bit generator and each distribution. Where
//! the distribution takes most of the time, this stands for all kinds that skip: the extension module
//! is smaller by a third.

use corewise_rng::{BitGenerator, Half, Pcg64, Pcg64Dxsm, Philox, Source};

/// One of them; all make numbers in [0, 1) of raw values in the same way.
#[derive(Clone)]
pub(super) enum Skipping {
    Pcg64(Pcg64),
    Pcg64Dxsm(Pcg64Dxsm),
    Philox(Philox),
}

macro_rules! each {
    ($this:ident, $inner:ident => $what:expr) => {
        match $this {
            Self::Pcg64($inner) => $what,
            Self::Pcg64Dxsm($inner) => $what,
            Self::Philox($inner) => $what,
        }
    };
}

impl Source for Skipping {
    #[inline]
    fn next_u64(&mut self) -> u64 {
        each!(self, inner => inner.next_u64())
    }

    #[inline]
    fn next_u32(&mut self) -> u32 {
        each!(self, inner => inner.next_u32())
    }

    #[inline]
    fn next_f64(&mut self) -> f64 {
        each!(self, inner => inner.next_f64())
    }
}

impl BitGenerator for Skipping {
    const SKIPS: bool = Pcg64::SKIPS && Pcg64Dxsm::SKIPS && Philox::SKIPS;

    fn skip(&mut self, raws: u128) {
        each!(self, inner => inner.skip(raws));
    }

    fn half(&self) -> Half {
        each!(self, inner => inner.half())
    }

    fn set_half(&mut self, half: Half) {
        each!(self, inner => inner.set_half(half));
    }

    fn fill_u64(&mut self, raws: &mut [u64]) {
        each!(self, inner => inner.fill_u64(raws));
    }

    fn fill_f64(&mut self, values: &mut [f64]) {
        each!(self, inner => inner.fill_f64(values));
    }

    fn fill_u32(&mut self, values: &mut [u32]) {
        each!(self, inner => inner.fill_u32(values));
    }

    fn fill_f32(&mut self, values: &mut [f32]) {
        each!(self, inner => inner.fill_f32(values));
    }
}
