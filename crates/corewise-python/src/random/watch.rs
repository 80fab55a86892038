//! What the calling thread does now and then while an array is filled.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// Signals are handled this often.
const SIGNALS: Duration = Duration::from_millis(40);
/// The caller's function is called this often.
const PROGRESS: Duration = Duration::from_millis(100);

/// Has Python handle signals, and tells the caller how far the work is.
pub(super) struct Watch {
    progress: Option<Py<PyAny>>,
    looked: Instant,
    told: Instant,
    tells: bool,
    error: Option<PyErr>,
}

impl Watch {
    pub(super) fn new(progress: Option<Py<PyAny>>) -> Self {
        let now = Instant::now();
        Self { progress, looked: now, told: now, tells: false, error: None }
    }

    /// So much is done. Whether to go on.
    pub(super) fn look(&mut self, done: usize, total: usize) -> bool {
        let now = Instant::now();
        if now - self.looked < SIGNALS {
            return true;
        }
        self.looked = now;
        let outcome = Python::attach(|py| {
            py.check_signals()?;
            if let Some(progress) = self.progress.as_ref().filter(|_| now - self.told >= PROGRESS) {
                self.told = now;
                self.tells = true;
                progress.call1(py, (done, total))?;
            }
            Ok(())
        });
        self.error = outcome.err();
        self.error.is_none()
    }

    /// The work has ended: raises what stopped it.
    pub(super) fn end(self, py: Python<'_>, total: usize) -> PyResult<()> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if let Some(progress) = self.progress.filter(|_| self.tells) {
            progress.call1(py, (total, total))?;
        }
        Ok(())
    }
}
