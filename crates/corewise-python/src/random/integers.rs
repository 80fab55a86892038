//! `integers` and `bytes`.

use corewise_rng::{Integer, Integers, MaskedIntegers};
use numpy::{Element, PyArrayDescr};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt};

use super::array::is_of;
use super::call::{Call, integer, set};
use super::fill::{array, fill};

/// `integers(low, high=None, size=None, dtype=np.int64, endpoint=False)`.
pub(super) fn integers<'py>(call: &Call<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some([low, high, size, dtype, endpoint]) = call.arguments()? else { return Ok(None) };
    // One integer takes NumPy most of its time to make an object of.
    let Some(size) = set(size.as_ref()) else { return Ok(None) };
    let range = range(low.as_ref(), high.as_ref(), endpoint.as_ref());
    let Some((low, high)) = range else { return Ok(None) };
    let Some(dtype) = dtype else { return fill_with::<i64>(call, low, high, size) };
    let Ok(dtype) = PyArrayDescr::new(call.py(), dtype) else { return Ok(None) };
    match () {
        () if is_of::<i64>(&dtype) => fill_with::<i64>(call, low, high, size),
        () if is_of::<i32>(&dtype) => fill_with::<i32>(call, low, high, size),
        () if is_of::<i16>(&dtype) => fill_with::<i16>(call, low, high, size),
        () if is_of::<i8>(&dtype) => fill_with::<i8>(call, low, high, size),
        () if is_of::<u64>(&dtype) => fill_with::<u64>(call, low, high, size),
        () if is_of::<u32>(&dtype) => fill_with::<u32>(call, low, high, size),
        () if is_of::<u16>(&dtype) => fill_with::<u16>(call, low, high, size),
        () if is_of::<u8>(&dtype) => fill_with::<u8>(call, low, high, size),
        () if is_of::<bool>(&dtype) => fill_with::<bool>(call, low, high, size),
        () => Ok(None),
    }
}

/// The lowest and the highest integer.
fn range(
    low: Option<&Bound<'_, PyAny>>,
    high: Option<&Bound<'_, PyAny>>,
    endpoint: Option<&Bound<'_, PyAny>>,
) -> Option<(i128, i128)> {
    let endpoint = match endpoint {
        Some(endpoint) => endpoint.cast_exact::<PyBool>().ok()?.is_true(),
        None => false,
    };
    let (low, high) = match set(high) {
        Some(high) => (integer(low?)?, integer(high)?),
        None => (0, integer(low?)?),
    };
    Some((low, high - i128::from(!endpoint)))
}

/// An integer type whose range a value may be outside.
trait Within: Integer + Element {
    fn within(value: i128) -> Option<Self>;
}

macro_rules! within {
    ($($kind:ty),*) => {$(
        impl Within for $kind {
            fn within(value: i128) -> Option<Self> {
                Self::try_from(value).ok()
            }
        }
    )*};
}
within!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Within for bool {
    fn within(value: i128) -> Option<Self> {
        matches!(value, 0 | 1).then_some(value == 1)
    }
}

fn fill_with<'py, T: Within>(
    call: &Call<'_, 'py>,
    low: i128,
    high: i128,
    size: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (Some(low), Some(high)) = (T::within(low), T::within(high)) else { return Ok(None) };
    match Integers::inclusive(low, high) {
        Some(distribution) => array(call, Some(size), None, &distribution),
        None => Ok(None),
    }
}

/// `RandomState.randint(low, high=None, size=None, dtype=int)`, of 64-bit integers.
pub(super) fn randint<'py>(call: &Call<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some([low, high, size, dtype]) = call.arguments()? else { return Ok(None) };
    let Some(size) = set(size.as_ref()) else { return Ok(None) };
    let Some((low, high)) = range(low.as_ref(), high.as_ref(), None) else { return Ok(None) };
    let dtype = dtype.unwrap_or_else(|| call.py().get_type::<PyInt>().into_any());
    let is_i64 = PyArrayDescr::new(call.py(), dtype).is_ok_and(|dtype| is_of::<i64>(&dtype));
    match (i64::within(low), i64::within(high)) {
        (Some(low), Some(high)) if is_i64 => match MaskedIntegers::inclusive(low, high) {
            Some(distribution) => array(call, Some(size), None, &distribution),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// `bytes(length)`: 32 bits for each four bytes, the lowest first.
pub(super) fn bytes<'py>(call: &Call<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some([Some(length)]) = call.arguments()? else { return Ok(None) };
    let length = length.cast_exact::<PyInt>().ok().and_then(|length| length.extract().ok());
    let (Some(length @ 1..), Some(stream)) = (length, call.stream()) else { return Ok(None) };
    let Some(distribution) = Integers::inclusive(0, u32::MAX) else { return Ok(None) };
    let length: usize = length;
    let bytes = PyBytes::new_with(call.py(), length, |bytes| {
        // SAFETY: four bytes of any value are a `u32`.
        let (before, words, _) = unsafe { bytes.align_to_mut::<u32>() };
        if before.is_empty() && words.len() * size_of::<u32>() == length {
            fill(call, stream.get(), words, &distribution)?;
            // As bytes lie in memory; elsewhere than on big-endian machines this does nothing.
            words.iter_mut().for_each(|word| *word = word.to_le());
            return Ok(());
        }
        let mut words = vec![0; length.div_ceil(size_of::<u32>())];
        fill(call, stream.get(), &mut words, &distribution)?;
        let drawn = words.iter().flat_map(|word| word.to_le_bytes());
        bytes.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
        Ok(())
    });
    // What there is no memory for is NumPy's to refuse.
    match bytes {
        Err(error) if error.is_instance_of::<pyo3::exceptions::PyMemoryError>(call.py()) => {
            Ok(None)
        }
        bytes => Ok(Some(bytes?.into_any())),
    }
}
