//! `integers` and `bytes`.

use corewise_rng::{Distribution, Integer, Integers, MaskedIntegers, NumPy};
use numpy::{Element, PyArrayDescr};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyString, PyType};

use super::array::{Target, is_of, scalar};
use super::call::{Call, Size, integer, set};
use super::fill::{array, fill_told, single};
use super::legacy;
use super::parameters::{Given, numpy};

/// `integers(low, high=None, size=None, dtype=np.int64, endpoint=False)`.
pub(super) fn integers<'py>(call: &Call<'_, 'py>) -> Given<'py> {
    let Some([low, high, size, dtype, endpoint]) = call.arguments()? else { return Ok(None) };
    let range = range(low.as_ref(), high.as_ref(), endpoint.as_ref());
    let Some(range) = range else { return Ok(None) };
    match dtype {
        None => whole::<i64>(call, range, size.as_ref(), Form::NumPy),
        Some(dtype) => of_type::<false>(call, range, size.as_ref(), &dtype),
    }
}

/// `RandomState.randint(low, high=None, size=None, dtype=int)`.
pub(super) fn randint<'py>(call: &Call<'_, 'py>) -> Given<'py> {
    let Some([low, high, size, dtype]) = call.arguments()? else { return Ok(None) };
    let Some(range) = range(low.as_ref(), high.as_ref(), None) else { return Ok(None) };
    let dtype = dtype.unwrap_or_else(|| call.py().get_type::<PyInt>().into_any());
    of_type::<true>(call, range, size.as_ref(), &dtype)
}

/// From this one on a `dtype` is known to give a scalar of NumPy's.
const NEWER: NumPy = NumPy(2, 4);

/// What one integer is given as.
#[derive(Clone, Copy)]
enum Form {
    /// A scalar of NumPy's.
    NumPy,
    /// An `int` or a `bool`.
    Python,
}

impl Form {
    /// Nothing where versions of NumPy differ.
    fn of(dtype: &Bound<'_, PyAny>) -> Option<Self> {
        let py = dtype.py();
        if dtype.is(py.get_type::<PyInt>()) || dtype.is(py.get_type::<PyBool>()) {
            return Some(Self::Python);
        }
        if dtype.is_instance_of::<PyType>() || dtype.is_exact_instance_of::<PyString>() {
            return Some(Self::NumPy);
        }
        // Older ones took a `dtype` that is equal to `int` for it.
        let scalar = dtype.cast::<PyArrayDescr>().is_ok() && numpy(py) >= NEWER;
        scalar.then_some(Self::NumPy)
    }
}

/// Integers of a type: with `LEGACY` as `randint` draws them.
fn of_type<'py, const LEGACY: bool>(
    call: &Call<'_, 'py>,
    range: (i128, i128),
    size: Option<&Bound<'py, PyAny>>,
    dtype: &Bound<'py, PyAny>,
) -> Given<'py> {
    macro_rules! first_of {
        ($descriptor:ident, $form:ident: $($kind:ty)*) => {
            match () {
                $(() if is_of::<$kind>(&$descriptor) => match LEGACY {
                    true => masked::<$kind>(call, range, size, $form),
                    false => whole::<$kind>(call, range, size, $form),
                },)*
                () => Ok(None),
            }
        };
    }
    let form = match (set(size), Form::of(dtype)) {
        (_, Some(form)) => form,
        (Some(_), None) => Form::NumPy,
        (None, None) => return Ok(None),
    };
    let Ok(descriptor) = PyArrayDescr::new(call.py(), dtype) else { return Ok(None) };
    first_of!(descriptor, form: i64 i32 i16 i8 u64 u32 u16 u8 bool)
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
trait Within: Integer + Element + for<'py> IntoPyObject<'py> {
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

/// As `Generator.integers` draws them.
fn whole<'py, T: Within>(
    call: &Call<'_, 'py>,
    (low, high): (i128, i128),
    size: Option<&Bound<'py, PyAny>>,
    form: Form,
) -> Given<'py>
where
    Integers<T>: Distribution<Value = T>,
{
    let (Some(low), Some(high)) = (T::within(low), T::within(high)) else { return Ok(None) };
    let Some(distribution) = Integers::inclusive(low, high) else { return Ok(None) };
    match set(size) {
        Some(size) => array(call, Some(size), None, &distribution),
        None => one(call, &distribution, form),
    }
}

/// As `RandomState.randint` draws them.
fn masked<'py, T: Within>(
    call: &Call<'_, 'py>,
    (low, high): (i128, i128),
    size: Option<&Bound<'py, PyAny>>,
    form: Form,
) -> Given<'py> {
    let (Some(low), Some(high)) = (T::within(low), T::within(high)) else { return Ok(None) };
    let Some(distribution) = MaskedIntegers::inclusive(low, high) else { return Ok(None) };
    let Some(size) = set(size) else { return one(call, &distribution, form) };
    let (Some(stream), Some(size)) = (call.stream(), Size::of(Some(size))) else {
        return Ok(None);
    };
    let Some(mut target) = Target::<T>::new(call.py(), &size) else { return Ok(None) };
    legacy::fill(call, stream.get(), target.values(), &distribution)?;
    Ok(Some(target.array))
}

/// One integer.
fn one<'py, T: Within>(
    call: &Call<'_, 'py>,
    distribution: &impl Distribution<Value = T>,
    form: Form,
) -> Given<'py> {
    let py = call.py();
    let Some(value) = single(call, distribution)? else { return Ok(None) };
    match form {
        Form::NumPy => scalar(py, value).map(Some),
        Form::Python => value.into_bound_py_any(py).map(Some),
    }
}

/// `bytes(length)`: 32 bits for each four bytes, the lowest first.
pub(super) fn bytes<'py>(call: &Call<'_, 'py>) -> Given<'py> {
    let Some([Some(length)]) = call.arguments()? else { return Ok(None) };
    let length = length.cast_exact::<PyInt>().ok().and_then(|length| length.extract().ok());
    let (Some(length @ 1..), Some(stream)) = (length, call.stream()) else { return Ok(None) };
    let Some(distribution) = Integers::inclusive(0, u32::MAX) else { return Ok(None) };
    let length: usize = length;
    // Of what fits no whole words NumPy's takes less memory.
    let mut rest: Vec<u32> = Vec::new();
    let fits = length.is_multiple_of(size_of::<u32>());
    if !fits && rest.try_reserve_exact(length.div_ceil(size_of::<u32>())).is_err() {
        return Ok(None);
    }
    let told = (size_of::<u32>(), length);
    let mut filled = false;
    let bytes = PyBytes::new_with(call.py(), length, |bytes| {
        filled = true;
        // SAFETY: four bytes of any value are a `u32`.
        let (before, words, _) = unsafe { bytes.align_to_mut::<u32>() };
        if before.is_empty() && size_of_val(words) == length {
            fill_told(call, stream.get(), words, &distribution, told)?;
            // As bytes lie in memory; elsewhere than on big-endian machines this does nothing.
            for word in words {
                *word = word.to_le();
            }
            return Ok(());
        }
        rest.resize(length.div_ceil(size_of::<u32>()), 0);
        fill_told(call, stream.get(), rest.as_mut_slice(), &distribution, told)?;
        let drawn = rest.iter().flat_map(|word| word.to_le_bytes());
        bytes.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
        Ok(())
    });
    // What there is no memory for is NumPy's to refuse.
    match bytes {
        Err(_) if !filled => Ok(None),
        bytes => Ok(Some(bytes?.into_any())),
    }
}
