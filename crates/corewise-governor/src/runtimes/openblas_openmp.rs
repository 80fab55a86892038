//! OpenBLAS built on OpenMP (`USE_OPENMP`): the state of each copy beyond [`openblas`]'s.
//!
//! Before each parallel part it asks OpenMP, by slots of its own, how many threads there may be:
//! those slots are hooked, so each thread gets an answer of its own and no setting of the program's
//! is touched.
//!
//! Facts from OpenBLAS 0.3.15 to 0.3.31, `common_thread.h` and `driver/others/blas_server_omp.c`:
//! - A part uses one thread, whatever else is set, where `omp_get_max_threads` gives 1 (from 0.3.16
//!   on) or `omp_in_parallel` does not give 0 (as long as there is no `blas_omp_threads_local`, which
//!   would be taken then).
//! - Else it uses `blas_cpu_number`, one number for all threads, after it has made it equal to
//!   `omp_get_max_threads` by `goto_set_num_threads`. That frees the buffers of threads above the
//!   number, which another call may be using, and calls `omp_set_num_threads`.
//! - It starts its team by `GOMP_parallel` with as many threads as OpenMP has set. A team smaller than
//!   the number waits for ever: its members wait for one another.
//! - Parts of different threads wait for one another (`blas_buffer_inuse`).
//!
//! So calls with more than one thread at a time have as many as one another (one call, but where
//! counts are fixed), the number is written by the threads that own those calls, before them, and
//! everybody else gets one thread.

use std::ffi::c_void;
use std::os::raw::{c_int, c_uint};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::openblas::{self, COPIES};
use crate::durations::Place;
use crate::process::{self, Lease};
use crate::threads::{self, Thread};
use crate::{clock, hooks};

/// ms after which no call that began before the slots were hooked is between asking OpenMP and
/// reading the number, a few instructions.
const UNSEEN: u64 = 500;

/// The functions of OpenMP that a copy calls.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slots {
    pub(crate) parallel: usize,
    pub(crate) max_threads: usize,
    pub(crate) in_parallel: usize,
    pub(crate) set_threads: usize,
    /// Its own `goto_set_num_threads`.
    pub(crate) goto_set: usize,
    /// Whether it takes `blas_omp_threads_local` inside of parallel regions.
    pub(crate) has_local: bool,
}

struct Copy {
    parallel: AtomicUsize,
    max_threads: AtomicUsize,
    in_parallel: AtomicUsize,
    set_threads: AtomicUsize,
    goto_set: AtomicUsize,
    has_local: AtomicBool,
    /// Calls with more than one thread that are under way, and how many threads each has: 16 bits
    /// each, from the lowest.
    busy: AtomicU32,
    /// What the program has set by OpenBLAS's own function; 0 for nothing.
    limit: AtomicU32,
    /// When calls may begin to have more than one thread.
    from: AtomicU64,
}

static KNOWN: [Copy; COPIES] = [const {
    Copy {
        parallel: AtomicUsize::new(0),
        max_threads: AtomicUsize::new(0),
        in_parallel: AtomicUsize::new(0),
        set_threads: AtomicUsize::new(0),
        goto_set: AtomicUsize::new(0),
        has_local: AtomicBool::new(false),
        busy: AtomicU32::new(0),
        limit: AtomicU32::new(0),
        from: AtomicU64::new(0),
    }
}; COPIES];

/// Takes in what the copy with this number calls. `idle`: whether no thread can be inside of it.
pub(crate) fn register(number: u8, slots: &Slots, idle: bool) {
    let Some(copy) = KNOWN.get(usize::from(number)) else { return };
    if replacement(number, b"GOMP_parallel") == Some(slots.parallel) {
        // Its slots are hooked already.
        return;
    }
    copy.max_threads.store(slots.max_threads, Ordering::Relaxed);
    copy.in_parallel.store(slots.in_parallel, Ordering::Relaxed);
    copy.set_threads.store(slots.set_threads, Ordering::Relaxed);
    copy.goto_set.store(slots.goto_set, Ordering::Relaxed);
    copy.has_local.store(slots.has_local, Ordering::Relaxed);
    copy.limit.store(0, Ordering::Relaxed);
    let from = if idle { 0 } else { clock::now_ms() + UNSEEN };
    copy.from.store(from, Ordering::Relaxed);
    copy.parallel.store(slots.parallel, Ordering::Release);
}

