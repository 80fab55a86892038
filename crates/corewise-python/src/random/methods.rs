//! The methods of `numpy.random.Generator` that are done here.

use corewise_rng::{Distribution, Source};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::array::Float;
use super::call::{Call, Method};
use super::fill::draw;

/// Methods for a class that has them beside NumPy's.
///
/// Nothing is in it, so that it can stand beside any other base. What a method does not understand
/// goes to NumPy's own method, with the same arguments.
#[pyclass(frozen, subclass, module = "corewise._native")]
pub(crate) struct Streams;

type Arguments<'a, 'py> = (&'a Bound<'py, PyTuple>, Option<&'a Bound<'py, PyDict>>);
type Given<'py> = PyResult<Option<Bound<'py, PyAny>>>;

/// By `fast`, else by NumPy.
fn answer<'py>(
    method: &'static Method,
    generator: &Bound<'py, Streams>,
    (args, kwargs): Arguments<'_, 'py>,
    fast: impl FnOnce(&Call<'_, 'py>) -> Given<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::new(method, generator.as_any(), args, kwargs);
    match fast(&call)? {
        Some(value) => Ok(value),
        None => call.by_numpy(),
    }
}

struct Unit;
impl Distribution for Unit {
    type Value = f64;
    fn layout(&self) -> corewise_rng::Layout {
        corewise_rng::Layout::Fixed(1)
    }
    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        source.next_f64()
    }
}
struct Unit32;
impl Distribution for Unit32 {
    type Value = f32;
    fn layout(&self) -> corewise_rng::Layout {
        corewise_rng::Layout::Halves
    }
    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        source.next_f32()
    }
}

#[pymethods]
impl Streams {
    /// random(size=None, dtype=np.float64, out=None)
    #[pyo3(signature = (*args, **kwargs))]
    fn random<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static METHOD: Method = Method::new("Generator", "random", &["size", "dtype", "out"]);
        answer(&METHOD, slf, (args, kwargs), |call| {
            let Some([size, dtype, out]) = call.arguments()? else { return Ok(None) };
            match Float::of(dtype.as_ref()) {
                Some(Float::F64) => draw(call, size.as_ref(), out.as_ref(), &Unit),
                Some(Float::F32) => draw(call, size.as_ref(), out.as_ref(), &Unit32),
                None => Ok(None),
            }
        })
    }
}
