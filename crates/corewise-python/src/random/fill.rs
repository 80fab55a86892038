//! Filling arrays from a stream.

use corewise_governor::Region;
use corewise_rng::parallel::{self, Plan, Pool};
use corewise_rng::{AnyGenerator, Distribution};
use numpy::Element;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyFloat, PyInt};

use super::array::Target;
use super::call::{Call, Size, set};
use super::stream::Stream;
use super::watch::Watch;

/// Up to so many values are drawn one by one, by the bit generator's own functions.
pub(super) const FEW: usize = 128;
/// From so many on, other Python threads may run meanwhile.
pub(super) const SOME: usize = 2_000;
/// From so many on, other threads may help.
pub(super) const MANY: usize = 20_000;

/// The threads that fill arrays, of this process.
static POOL: Pool = Pool::new();

/// A type of values of which NumPy gives one as an object of Python's own.
pub(super) trait Single: Element {
    fn object(self, py: Python<'_>) -> Bound<'_, PyAny>;
}

impl Single for f64 {
    fn object(self, py: Python<'_>) -> Bound<'_, PyAny> {
        PyFloat::new(py, self).into_any()
    }
}

impl Single for f32 {
    fn object(self, py: Python<'_>) -> Bound<'_, PyAny> {
        PyFloat::new(py, self.into()).into_any()
    }
}

impl Single for i64 {
    fn object(self, py: Python<'_>) -> Bound<'_, PyAny> {
        PyInt::new(py, self).into_any()
    }
}

/// One value. Nothing for what NumPy is to judge.
pub(super) fn single<D: Distribution>(
    call: &Call<'_, '_>,
    distribution: &D,
) -> PyResult<Option<D::Value>> {
    let Some(stream) = call.stream() else { return Ok(None) };
    stream.get().call(call.py(), |source| distribution.sample(source)).map(Some)
}

/// One value, or an array of them. Nothing for what NumPy is to judge.
pub(super) fn draw<'py, D>(
    call: &Call<'_, 'py>,
    size: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    distribution: &D,
) -> PyResult<Option<Bound<'py, PyAny>>>
where
    D: Distribution,
    D::Value: Single,
{
    if set(size).is_some() || set(out).is_some() {
        return array(call, size, out, distribution);
    }
    Ok(single(call, distribution)?.map(|value| value.object(call.py())))
}

/// An array of values. Nothing for what NumPy is to judge.
pub(super) fn array<'py, D>(
    call: &Call<'_, 'py>,
    size: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    distribution: &D,
) -> PyResult<Option<Bound<'py, PyAny>>>
where
    D: Distribution,
    D::Value: Element,
{
    let py = call.py();
    let (Some(stream), Some(size)) = (call.stream(), Size::of(size)) else { return Ok(None) };
    let target = match set(out) {
        Some(out) => Target::<D::Value>::given(out, &size),
        None => Target::new(py, &size),
    };
    let Some(mut target) = target else { return Ok(None) };
    fill(call, stream.get(), target.values(), distribution)?;
    Ok(Some(target.array))
}

/// Fills `values`.
pub(super) fn fill<D: Distribution>(
    call: &Call<'_, '_>,
    stream: &Stream,
    values: &mut [D::Value],
    distribution: &D,
) -> PyResult<()> {
    let told = (1, values.len());
    fill_told(call, stream, values, distribution, told)
}

/// As [`fill`]; progress is told that each value counts as so many, and all as so many.
pub(super) fn fill_told<D: Distribution>(
    call: &Call<'_, '_>,
    stream: &Stream,
    values: &mut [D::Value],
    distribution: &D,
    told: (usize, usize),
) -> PyResult<()> {
    if values.len() <= FEW {
        return stream.call(call.py(), |source| {
            distribution.fill(source, values);
        });
    }
    let total = values.len();
    let (threads, progress) = match total {
        ..MANY => (1, None),
        _ => (threads(call)?, progress(call)?),
    };
    let useful = parallel::useful_threads(distribution, total);
    Fill {
        total,
        told,
        threads: threads.min(u32::try_from(useful).unwrap_or(u32::MAX)),
        progress,
        site: fill::<D> as *const () as usize,
        draw: &mut |generator, plan| {
            // The watch knows what broke it off.
            let _ = parallel::fill(generator, distribution, values, plan);
        },
    }
    .run(call.py(), stream)
}

/// What does not depend on the distribution, and is made once.
struct Fill<'a> {
    total: usize,
    /// What progress is told of a value, and of all.
    told: (usize, usize),
    threads: u32,
    progress: Option<Py<PyAny>>,
    /// What tells this distribution from others.
    site: usize,
    draw: &'a mut (dyn FnMut(&mut dyn AnyGenerator, &Plan<'_>) + Send),
}

impl Fill<'_> {
    fn run(self, py: Python<'_>, stream: &Stream) -> PyResult<()> {
        let Self { total, told: (each, all), threads, mut progress, site, draw } = self;
        if total < SOME {
            return stream.work(py, &mut |_, generator| {
                draw(generator, &Plan { pool: &POOL, threads: 1, hook: None });
                Ok(())
            });
        }
        stream.work(py, &mut |py, generator| {
            let progress = progress.take();
            let watch = Watch::new(py, progress, all)?;
            let watch = py.detach(|| {
                let region = Region::enter(threads, site);
                let hook = |done: usize| watch.look((each * done).min(all));
                let threads = region.threads() as usize;
                draw(generator, &Plan { pool: &POOL, threads, hook: Some(&hook) });
                watch
            });
            watch.end(py)
        })
    }
}

/// How many threads may fill an array of this generator.
fn threads(call: &Call<'_, '_>) -> PyResult<u32> {
    static USABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = call.py();
    let own = call.generator.getattr(intern!(py, "_threads"))?;
    let usable = USABLE.get_or_try_init(py, || -> PyResult<_> {
        Ok(py.import("corewise._random.threads")?.getattr("usable_threads")?.unbind())
    })?;
    usable.call1(py, (own,))?.extract(py)
}

/// The function that is told how far a call is.
pub(super) fn progress(call: &Call<'_, '_>) -> PyResult<Option<Py<PyAny>>> {
    let progress = call.generator.getattr(intern!(call.py(), "_progress"))?;
    Ok((!progress.is_none()).then(|| progress.unbind()))
}
