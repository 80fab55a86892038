//! The state of NumPy's bit generators: in memory, where it is read and written in place, and as the
//! dictionary `bit_generator.state`.
//!
//! The memory's layout is private to NumPy, and has been the same from 1.24 on. Whether it still is
//! is checked against the dictionary once for each kind; if not, the dictionary is used.

use std::ffi::{c_int, c_void};

use corewise_rng::{BitGenerator, Half, Mt19937, Pcg64, Pcg64Dxsm, Philox, Sfc64};
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A bit generator that NumPy has too.
pub(super) trait Known: BitGenerator {
    /// Reads the state in memory.
    ///
    /// # Safety
    /// `state` is that of a `bitgen_t` of this kind, and nobody else uses it meanwhile.
    unsafe fn load(state: *const c_void) -> Self;

    /// Writes it.
    ///
    /// # Safety
    /// As for [`load`](Self::load).
    unsafe fn store(&self, state: *mut c_void);

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

impl RawHalf {
    /// As NumPy, which takes any `has_uint32` but 0 for 1 and leaves it where it takes nothing.
    fn set(&mut self, half: Half) {
        if Half::from(*self) != half {
            *self = half.into();
        }
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

/// An array of so many words.
fn read_words<T: Element + Copy, const N: usize>(words: &Bound<'_, PyAny>) -> PyResult<[T; N]> {
    let words = words.cast::<PyArray1<T>>()?.readonly();
    let words = words.as_slice().map_err(|error| PyValueError::new_err(error.to_string()))?;
    words.try_into().map_err(|_| PyValueError::new_err(format!("{} words, not {N}", words.len())))
}

fn words<'py, T: Element>(py: Python<'py>, words: &[T]) -> Bound<'py, PyArray1<T>> {
    PyArray1::from_slice(py, words)
}

fn write_half(half: Half, state: &Bound<'_, PyDict>) -> PyResult<()> {
    if read_half(state)? == half {
        return Ok(());
    }
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
            unsafe fn load(state: *const c_void) -> Self {
                // SAFETY: it is a `pcg64_state`.
                let raw = unsafe { &*state.cast::<RawPcg>() };
                // SAFETY: its numbers lie in the same object; not every allocator aligns that to 16.
                let [state, increment] = unsafe { raw.numbers.read_unaligned() };
                Self::from_state(state, increment, raw.half.into())
            }

            unsafe fn store(&self, state: *mut c_void) {
                let (number, increment) = self.state();
                // SAFETY: as above.
                let raw = unsafe { &mut *state.cast::<RawPcg>() };
                // SAFETY: as above.
                unsafe { raw.numbers.write_unaligned([number, increment]) };
                raw.half.set(self.half());
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

/// `philox_state`.
#[repr(C)]
struct RawPhilox {
    counter: *mut [u64; 4],
    key: *mut [u64; 2],
    buffer_pos: c_int,
    buffer: [u64; 4],
    half: RawHalf,
}

impl Known for Philox {
    unsafe fn load(state: *const c_void) -> Self {
        // SAFETY: it is a `philox_state`.
        let raw = unsafe { &*state.cast::<RawPhilox>() };
        // SAFETY: they lie in the same object.
        let (counter, key) = unsafe { (*raw.counter, *raw.key) };
        // What is no position says that the buffer is empty, as a large one does.
        let position = usize::try_from(raw.buffer_pos).unwrap_or(usize::MAX);
        Self::from_state(counter, key, raw.buffer, position, raw.half.into())
    }

    unsafe fn store(&self, state: *mut c_void) {
        let (buffer, position) = self.buffer();
        // SAFETY: it is a `philox_state`.
        let raw = unsafe { &mut *state.cast::<RawPhilox>() };
        // SAFETY: it lies in the same object. The key never changes.
        unsafe { *raw.counter = self.counter() };
        raw.buffer = buffer;
        raw.buffer_pos = c_int::try_from(position).unwrap_or(c_int::MAX);
        raw.half.set(self.half());
    }

    fn read(state: &Bound<'_, PyDict>) -> PyResult<Self> {
        let numbers = state.as_any().get_item("state")?;
        Ok(Self::from_state(
            read_words(&numbers.get_item("counter")?)?,
            read_words(&numbers.get_item("key")?)?,
            read_words(&state.as_any().get_item("buffer")?)?,
            state.as_any().get_item("buffer_pos")?.extract()?,
            read_half(state)?,
        ))
    }

    fn write(&self, state: &Bound<'_, PyDict>) -> PyResult<()> {
        let (buffer, position) = self.buffer();
        state
            .as_any()
            .get_item("state")?
            .set_item("counter", words(state.py(), &self.counter()))?;
        state.set_item("buffer", words(state.py(), &buffer))?;
        state.set_item("buffer_pos", position)?;
        write_half(self.half(), state)
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// `sfc64_state`.
#[repr(C)]
struct RawSfc {
    words: [u64; 4],
    half: RawHalf,
}

impl Known for Sfc64 {
    unsafe fn load(state: *const c_void) -> Self {
        // SAFETY: it is an `sfc64_state`.
        let raw = unsafe { &*state.cast::<RawSfc>() };
        Self::from_state(raw.words, raw.half.into())
    }

    unsafe fn store(&self, state: *mut c_void) {
        // SAFETY: as above.
        let raw = unsafe { &mut *state.cast::<RawSfc>() };
        raw.words = self.state();
        raw.half.set(self.half());
    }

    fn read(state: &Bound<'_, PyDict>) -> PyResult<Self> {
        let numbers = state.as_any().get_item("state")?.get_item("state")?;
        Ok(Self::from_state(read_words(&numbers)?, read_half(state)?))
    }

    fn write(&self, state: &Bound<'_, PyDict>) -> PyResult<()> {
        let numbers = state.as_any().get_item("state")?;
        numbers.set_item("state", words(state.py(), &self.state()))?;
        write_half(self.half(), state)
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

/// `mt19937_state`.
#[repr(C)]
struct RawMt {
    key: [u32; 624],
    pos: c_int,
}

impl Known for Mt19937 {
    unsafe fn load(state: *const c_void) -> Self {
        // SAFETY: it is an `mt19937_state`.
        let raw = unsafe { &*state.cast::<RawMt>() };
        Self::from_state(&raw.key, usize::try_from(raw.pos).unwrap_or(usize::MAX))
    }

    unsafe fn store(&self, state: *mut c_void) {
        let (key, position) = self.state();
        // SAFETY: as above.
        let raw = unsafe { &mut *state.cast::<RawMt>() };
        raw.key = *key;
        raw.pos = c_int::try_from(position).unwrap_or(c_int::MAX);
    }

    fn read(state: &Bound<'_, PyDict>) -> PyResult<Self> {
        let numbers = state.as_any().get_item("state")?;
        let key = read_words(&numbers.get_item("key")?)?;
        Ok(Self::from_state(&key, numbers.get_item("pos")?.extract()?))
    }

    fn write(&self, state: &Bound<'_, PyDict>) -> PyResult<()> {
        let (key, position) = self.state();
        let numbers = state.as_any().get_item("state")?;
        numbers.set_item("key", words(state.py(), key))?;
        numbers.set_item("pos", position)
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}
