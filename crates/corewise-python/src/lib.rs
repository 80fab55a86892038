//! `corewise._native`: conversions and error mapping for Python, nothing else.
//!
//! Structures cross the border as JSON text, which `python/corewise` turns into dataclasses: both
//! sides then share one schema with `corewise … --json`.

mod control;
mod governing;
mod random;
mod reading;

use std::path::Path;

use corewise_probe::{World, cores};
use pyo3::exceptions::{PyOSError, PyProcessLookupError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::control::{
        Library, Limits, Live, after_fork, apply, changes, libraries, library, loaded_paths,
        numbers, pause, resume, runtimes, set_number, set_numbers, smallest,
    };
    #[pymodule_export]
    use super::governing::{
        end_session, govern, governed, join, leave, stand_in_for_numba, ungovern,
    };
    #[pymodule_export]
    use super::random::{LegacyStreams, Stream, Streams};
    #[pymodule_export]
    use super::reading::Reading;
    #[pymodule_export]
    use super::{call_then, call_unless_running, cpu_count, cpus, main, pools};
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

/// Calls `function` with `argument`, and then `then` with nothing. Written here because a function
/// of Python's would stand in the traceback of what `function` raises.
#[pyfunction]
fn call_then<'py>(
    function: &Bound<'py, PyAny>,
    then: &Bound<'py, PyAny>,
    argument: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let result = function.call1((argument,))?;
    then.call0()?;
    Ok(result)
}

/// Calls `function` with `argument`, unless another thread has called a function that a file below
/// `folder` defines and has not returned from it. Says whether it did.
///
/// Written here because no other thread gets the interpreter's lock between the look and the call.
#[pyfunction]
fn call_unless_running(
    py: Python<'_>,
    function: &Bound<'_, PyAny>,
    argument: &Bound<'_, PyAny>,
    folder: &str,
) -> PyResult<bool> {
    let own: u64 = py.import("_thread")?.call_method0("get_ident")?.extract()?;
    let threads = py.import("sys")?.call_method0("_current_frames")?.cast_into::<PyDict>()?;
    for (thread, frame) in threads {
        let mut next = Some(frame).filter(|_| thread.extract().ok() != Some(own));
        while let Some(frame) = next.filter(|frame| !frame.is_none()) {
            let file = frame.getattr("f_code")?.getattr("co_filename")?;
            if file.extract::<String>().is_ok_and(|file| Path::new(&file).starts_with(folder)) {
                return Ok(false);
            }
            next = Some(frame.getattr("f_back")?);
        }
    }
    function.call1((argument,))?;
    Ok(true)
}

fn json<T: serde::Serialize>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
