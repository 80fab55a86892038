//! Reading and setting the pools of this process.

use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use corewise_control::{Api, Family, Runtime};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple};

/// A loaded runtime.
#[pyclass(frozen, module = "corewise._native")]
pub(crate) struct Library(Arc<corewise_control::Library>);

#[pymethods]
impl Library {
    #[getter]
    fn filepath(&self) -> &str {
        self.0.path()
    }

    #[getter]
    fn prefix(&self) -> &'static str {
        self.0.prefix()
    }

    #[getter]
    fn user_api(&self) -> &'static str {
        self.0.family().api().name()
    }

    #[getter]
    fn internal_api(&self) -> &'static str {
        self.0.family().name()
    }

    #[getter]
    fn runtime(&self) -> &'static str {
        self.0.runtime().name()
    }

    #[getter]
    fn version(&self) -> Option<&str> {
        self.0.version()
    }

    #[getter]
    fn threading_layer(&self) -> Option<&str> {
        self.0.layer()
    }

    #[getter]
    fn architecture(&self) -> Option<&str> {
        self.0.architecture()
    }

    fn get_num_threads(&self) -> Option<i32> {
        self.0.threads()
    }

    fn set_num_threads(&self, num_threads: i32) {
        self.0.set_threads(num_threads);
    }
}

/// What was given last, and for which libraries: the same tuple is given while nothing is loaded.
static GIVEN: Mutex<Option<(corewise_control::Libraries, Py<PyTuple>)>> = Mutex::new(None);

/// The loaded runtimes that can be set.
#[pyfunction]
pub(crate) fn libraries(py: Python<'_>) -> PyResult<Py<PyTuple>> {
    let now = corewise_control::libraries();
    let given = || GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, tuple)) = &*given()
        && Arc::ptr_eq(known, &now)
    {
        return Ok(tuple.clone_ref(py));
    }
    // Not while the lock is held: what is allocated may be collected, and that may come here again.
    let all = now.iter().map(|library| Py::new(py, Library(Arc::clone(library))));
    let tuple = PyTuple::new(py, all.collect::<PyResult<Vec<_>>>()?)?.unbind();
    let last = given().replace((now, tuple.clone_ref(py)));
    drop(last);
    Ok(tuple)
}

/// The number of each library, in one call.
#[pyfunction]
pub(crate) fn numbers(libraries: &Bound<'_, PyTuple>) -> PyResult<Vec<Option<i32>>> {
    libraries.iter_borrowed().map(|one| Ok(one.cast::<Library>()?.get().0.threads())).collect()
}

/// Sets the number of each library, in one call.
#[pyfunction]
pub(crate) fn set_numbers(
    libraries: &Bound<'_, PyTuple>,
    numbers: &Bound<'_, PyList>,
) -> PyResult<()> {
    for (one, number) in libraries.iter_borrowed().zip(numbers) {
        one.cast::<Library>()?.get().0.set_threads(number.extract()?);
    }
    Ok(())
}

/// Sets the same number of several libraries, in one call.
#[pyfunction]
pub(crate) fn set_number(libraries: &Bound<'_, PyTuple>, number: i32) -> PyResult<()> {
    for one in libraries.iter_borrowed() {
        one.cast::<Library>()?.get().0.set_threads(number);
    }
    Ok(())
}

/// The loaded library at a path, if it has the functions of `internal_api`.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "pyo3 makes it for this call")]
pub(crate) fn library(path: CString, internal_api: &str) -> Option<Library> {
    let family = Family::ALL.into_iter().find(|family| family.name() == internal_api)?;
    Some(Library(Arc::new(corewise_control::library_at(&path, family)?)))
}

/// How often libraries were loaded and unloaded: while this is the same, so are the loaded libraries.
#[pyfunction]
pub(crate) fn changes() -> (u64, u64) {
    let changes = corewise_control::Changes::now();
    (changes.loaded, changes.unloaded)
}

/// The paths of all loaded libraries.
#[pyfunction]
pub(crate) fn loaded_paths() -> Vec<OsString> {
    let paths = corewise_control::loaded_paths().into_iter();
    paths
        .filter(|path| !path.is_empty())
        .map(|path| OsString::from_vec(path.into_bytes()))
        .collect()
}

