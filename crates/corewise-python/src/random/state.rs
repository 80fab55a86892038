//! The state of NumPy's bit generators: in memory, where it is read and written in place, and as the
//! dictionary `bit_generator.state`.
//!
//! The memory's layout is private to NumPy, and has been the same from 1.24 on. Whether it still is
//! is checked against the dictionary once for each kind; if not, the dictionary is used.

use std::ffi::c_int;

use corewise_rng::{BitGenerator, Half, Pcg64, Pcg64Dxsm};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A bit generator that NumPy has too.
pub(super) trait Known: BitGenerator {
    /// Reads the state in memory.
    ///
    /// # Safety
    /// `state` is that of a `bitgen_t` of this kind, and nobody else uses it meanwhile.
    unsafe fn load(state: *const u8) -> Self;

    /// Writes it.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn store(&self, state: *mut u8);

    /// Reads the dictionary.
    fn read(state: &Bound<'_, PyDict>) -> PyResult<Self>;

    /// Writes into a dictionary that was read before.
    fn write(&self, state: &Bound<'_, PyDict>) -> PyResult<()>;

    /// Whether all of the state is the same.
    fn is_same(&self, other: &Self) -> bool;
}

/// `has_uint32` and `uinteger`, side by side in every state.
#[repr(C)]
#[derive(Clone, Copy)]
struct RawHalf {
    has_uint32: c_int,
    uinteger: u32,
}

impl From<RawHalf> for Half {
    fn from(raw: RawHalf) -> Self {
        Self { waits: raw.has_uint32 != 0, value: raw.uinteger }
    }
}

impl From<Half> for RawHalf {
    fn from(half: Half) -> Self {
        Self { has_uint32: half.waits.into(), uinteger: half.value }
    }
}

fn read_half(state: &Bound<'_, PyDict>) -> PyResult<Half> {
    let waits: i64 = state.as_any().get_item("has_uint32")?.extract()?;
    Ok(Half { waits: waits != 0, value: state.as_any().get_item("uinteger")?.extract()? })
}

fn write_half(half: Half, state: &Bound<'_, PyDict>) -> PyResult<()> {
    state.set_item("has_uint32", i32::from(half.waits))?;
    state.set_item("uinteger", half.value)
}

/// `pcg64_state`.
#[repr(C)]
struct RawPcg {
    /// State and increment.
    numbers: *mut [u128; 2],
    half: RawHalf,
}

macro_rules! pcg {
    ($kind:ty) => {
        impl Known for $kind {
            unsafe fn load(state: *const u8) -> Self {
                // SAFETY: it is a `pcg64_state`.
                let raw = unsafe { &*state.cast::<RawPcg>() };
                // SAFETY: its numbers lie in the same object; not every allocator aligns that to 16.
                let [state, increment] = unsafe { raw.numbers.read_unaligned() };
                Self::from_state(state, increment, raw.half.into())
            }

            unsafe fn store(&self, state: *mut u8) {
                let (number, increment) = self.state();
                // SAFETY: as above.
                let raw = unsafe { &mut *state.cast::<RawPcg>() };
                // SAFETY: as above.
                unsafe { raw.numbers.write_unaligned([number, increment]) };
                raw.half = self.half().into();
            }

            fn read(state: &Bound<'_, PyDict>) -> PyResult<Self> {
                let numbers = state.as_any().get_item("state")?;
                let number = numbers.get_item("state")?.extract()?;
                let increment = numbers.get_item("inc")?.extract()?;
                Ok(Self::from_state(number, increment, read_half(state)?))
            }

            fn write(&self, state: &Bound<'_, PyDict>) -> PyResult<()> {
                let (number, increment) = self.state();
                let numbers = state.as_any().get_item("state")?;
                numbers.set_item("state", number)?;
                numbers.set_item("inc", increment)?;
                write_half(self.half(), state)
            }

            fn is_same(&self, other: &Self) -> bool {
                (self.state(), self.half()) == (other.state(), other.half())
            }
        }
    };
}

pcg!(Pcg64);
pcg!(Pcg64Dxsm);