/// A routine is called by a thread: decides how many threads its parallel parts use.
pub(crate) fn enter(thread: &Thread, number: u8, place: Place) -> Lease {
    let Some(copy) = KNOWN.get(usize::from(number)) else { return Lease::NOTHING };
    if thread.is_inside() {
        // The cores are given out already.
        give(thread, number, 1);
        return Lease::NOTHING;
    }
    let asked = copy.asked(number);
    let most = if process::lost_its_team() { 1 } else { asked };
    let lease = process::lease(thread, most, place);
    let mut threads = crate::policy::team(lease.threads(), asked);
    if threads > 1 {
        let claimed = clock::now_ms() >= copy.from.load(Ordering::Relaxed) && copy.claim(threads);
        if claimed {
            thread.had_team.store(true, Ordering::Relaxed);
            give(thread, number, threads);
            threads = copy.prepare(number, threads);
            if threads == 1 {
                copy.release();
            }
        } else {
            threads = 1;
        }
    }
    give(thread, number, threads);
    process::shrink(lease, threads)
}

/// The routine has returned, or was left by `longjmp`.
pub(crate) fn leave(thread: &Thread) {
    let given = thread.openblas.swap(0, Ordering::Relaxed);
    if given & 0xffff > 1
        && let Some(copy) = KNOWN.get((given >> 16) as usize - 1)
    {
        copy.release();
    }
}

/// In a forked process: the calls of other threads are not under way here.
pub(crate) fn after_fork() {
    for copy in &KNOWN {
        copy.busy.store(0, Ordering::Relaxed);
    }
}

/// Whether a call with more than one thread is under way.
pub(crate) fn is_busy(number: usize) -> bool {
    KNOWN.get(number).is_some_and(|copy| copy.busy.load(Ordering::Relaxed) & 0xffff != 0)
}

/// The program sets its limit by OpenBLAS's own function, which sets OpenMP's number of the calling
/// thread too.
pub(crate) fn set_limit(number: usize, count: c_int) {
    let Some(copy) = KNOWN.get(number) else { return };
    copy.limit.store(u32::try_from(count).unwrap_or(1), Ordering::Relaxed);
    copy.really_set_threads(count);
}

/// Remembers for the calling thread how many threads its calls into a copy may use.
fn give(thread: &Thread, number: u8, threads: u32) {
    let word = (u32::from(number) + 1) << 16 | threads.min(0xffff);
    thread.openblas.store(word, Ordering::Relaxed);
}

/// What was given to the calling thread: `None` outside of calls that are hooked.
fn given(number: usize) -> Option<u32> {
    let word = threads::current()?.openblas.load(Ordering::Relaxed);
    ((word >> 16) as usize == number + 1).then_some(word & 0xffff)
}

impl Copy {
    /// Claims the copy for a call with so many threads. Where counts are fixed, calls with as many
    /// share it, for a result must not depend on who came first; their parts wait for one another.
    fn claim(&self, threads: u32) -> bool {
        let mut busy = self.busy.load(Ordering::Relaxed);
        loop {
            let (calls, each) = (busy & 0xffff, busy >> 16);
            if calls != 0 && !(process::is_deterministic() && each == threads) {
                return false;
            }
            let wanted = threads << 16 | (calls + 1);
            let swapped =
                self.busy.compare_exchange(busy, wanted, Ordering::Acquire, Ordering::Relaxed);
            match swapped {
                Ok(_) => return true,
                Err(other) => busy = other,
            }
        }
    }

    fn release(&self) {
        self.busy.fetch_sub(1, Ordering::Release);
    }

    /// The most threads that a call may use: OpenMP's number of this thread, and the limit.
    fn asked(&self, number: u8) -> u32 {
        if self.is_in_parallel() {
            return 1;
        }
        let own = u32::try_from(self.real_max_threads()).unwrap_or(1).max(1);
        let asked = match self.limit.load(Ordering::Relaxed) {
            0 => own,
            limit => own.min(limit),
        };
        if asked > 1 {
            // What OpenBLAS would have set, and what its getter would give.
            openblas::note_number(number, asked);
        }
        asked
    }

