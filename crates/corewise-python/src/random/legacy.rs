//! What `RandomState` draws in its own way: normal numbers, two at a time, and masked integers.

use std::ffi::{c_int, c_void};
use std::ptr;

use corewise_rng::{BitGenerator, Distribution, Layout, RandomState};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::array::Target;
use super::bitgen::Calls;
use super::call::{Call, Method, Size, set};
use super::fill::{FEW, MANY, SOME, Single, progress};
use super::stream::{OnGenerator, Stream};
use super::watch::Watch;

/// Values between two looks at signals.
const CHUNK: usize = 1 << 16;

/// Normal numbers, moved and scaled or not. Nothing for what NumPy is to judge.
pub(super) fn normal<'py>(
    call: &Call<'_, 'py>,
    size: Option<&Bound<'py, PyAny>>,
    parameters: Option<(f64, f64)>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = call.py();
    let Some(stream) = call.stream() else { return Ok(None) };
    let stream = stream.get();
    let Some(waiting) = Waiting::of(call.generator, stream)? else { return Ok(None) };
    let place = |value: &mut f64| {
        if let Some((mean, spread)) = parameters {
            *value = mean + spread * *value;
        }
    };
    if set(size).is_none() {
        let mut value = [0.0];
        stream.call(py, |source| waiting.fill_one_by_one(source, &mut value))?;
        place(&mut value[0]);
        return Ok(Some(value[0].object(py)));
    }
    let Some(size) = Size::of(size) else { return Ok(None) };
    let Some(mut target) = Target::<f64>::new(py, &size) else { return Ok(None) };
    let values = target.values();
    if values.len() <= FEW {
        stream.call(py, |source| waiting.fill_one_by_one(source, values))?;
        values.iter_mut().for_each(place);
    } else {
        let progress = if values.len() < MANY { None } else { progress(call)? };
        stream.on(py, Normals { values, parameters, waiting, progress })?;
    }
    Ok(Some(target.array))
}

struct Normals<'a> {
    values: &'a mut [f64],
    parameters: Option<(f64, f64)>,
    waiting: Waiting,
    progress: Option<Py<PyAny>>,
}

impl OnGenerator for Normals<'_> {
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        let Self { values, parameters, waiting, progress } = self;
        let mut state = RandomState { generator: generator.clone(), gauss: waiting.read() };
        in_chunks(py, values, progress, |chunk| {
            state.fill_standard_normal(chunk);
            if let Some((mean, spread)) = parameters {
                for value in chunk {
                    *value = mean + spread * *value;
                }
            }
        })?;
        waiting.write(state.gauss);
        *generator = state.generator;
        Ok(())
    }
}

/// Fills `values` with integers that are drawn one after the other, on the calling thread.
pub(super) fn fill<D: Distribution>(
    call: &Call<'_, '_>,
    stream: &Stream,
    values: &mut [D::Value],
    distribution: &D,
) -> PyResult<()> {
    if values.len() <= FEW {
        return stream.call(call.py(), |source| distribution.fill(source, values));
    }
    let progress = if values.len() < MANY { None } else { progress(call)? };
    stream.on(call.py(), Masked { values, distribution, progress })
}

struct Masked<'a, D: Distribution> {
    values: &'a mut [D::Value],
    distribution: &'a D,
    progress: Option<Py<PyAny>>,
}

impl<D: Distribution> OnGenerator for Masked<'_, D> {
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        let Self { values, distribution, progress } = self;
        if distribution.layout() == Layout::Whole {
            // A part of a word may be left at the end of a chunk.
            py.detach(|| distribution.fill_from(generator, values));
            return Ok(());
        }
        in_chunks(py, values, progress, |chunk| distribution.fill_from(generator, chunk))
    }
}

