//! `fork` while other threads are in BLAS.
//!
//! OpenBLAS shuts its pool down before a fork. Where another thread is inside it at that moment,
//! parent and child wait for ever (OpenBLAS 0.3.31, observed). So a fork first lets the calls that
//! are under way end, and holds new ones back meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::runtimes::openblas_openmp;
use crate::threads::{self, Thread};
use crate::{clock, discover, hooks, idle, process};

/// Forks that are being prepared or carried out. Calls into BLAS wait while it is not 0.
static FORKING: AtomicU32 = AtomicU32::new(0);
/// Handlers run once for each registration; the fork itself is prepared once.
static REGISTERED: AtomicU32 = AtomicU32::new(0);

/// Whether calls may be under way that began before the governor did.
static UNSEEN: AtomicBool = AtomicBool::new(false);
/// ms that forks wait for such calls, all together: what runs that long may be no call of BLAS.
const UNSEEN_PATIENCE: u64 = 2000;

/// ms for which no thread in BLAS may make progress before a fork goes ahead all the same: they wait
/// for something, perhaps for the thread that forks.
const PATIENCE: u64 = 500;

/// Registers the handlers again. Those that were registered last run first, and ours must run
/// before those of each OpenBLAS, so this is called after each one that is loaded.
pub(crate) fn register() -> bool {
    REGISTERED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the handlers are functions that live as long as the process: the library is never
    // unloaded.
    unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) == 0 }
}

/// Registers the handlers if they never were.
pub(crate) fn register_once() {
    if REGISTERED.load(Ordering::Relaxed) == 0 {
        register();
    }
}

/// A thread enters BLAS. Waits while another one forks. `false` where the governor ceased meanwhile.
#[inline]
pub(crate) fn enter_blas(thread: &Thread) -> bool {
    loop {
        // Ordered before the look at FORKING, as `prepare`'s store is before its look at us: one of
        // the two sees the other.
        thread.blas.store(1, Ordering::SeqCst);
        if FORKING.load(Ordering::SeqCst) == 0 {
            break;
        }
        thread.blas.store(0, Ordering::SeqCst);
        while FORKING.load(Ordering::Relaxed) != 0 {
            clock::nap(50);
        }
    }
    if !hooks::is_active() {
        thread.blas.store(0, Ordering::SeqCst);
        return false;
    }
    true
}

/// It leaves BLAS.
#[inline]
pub(crate) fn leave_blas(thread: &Thread) {
    thread.blas.store(0, Ordering::Release);
}

/// Does something while no thread is inside BLAS.
pub(crate) fn without_calls(action: impl FnOnce()) {
    hold_back(|| {
        let_calls_end();
        action();
    });
}

/// Does something while no new call enters BLAS.
pub(crate) fn hold_back(action: impl FnOnce()) {
    FORKING.fetch_add(1, Ordering::SeqCst);
    action();
    FORKING.fetch_sub(1, Ordering::SeqCst);
}

/// Calls may be under way that no hook has seen.
pub(crate) fn expect_unseen_calls() {
    UNSEEN.store(true, Ordering::Relaxed);
}

/// Waits until every other thread is blocked: then none is in BLAS.
fn let_unseen_calls_end() {
    let began = clock::now_ms();
    while UNSEEN.load(Ordering::Relaxed) {
        let waited = clock::now_ms().saturating_sub(began);
        if idle::others_are_blocked() || waited > UNSEEN_PATIENCE {
            UNSEEN.store(false, Ordering::Relaxed);
            return;
        }
        clock::nap(200);
    }
}

extern "C" fn prepare() {
    // Handlers that are registered several times run several times, and several threads may fork at
    // the same time (glibc 2.36 and later).
    let Some(thread) = threads::current() else { return };
    if !hooks::is_active() || thread.forking.swap(true, Ordering::Relaxed) {
        return;
    }
    thread.has_turn.store(discover::begin_fork(), Ordering::Relaxed);
    FORKING.fetch_add(1, Ordering::SeqCst);
    let_calls_end();
    let_unseen_calls_end();
}

/// Waits for the calls into BLAS that are under way, as long as they make progress. New ones must
/// be held back.
fn let_calls_end() {
    let mut used = progress();
    let mut last = clock::now_ms();
    while threads::in_blas().next().is_some() {
        clock::nap(100);
        let now = clock::now_ms();
        let progress = progress();
        if progress != used {
            (used, last) = (progress, now);
        } else if now.saturating_sub(last) > PATIENCE {
            break;
        }
    }
}

/// CPU time of the threads in BLAS: it grows while they compute.
fn progress() -> u64 {
    threads::in_blas()
        .filter_map(|thread| clock::thread_cpu_time(thread.tid.load(Ordering::Relaxed)))
        .fold(0, u64::wrapping_add)
}

extern "C" fn parent() {
    let Some(thread) = threads::current() else { return };
    if thread.forking.swap(false, Ordering::Relaxed) {
        FORKING.fetch_sub(1, Ordering::SeqCst);
        if thread.has_turn.swap(false, Ordering::Relaxed) {
            discover::end_turn();
        }
    }
}

extern "C" fn child() {
    if let Some(thread) = threads::current() {
        thread.forking.store(false, Ordering::Relaxed);
        thread.has_turn.store(false, Ordering::Relaxed);
    }
    discover::end_turn();
    // Other threads that were forking or computing are not here.
    UNSEEN.store(false, Ordering::Relaxed);
    openblas_openmp::after_fork();
    FORKING.store(0, Ordering::SeqCst);
    process::after_fork();
}
