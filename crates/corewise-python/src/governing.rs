//! Governing this process.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use corewise_arbiter::{Session, Settings, Table, TableError};
use corewise_governor::InstallError;
use corewise_probe::{World, cores};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;

/// The session that this process began by `govern`. It ends with `ungovern`, or stays for the
/// children that inherited it.
static BEGUN: Mutex<Option<Session>> = Mutex::new(None);

/// Begins a session of this process and governs it. Gives the session's path for children, or None
/// where there is no shared memory and the process is governed alone.
#[pyfunction]
#[pyo3(signature = (cores=None, deterministic=false))]
pub(crate) fn govern(
    py: Python<'_>,
    cores: Option<u32>,
    deterministic: bool,
) -> PyResult<Option<PathBuf>> {
    // SAFETY: this thread holds the interpreter's lock, which guards `os.environ` too.
    unsafe { corewise_governor::shorten_spins() };
    py.detach(|| {
        let budget = match cores {
            Some(cores) => cores.max(1),
            None => {
                cores::allowed(&World::system(), None)
                    .map_err(|error| PyOSError::new_err(error.to_string()))?
                    .threads
            }
        };
        let settings = Settings { budget, deterministic };
        let begun = Session::begin(settings).ok();
        let path = begun.as_ref().map(|session| session.path().to_owned());
        let shared = path.as_deref().and_then(|path| corewise_arbiter::open(path).ok());
        let table = match shared {
            Some(table) => table,
            None => Table::private(settings).map_err(of_table)?,
        };
        let first = table.is_first();
        corewise_governor::install(table, first).map_err(of_install)?;
        *BEGUN.lock().unwrap_or_else(PoisonError::into_inner) = begun;
        Ok(path)
    })
}

/// Governs this process by a session that it inherited.
#[pyfunction]
pub(crate) fn join(py: Python<'_>, path: PathBuf) -> PyResult<()> {
    // SAFETY: the interpreter is starting: nothing of the program runs yet.
    unsafe { corewise_governor::shorten_spins() };
    py.detach(move || {
        let table = corewise_arbiter::open(&path).map_err(of_table)?;
        let first = table.is_first();
        corewise_governor::install(table, first).map_err(of_install)
    })
}

/// Ceases to govern this process, which stays free to join again: its session goes on.
#[pyfunction]
pub(crate) fn leave(py: Python<'_>) {
    py.detach(corewise_governor::uninstall);
    // SAFETY: this thread holds the interpreter's lock, which guards `os.environ` too.
    unsafe { corewise_governor::restore_spins() };
}

/// Ceases to govern this process.
#[pyfunction]
pub(crate) fn ungovern(py: Python<'_>) {
    py.detach(|| {
        corewise_governor::uninstall();
        BEGUN.lock().unwrap_or_else(PoisonError::into_inner).take();
    });
    // SAFETY: this thread holds the interpreter's lock, which guards `os.environ` too.
    unsafe { corewise_governor::restore_spins() };
}

/// Ends the session that this process began, at the interpreter's exit: its file is removed, and
/// children that are in it go on.
#[pyfunction]
pub(crate) fn end_session(py: Python<'_>) {
    py.detach(|| drop(BEGUN.lock().unwrap_or_else(PoisonError::into_inner).take()));
}

/// The function that stands for `parallel_for` of a module of Numba's that was loaded already.
#[pyfunction]
pub(crate) fn stand_in_for_numba(parallel_for: usize, set_num_threads: usize) -> Option<usize> {
    // SAFETY: `corewise._govern` takes both from the module that tells its functions' addresses.
    unsafe { corewise_governor::stand_in_for_numba(parallel_for, set_num_threads) }
}

/// Whether it governs, the budget, functions hooked, slots changed, slots that could not be.
#[pyfunction]
pub(crate) fn governed() -> (bool, u32, u32, usize, u32) {
    let status = corewise_governor::status();
    (status.active, status.budget, status.functions, status.slots, status.refused)
}

fn of_table(error: TableError) -> PyErr {
    let message = error.to_string();
    match error {
        TableError::System(_, errno) => PyOSError::new_err((errno, message)),
        _ => PyRuntimeError::new_err(message),
    }
}

fn of_install(error: InstallError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}
