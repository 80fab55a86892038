//! What the calling thread does now and then while an array is filled.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The caller's function is called this often.
const PROGRESS: Duration = Duration::from_millis(100);

/// Signals are handled this often, where nothing else keeps time.
const SIGNALS: Duration = Duration::from_millis(50);

/// Has Python handle signals, and tells the caller how far the work is.
pub(super) struct Watch {
    /// Whether the calling thread is the one on which Python handles signals.
    main: bool,
    progress: Option<Py<PyAny>>,
    total: usize,
    told: Cell<Instant>,
    tells: Cell<bool>,
    looked: Cell<Instant>,
    error: RefCell<Option<PyErr>>,
}

impl Watch {
    pub(super) fn new(py: Python<'_>, progress: Option<Py<PyAny>>, total: usize) -> PyResult<Self> {
        let now = Instant::now();
        Ok(Self {
            main: is_main(py)?,
            progress,
            total,
            told: Cell::new(now),
            tells: Cell::new(false),
            looked: Cell::new(now),
            error: RefCell::default(),
        })
    }

    /// As [`look`](Self::look), if it is time to.
    pub(super) fn look_in_time(&self, done: usize) -> ControlFlow<()> {
        if self.looked.get().elapsed() < SIGNALS {
            return ControlFlow::Continue(());
        }
        let flow = self.look(done);
        self.looked.set(Instant::now());
        flow
    }

    /// So much is done: whether to go on.
    pub(super) fn look(&self, done: usize) -> ControlFlow<()> {
        if !self.main && self.progress.is_none() {
            return ControlFlow::Continue(());
        }
        // Nothing where the interpreter is gone: a daemon thread goes on by itself until the end.
        let outcome = Python::try_attach(|py| {
            py.check_signals()?;
            match &self.progress {
                Some(progress) if self.told.get().elapsed() >= PROGRESS => {
                    self.told.set(Instant::now());
                    self.tells.set(true);
                    progress.call1(py, (done, self.total)).map(drop)
                }
                _ => Ok(()),
            }
        });
        match outcome {
            None | Some(Ok(())) => ControlFlow::Continue(()),
            Some(Err(error)) => {
                self.error.replace(Some(error));
                ControlFlow::Break(())
            }
        }
    }

    /// The work has ended: raises what stopped it.
    pub(super) fn end(self, py: Python<'_>) -> PyResult<()> {
        if let Some(error) = self.error.into_inner() {
            return Err(error);
        }
        if let Some(progress) = self.progress.filter(|_| self.tells.get()) {
            progress.call1(py, (self.total, self.total))?;
        }
        Ok(())
    }
}

/// Whether the calling thread is Python's main one.
fn is_main(py: Python<'_>) -> PyResult<bool> {
    // Asked at each call that may be watched.
    static FUNCTIONS: PyOnceLock<[Py<PyAny>; 2]> = PyOnceLock::new();
    let [main_thread, ident] = FUNCTIONS.get_or_try_init(py, || -> PyResult<_> {
        let threading = py.import("threading")?;
        let of = |name| PyResult::Ok(threading.getattr(name)?.unbind());
        Ok([of("main_thread")?, of("get_ident")?])
    })?;
    let main = main_thread.bind(py).call0()?.getattr(intern!(py, "ident"))?;
    ident.bind(py).call0()?.eq(main)
}