/// The runtimes that can be limited: name and API of each.
#[pyfunction]
pub(crate) fn runtimes() -> Vec<(&'static str, &'static str)> {
    Runtime::ALL.iter().map(|runtime| (runtime.name(), runtime.api().name())).collect()
}

/// The most threads of each runtime.
#[pyclass(frozen, module = "corewise._native")]
pub(crate) struct Limits(corewise_control::Limits);

#[pymethods]
impl Limits {
    /// A runtime's own number counts, else its API's, else that of all.
    #[new]
    #[pyo3(signature = (cores=None, blas=None, openmp=None, runtimes=None))]
    fn new(
        cores: Option<&Bound<'_, PyAny>>,
        blas: Option<&Bound<'_, PyAny>>,
        openmp: Option<&Bound<'_, PyAny>>,
        runtimes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let cores = number("cores", cores)?;
        let blas = number("blas", blas)?.or(cores);
        let openmp = number("openmp", openmp)?.or(cores);
        let mut all = corewise_control::Limits::none();
        for runtime in Runtime::ALL {
            let of_api = match runtime.api() {
                Api::Blas => blas,
                Api::OpenMp => openmp,
                Api::Own => cores,
            };
            if let Some(threads) = of_api {
                all = all.with(runtime, threads);
            }
        }
        for (name, threads) in runtimes.into_iter().flatten() {
            let name: String = name.extract()?;
            let known = Runtime::ALL.into_iter().find(|runtime| runtime.name() == name);
            let Some(runtime) = known else {
                let choices = Runtime::ALL.map(Runtime::name).join(", ");
                return Err(PyTypeError::new_err(format!(
                    "there is no runtime {name:?} to limit; choose from cores, blas, openmp, {choices}"
                )));
            };
            if let Some(threads) = number(&name, Some(&threads))? {
                all = all.with(runtime, threads);
            }
        }
        Ok(Self(all))
    }

    /// Limits that begin to live.
    fn begin(&self) -> Live {
        Live { limits: self.0, ended: AtomicBool::new(false) }
    }
}

/// A number of cores or threads that a caller passed as `name`.
fn number(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u32>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    if value.is_instance_of::<PyBool>() || !value.hasattr(intern!(value.py(), "__index__"))? {
        let kind = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{name} must be an integer or None, not {kind}")));
    }
    match value.extract::<i64>() {
        Ok(number @ 1..=MOST) => Ok(u32::try_from(number).ok()),
        _ => Err(PyValueError::new_err(format!("{name} must be from 1 to {MOST}, not {value}"))),
    }
}

/// What a C `int` holds.
const MOST: i64 = i32::MAX as i64;

/// Limits from their begin to their end.
#[pyclass(frozen, module = "corewise._native")]
pub(crate) struct Live {
    limits: corewise_control::Limits,
    ended: AtomicBool,
}

#[pymethods]
impl Live {
    /// They end, wherever they are still among those of a task.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    #[getter]
    fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

/// Makes these limits those of the calling thread, in place of what it had.
#[pyfunction]
pub(crate) fn apply(live: &Bound<'_, PyTuple>) -> PyResult<()> {
    corewise_control::apply(all_of(live)?);
    Ok(())
}

/// The most threads of each runtime under these limits.
#[pyfunction]
pub(crate) fn smallest<'py>(live: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyDict>> {
    let (all, found) = (all_of(live)?, PyDict::new(live.py()));
    for runtime in Runtime::ALL {
        if let Some(threads) = all.of(runtime) {
            found.set_item(runtime.name(), threads)?;
        }
    }
    Ok(found)
}

fn all_of(live: &Bound<'_, PyTuple>) -> PyResult<corewise_control::Limits> {
    let mut all = corewise_control::Limits::none();
    for one in live {
        let one = one.cast::<Live>()?.get();
        if !one.ended.load(Ordering::Relaxed) {
            all = all.and(&one.limits);
        }
    }
    Ok(all)
}

/// In a forked process: limits of threads that it does not have end.
#[pyfunction]
pub(crate) fn after_fork() {
    corewise_control::after_fork();
}

/// The governor is about to come or to go.
#[pyfunction]
#[pyo3(name = "pause_limits")]
pub(crate) fn pause() {
    corewise_control::pause();
}

/// It has.
#[pyfunction]
#[pyo3(name = "resume_limits")]
pub(crate) fn resume() {
    corewise_control::resume();
}
