//! `corewise._native`: conversions and error mapping for Python, nothing else.
//!
//! Structures cross the border as JSON text, which `python/corewise` turns into dataclasses: both
//! sides then share one schema with `corewise … --json`.

mod control;
mod governing;

use corewise_probe::{World, cores};
use pyo3::exceptions::{PyOSError, PyProcessLookupError, PyRuntimeError};
use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::control::{
        Library, Limits, Live, after_fork, apply, begin_governing, changes, libraries, library,
        loaded_paths, number, numbers, runtimes, set_number, set_numbers, smallest,
    };
    #[pymodule_export]
    use super::governing::{end_session, govern, governed, join, stand_in_for_numba, ungovern};
    #[pymodule_export]
    use super::{cpu_count, cpus, main, pools};
}

/// Runs the `corewise` command with these arguments, the program's name first, and gives its exit
/// code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| corewise_cli::run(arguments).code())
}

/// How many threads a pool of this process should have.
#[pyfunction]
fn cpu_count(py: Python<'_>) -> PyResult<u32> {
    py.detach(|| cores::allowed(&World::system(), None))
        .map(|allowed| allowed.threads)
        .map_err(|error| PyOSError::new_err(error.to_string()))
}

/// The allowed cores of this process, or of another, as JSON.
#[pyfunction]
#[pyo3(signature = (pid=None))]
fn cpus(py: Python<'_>, pid: Option<u32>) -> PyResult<String> {
    let allowed = py
        .detach(|| cores::allowed(&World::system(), pid.map(corewise_model::Pid)))
        .map_err(|error| match pid {
            Some(_) => PyProcessLookupError::new_err(error.to_string()),
            None => PyOSError::new_err(error.to_string()),
        })?;
    json(&allowed)
}

/// The thread pools of this process, as JSON.
#[pyfunction]
fn pools(py: Python<'_>) -> PyResult<String> {
    let pools = py
        .detach(corewise_probe::pools::of_self)
        .map_err(|error| PyOSError::new_err(error.to_string()))?;
    json(&pools)
}

fn json<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