    /// Makes the number equal to `threads`; gives what it has become. Only by the call that has
    /// claimed the copy.
    fn prepare(&self, number: u8, threads: u32) -> u32 {
        if threads <= openblas::pool_size(number) {
            openblas::set(number, threads);
            return threads;
        }
        // Buffers are made for the threads that are new, none is freed: it is the most there ever
        // were. The library has a maximum of its own.
        let address = self.goto_set.load(Ordering::Relaxed);
        if address != 0 {
            // SAFETY: the library's `void goto_set_num_threads(int)`, and it is loaded: a function
            // of it is being called.
            let set = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(address) };
            set(c_int::try_from(threads).unwrap_or(1));
        }
        let most = threads.min(openblas::pool_size(number));
        openblas::set(number, most);
        most
    }

    fn real_max_threads(&self) -> c_int {
        let address = self.max_threads.load(Ordering::Relaxed);
        if address == 0 {
            return 1;
        }
        // SAFETY: OpenMP's `int omp_get_max_threads(void)`, as the dynamic linker found it for a
        // library that is loaded.
        let get = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(address) };
        get()
    }

    fn is_in_parallel(&self) -> bool {
        let address = self.in_parallel.load(Ordering::Relaxed);
        if address == 0 {
            return true;
        }
        // SAFETY: OpenMP's `int omp_in_parallel(void)`, as above.
        let get = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(address) };
        get() != 0
    }

    fn really_set_threads(&self, count: c_int) {
        let address = self.set_threads.load(Ordering::Relaxed);
        if address != 0 {
            // SAFETY: OpenMP's `void omp_set_num_threads(int)`, as above.
            let set = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(address) };
            set(count);
        }
    }
}

/// What takes the place of a function of OpenMP in a slot of the copy with this number.
pub(crate) fn replacement(number: u8, name: &[u8]) -> Option<usize> {
    let wrappers = WRAPPERS.get(usize::from(number))?;
    if KNOWN.get(usize::from(number))?.parallel.load(Ordering::Acquire) == 0 {
        return None;
    }
    match name {
        b"omp_get_max_threads" => Some(wrappers.max_threads as *const () as usize),
        b"omp_in_parallel" => Some(wrappers.in_parallel as *const () as usize),
        b"omp_set_num_threads" => Some(wrappers.set_threads as *const () as usize),
        b"GOMP_parallel" => Some(wrappers.parallel as *const () as usize),
        _ => None,
    }
}

type Outlined = extern "C-unwind" fn(*mut c_void);

struct Wrappers {
    max_threads: extern "C" fn() -> c_int,
    in_parallel: extern "C" fn() -> c_int,
    set_threads: extern "C" fn(c_int),
    parallel: extern "C-unwind" fn(Outlined, *mut c_void, c_uint, c_uint),
}

macro_rules! wrappers {
    ($($number:literal)*) => {
        [$(Wrappers {
            max_threads: max_threads::<$number>,
            in_parallel: in_parallel::<$number>,
            set_threads: set_threads::<$number>,
            parallel: parallel::<$number>,
        }),*]
    };
}

static WRAPPERS: [Wrappers; COPIES] = wrappers!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

extern "C" fn max_threads<const NUMBER: usize>() -> c_int {
    match given(NUMBER) {
        Some(threads) => c_int::try_from(threads).unwrap_or(1),
        // A call that no hook saw must not meet one that has several threads.
        None if hooks::is_active() => 1,
        None => KNOWN.get(NUMBER).map_or(1, Copy::real_max_threads),
    }
}

extern "C" fn in_parallel<const NUMBER: usize>() -> c_int {
    let Some(copy) = KNOWN.get(NUMBER) else { return 1 };
    let single = match given(NUMBER) {
        Some(threads) => threads == 1,
        None => hooks::is_active(),
    };
    if single {
        return c_int::from(!copy.has_local.load(Ordering::Relaxed));
    }
    c_int::from(copy.is_in_parallel())
}

extern "C" fn set_threads<const NUMBER: usize>(count: c_int) {
    // Within a call it would overwrite what the program has set.
    if given(NUMBER).is_none()
        && let Some(copy) = KNOWN.get(NUMBER)
    {
        copy.really_set_threads(count);
    }
}

extern "C-unwind" fn parallel<const NUMBER: usize>(
    function: Outlined,
    data: *mut c_void,
    threads: c_uint,
    flags: c_uint,
) {
    let address = KNOWN.get(NUMBER).map_or(0, |copy| copy.parallel.load(Ordering::Relaxed));
    if address == 0 {
        return;
    }
    // SAFETY: OpenMP's `void GOMP_parallel(void (*)(void *), void *, unsigned, unsigned)`, as the
    // dynamic linker found it for a library that is loaded.
    let start = unsafe {
        std::mem::transmute::<usize, extern "C-unwind" fn(Outlined, *mut c_void, c_uint, c_uint)>(
            address,
        )
    };
    // As many as the number says: never fewer.
    let threads = match (threads, given(NUMBER)) {
        (0, Some(given)) if given > 1 => given,
        _ => threads,
    };
    start(function, data, threads, flags);
}
