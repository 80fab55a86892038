//! `shuffle` of one-dimensional arrays.

use std::slice;

use corewise_rng::{BitGenerator, shuffle as shuffle_all, shuffle_watched};
use numpy::npyffi::{NPY_ARRAY_C_CONTIGUOUS, NPY_ARRAY_WRITEABLE};
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::call::Call;
use super::fill::{MANY, SOME, progress};
use super::stream::OnGenerator;
use super::watch::Watch;

/// The types that NumPy had before others could be made, and that are moved as bytes: the numbers of
/// the last one, and of those that refer to objects.
const LAST: i32 = 23;

/// `shuffle(x, axis=0)`.
pub(super) fn shuffle<'py>(call: &Call<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some([Some(array), axis]) = call.arguments()? else { return Ok(None) };
    let first = axis.is_none_or(|axis| {
        axis.cast_exact::<PyInt>().is_ok_and(|axis| matches!(axis.extract::<i64>(), Ok(0)))
    });
    let Ok(array) = array.cast_exact::<PyUntypedArray>() else { return Ok(None) };
    // SAFETY: it is an array.
    let (flags, begin) = unsafe {
        let fields = &(*array.as_array_ptr()).fields;
        (fields.flags, fields.data.cast::<u8>())
    };
    let dtype = array.dtype();
    let plain = !dtype.has_object() && dtype.num() <= LAST;
    let wanted = NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_WRITEABLE;
    if !first || !plain || array.ndim() != 1 || array.is_empty() || flags & wanted != wanted {
        return Ok(None);
    }
    let items = (begin, array.len());
    match dtype.itemsize() {
        1 => by_size::<1>(call, items),
        2 => by_size::<2>(call, items),
        4 => by_size::<4>(call, items),
        8 => by_size::<8>(call, items),
        16 => by_size::<16>(call, items),
        _ => Ok(None),
    }
}

/// Shuffles items of this many bytes.
fn by_size<'py, const BYTES: usize>(
    call: &Call<'_, 'py>,
    (begin, length): (*mut u8, usize),
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(stream) = call.stream() else { return Ok(None) };
    // SAFETY: contiguous and writable; bytes need no alignment. As in NumPy, a program whose threads
    // use an array that is being shuffled has itself to blame.
    let items = unsafe { slice::from_raw_parts_mut(begin.cast::<[u8; BYTES]>(), length) };
    let progress = if length < MANY { None } else { progress(call)? };
    stream.get().on(call.py(), Shuffle { items, progress })?;
    Ok(Some(call.py().None().into_bound(call.py())))
}

struct Shuffle<'a, const BYTES: usize> {
    items: &'a mut [[u8; BYTES]],
    progress: Option<Py<PyAny>>,
}

impl<const BYTES: usize> OnGenerator for Shuffle<'_, BYTES> {
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        let Self { items, progress } = self;
        if items.len() < SOME {
            shuffle_all(generator, items);
            return Ok(());
        }
        let total = items.len();
        let watch = Watch::new(py, progress, total)?;
        let watch = py.detach(move || {
            // The watch knows what broke it off.
            let _ = shuffle_watched(generator, items, &|done| watch.look_in_time(done));
            watch
        });
        watch.end(py)
    }
}
