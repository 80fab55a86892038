//! Recordings.

use std::path::PathBuf;

use corewise_cli::{ExitStatus, Failure};
use corewise_model::Nanos;
use pyo3::exceptions::{
    PyFileNotFoundError, PyOSError, PyPermissionError, PyRuntimeError, PyValueError,
};
use pyo3::prelude::*;

/// A recording and its findings, read from a file, which is not needed any more.
#[pyclass(frozen, module = "corewise._native")]
pub(crate) struct Reading {
    inner: corewise_cli::Reading,
    path: PathBuf,
}

#[pymethods]
impl Reading {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let inner = py.detach(|| corewise_cli::Reading::open(&path)).map_err(of_failure)?;
        Ok(Self { inner, path })
    }

    /// The report as JSON.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        let bytes = py.detach(|| self.inner.json()).map_err(of_failure)?;
        String::from_utf8(bytes).map_err(|error| PyRuntimeError::new_err(error.to_string()))
    }

    /// The report as text.
    #[pyo3(signature = (all=false))]
    fn text(&self, py: Python<'_>, all: bool) -> String {
        py.detach(|| self.inner.text(all))
    }

    /// The figures and the timeline as HTML for a notebook.
    #[pyo3(signature = (wall=None, limit=None))]
    fn fragment(&self, py: Python<'_>, wall: Option<u64>, limit: Option<u32>) -> String {
        py.detach(|| self.inner.fragment(wall.map(Nanos), limit))
    }

    /// Writes the report as an HTML page.
    fn write_html(&self, py: Python<'_>, out: PathBuf) -> PyResult<()> {
        py.detach(move || self.inner.write_html(&out, &self.path)).map_err(of_failure)
    }
}

fn of_failure(failure: Failure) -> PyErr {
    let message = failure.message;
    match failure.status {
        ExitStatus::NotFound => PyFileNotFoundError::new_err(message),
        ExitStatus::Permission => PyPermissionError::new_err(message),
        ExitStatus::BadRecording | ExitStatus::Usage => PyValueError::new_err(message),
        ExitStatus::Internal => PyRuntimeError::new_err(message),
        _ => PyOSError::new_err(message),
    }
}
