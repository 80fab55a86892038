//! Governs the thread pools of the process that it is loaded into: each parallel region gets a
//! share of one budget of cores, when it starts.
//!
//! [`install`] finds the runtimes among the loaded libraries and puts hooks into the slots by which
//! other libraries call them; what is loaded later is found when Python looks up its first symbol.
//! [`uninstall`] puts everything back.
//!
//! # Design constraints
//!
//! - libc and the arbiter only: it runs inside other people's programs.
//! - No allocation, lock or panic while a hooked function is entered or left.
//! - Nothing ever waits for cores: a region gets what is free, at least its caller's own core.
//! - A region never gets more threads than it asked for.
//! - What cannot be hooked runs as it would without.
//!
//! ```no_run
//! use corewise_arbiter::{Settings, Table};
//! let table = Table::private(Settings { budget: 2, deterministic: false })?;
//! corewise_governor::install(table, true)?;
//! println!("{:?}", corewise_governor::status());
//! corewise_governor::uninstall();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arch;
mod callers;
mod clock;
mod discover;
mod durations;
mod elf;
mod entries;
mod fork;
mod hooks;
mod idle;
mod policy;
mod process;
mod ranges;
mod recognise;
mod region;
mod runtimes;
mod sizes;
mod slots;
mod spinning;
mod symbols;
mod symtab;
mod threads;

use std::fmt;

use corewise_arbiter::Table;

pub use region::Region;

/// Why a process cannot be governed. It then runs as it would without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallError {
    /// There are no stubs for this processor architecture.
    Architecture,
    /// The process has no key for thread-specific data left (`PTHREAD_KEYS_MAX`).
    NoKey,
}

impl fmt::Display for InstallError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Architecture => write!(to, "only x86-64 processes can be governed so far"),
            Self::NoKey => write!(to, "the process has no key for thread-specific data left"),
        }
    }
}

impl std::error::Error for InstallError {}

/// What the governor has done in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Whether it governs.
    pub active: bool,
    /// The budget of the session, in cores.
    pub budget: u32,
    /// Functions that are hooked.
    pub functions: u32,
    /// Slots that were changed.
    pub slots: usize,
    /// Slots that could not be changed.
    pub refused: u32,
}

/// Begins to govern this process by `table`. `root`: whether it is the session's first process.
///
/// Where it governs already, it goes on with the new table.
pub fn install(table: Table, root: bool) -> Result<(), InstallError> {
    if arch::stub(0).is_none() {
        return Err(InstallError::Architecture);
    }
    if !threads::prepare() {
        return Err(InstallError::NoKey);
    }
    fork::register_once();
    process::join(table, root);
    hooks::set_active(true);
    runtimes::openblas::want_restart();
    discover::look_at_all();
    Ok(())
}

/// Ceases to govern this process: every slot and every thread count is as it was, or as the program
/// has set it meanwhile. Waits for calls into BLAS that are under way.
pub fn uninstall() {
    if !hooks::is_active() {
        return;
    }
    hooks::set_active(false);
    // Calls that are under way would write thread counts after they were put back.
    fork::without_calls(|| {
        discover::undo();
        runtimes::openblas::restore();
        process::leave();
    });
}

/// The function that stands for `parallel_for` of a threading layer of Numba's whose module was
/// loaded before [`install`]; it runs as the original where nothing is governed. `None`: no more can
/// be hooked.
///
/// # Safety
///
/// Both are addresses of functions of that module: `parallel_for` and `set_num_threads`.
#[must_use]
pub unsafe fn stand_in_for_numba(parallel_for: usize, set_num_threads: usize) -> Option<usize> {
    if arch::is_stub(parallel_for) {
        return Some(parallel_for);
    }
    discover::meanwhile(|| runtimes::numba::register(parallel_for, set_num_threads))
}

/// Limits the calling thread's calls into each OpenBLAS that has threads of its own, beside the limit
/// that the program has set for all threads; `None` ends that. Says whether the limit counts: whether
/// this process is governed, and the thread is one of those that are told apart.
#[must_use]
pub fn limit_openblas(threads: Option<u32>) -> bool {
    if !hooks::is_active() && threads.is_some() {
        return false;
    }
    let Some(thread) = threads::current() else { return false };
    thread.set_limit(threads.map_or(0, |threads| threads.max(1)));
    hooks::is_active()
}

/// Whether [`limit_openblas`] reaches the OpenBLAS that has this function: one that does not tell how it
/// is steered is not governed.
#[must_use]
pub fn governs_openblas(function: usize) -> bool {
    hooks::is_active() && runtimes::openblas::governs(function)
}

/// Sets the environment variables by which idle threads of pools sleep soon, unless the program has
/// set them: to be called before [`install`].
///
/// # Safety
///
/// No other thread may use the environment meanwhile (POSIX, `setenv`). In a Python program the
/// interpreter's lock keeps away those that follow its rules, as for `os.environ`.
pub unsafe fn shorten_spins() {
    // SAFETY: the caller's promise.
    unsafe { spinning::shorten() };
}

/// Takes back what [`shorten_spins`] has set.
///
/// # Safety
///
/// As for [`shorten_spins`].
pub unsafe fn restore_spins() {
    // SAFETY: the caller's promise.
    unsafe { spinning::restore() };
}

/// What the governor has done in this process.
#[must_use]
pub fn status() -> Status {
    let (slots, refused) = slots::counts();
    Status {
        active: hooks::is_active(),
        budget: process::budget(),
        functions: hooks::used(),
        slots,
        refused,
    }
}
