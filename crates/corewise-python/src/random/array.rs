//! Arrays that are filled.

use std::ffi::c_int;
use std::ptr;

use numpy::npyffi::{self, NPY_ARRAY_CARRAY, PY_ARRAY_API};
use numpy::{Element, PyArrayDescr, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods};
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyFloat;

use super::call::{Size, set};

/// An array of values that can be written in one go.
pub(super) struct Target<'py, T> {
    pub(super) array: Bound<'py, PyAny>,
    begin: *mut T,
    len: usize,
}

impl<'py, T: Element> Target<'py, T> {
    /// A new array. Nothing if NumPy cannot make one: it says why when it is asked itself.
    pub(super) fn new(py: Python<'py>, size: &Size) -> Option<Self> {
        let dimensions = size.dimensions();
        // NumPy counts bytes, and dimensions of 0 do not excuse others that are too large.
        let elements = dimensions.iter().map(|&length| length.max(1));
        let bytes = elements.clone().try_fold(size_of::<T>(), usize::checked_mul)?;
        let count = c_int::try_from(dimensions.len()).ok().filter(|count| *count <= 32)?;
        if isize::try_from(bytes).is_err() {
            return None;
        }
        // SAFETY: as many lengths as are said, which NumPy only reads; it owns what it makes.
        let array = unsafe {
            let made = PY_ARRAY_API.PyArray_NewFromDescr(
                py,
                npyffi::get_type_object(py, npyffi::NpyTypes::PyArray_Type),
                T::get_dtype(py).into_dtype_ptr(),
                count,
                dimensions.as_ptr().cast_mut().cast(),
                ptr::null_mut(),
                ptr::null_mut(),
                0,
                ptr::null_mut(),
            );
            Bound::from_owned_ptr_or_opt(py, made)
        };
        let Some(array) = array else {
            drop(PyErr::take(py));
            return None;
        };
        Some(Self::whole(array, dimensions.iter().product()))
    }

    /// The array that a caller passed as `out`, if it is one that fits as it is.
    pub(super) fn given(out: &Bound<'py, PyAny>, size: &Size) -> Option<Self> {
        let array = out.cast::<PyUntypedArray>().ok()?;
        // SAFETY: it is an array.
        let flags = unsafe { (*array.as_array_ptr()).fields.flags };
        if flags & NPY_ARRAY_CARRAY != NPY_ARRAY_CARRAY || !is_of::<T>(&array.dtype()) {
            return None;
        }
        if !matches!(size, Size::One) && size.dimensions() != array.shape() {
            return None;
        }
        Some(Self::whole(out.clone(), array.len()))
    }

    fn whole(array: Bound<'py, PyAny>, len: usize) -> Self {
        // SAFETY: it is an array of this type.
        let begin = unsafe { array.cast_unchecked::<PyArrayDyn<T>>() }.data();
        Self { array, begin, len }
    }

    /// Its values, for as long as nobody else uses the array.
    pub(super) fn values(&mut self) -> &mut [T] {
        // SAFETY: contiguous, aligned and writable; uninitialised memory is only written. As in NumPy,
        // a program whose threads use an array that is being filled has itself to blame.
        unsafe { std::slice::from_raw_parts_mut(self.begin, self.len) }
    }
}

/// One value, as a scalar of NumPy's.
pub(super) fn scalar<T: Element>(py: Python<'_>, mut value: T) -> PyResult<Bound<'_, PyAny>> {
    let descriptor = T::get_dtype(py);
    // SAFETY: the value is of this type; NumPy copies it.
    unsafe {
        let made = PY_ARRAY_API.PyArray_Scalar(
            py,
            ptr::from_mut(&mut value).cast(),
            descriptor.as_dtype_ptr(),
            ptr::null_mut(),
        );
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// Whether arrays of this type are written as they are.
pub(super) fn is_of<T: Element>(dtype: &Bound<'_, PyArrayDescr>) -> bool {
    dtype.num() == T::get_dtype(dtype.py()).num() && dtype.is_native_byteorder() != Some(false)
}

/// The types that most methods give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Float {
    F64,
    F32,
}

impl Float {
    /// Nothing for other types, which NumPy refuses.
    pub(super) fn of(dtype: Option<&Bound<'_, PyAny>>) -> Option<Self> {
        let Some(dtype) = set(dtype) else { return Some(Self::F64) };
        if dtype.is(dtype.py().get_type::<PyFloat>()) {
            return Some(Self::F64);
        }
        let dtype = PyArrayDescr::new(dtype.py(), dtype).ok()?;
        match () {
            () if is_of::<f64>(&dtype) => Some(Self::F64),
            () if is_of::<f32>(&dtype) => Some(Self::F32),
            () => None,
        }
    }
}