/// Fills `values` chunk by chunk; between them Python handles signals.
fn in_chunks<T: Send>(
    py: Python<'_>,
    values: &mut [T],
    progress: Option<Py<PyAny>>,
    mut fill: impl FnMut(&mut [T]) + Send,
) -> PyResult<()> {
    if values.len() < SOME {
        fill(values);
        return Ok(());
    }
    let total = values.len();
    let watch = Watch::new(py, progress, total)?;
    let watch = py.detach(move || {
        for (number, chunk) in values.chunks_mut(CHUNK).enumerate() {
            if number > 0 && watch.look_in_time(number * CHUNK).is_break() {
                break;
            }
            fill(chunk);
        }
        watch
    });
    watch.end(py)
}

/// The second of the last pair of normal numbers, in the memory of a `RandomState`.
#[derive(Clone, Copy)]
struct Waiting(*mut Augmented);

// SAFETY: it is used by the thread that holds the bit generator's lock.
unsafe impl Send for Waiting {}

/// NumPy's `aug_bitgen_t`.
#[repr(C)]
struct Augmented {
    bitgen: *mut c_void,
    has_gauss: c_int,
    gauss: f64,
}

/// Bytes of the `bitgen_t` before it, to which it points.
const BITGEN: usize = 5 * size_of::<*mut c_void>();

impl Waiting {
    /// Nothing if this NumPy's memory has another layout than is known.
    fn of(state: &Bound<'_, PyAny>, stream: &Stream) -> PyResult<Option<Self>> {
        static OFFSET: PyOnceLock<Option<usize>> = PyOnceLock::new();
        let py = state.py();
        let offset =
            OFFSET.get_or_try_init(py, || stream.call(py, |_| Self::offset(state)).flatten())?;
        // SAFETY: inside the object.
        Ok(offset.map(|offset| Self(unsafe { state.as_ptr().byte_add(offset) }.cast())))
    }

    /// Where it is in the object. The lock is held.
    fn offset(state: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        static STATE: Method = Method::new("get_state", &["legacy"]);
        let mut class = state.get_type();
        let mut size: usize = 0;
        // The class whose layout all others have is the last one above `object`.
        while let Ok(base) = class.getattr("__base__")?.cast_into() {
            size = class.getattr("__basicsize__")?.extract()?;
            class = base;
        }
        let begin = state.as_ptr();
        let places = (BITGEN..(size + 1).saturating_sub(size_of::<Augmented>()))
            .step_by(align_of::<Augmented>());
        let mut found = places.filter(|offset| {
            // SAFETY: inside the object, and aligned as it is.
            let place = unsafe { begin.byte_add(*offset) };
            // SAFETY: any word may be read as a number.
            let word = unsafe { ptr::read(place.cast::<usize>()) };
            word == place as usize - BITGEN
        });
        let (Some(offset), None) = (found.next(), found.next()) else { return Ok(None) };
        // SAFETY: as above.
        let waiting = Self(unsafe { begin.byte_add(offset) }.cast());
        let said = STATE.numpys(state)?.bind(state.py()).call1((state, false))?;
        let has: i64 = said.get_item("has_gauss")?.extract()?;
        let gauss: f64 = said.get_item("gauss")?.extract()?;
        let same = waiting.read() == (has != 0).then_some(gauss);
        Ok(same.then_some(offset))
    }

    fn read(self) -> Option<f64> {
        // SAFETY: the layout was checked, the object lives, and its lock is held.
        let state = unsafe { &*self.0 };
        (state.has_gauss != 0).then_some(state.gauss)
    }

    fn write(self, gauss: Option<f64>) {
        // SAFETY: as above.
        let state = unsafe { &mut *self.0 };
        state.has_gauss = gauss.is_some().into();
        state.gauss = gauss.unwrap_or_default();
    }

    fn fill_one_by_one(self, source: &Calls<'_>, values: &mut [f64]) {
        let mut state = RandomState { generator: Calls(source.0), gauss: self.read() };
        for value in values {
            *value = state.standard_normal();
        }
        self.write(state.gauss);
    }
}
