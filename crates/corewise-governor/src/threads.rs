//! What the governor knows of each thread, without thread-local variables: those of a library that
//! is loaded at run time are allocated on first use, which a hook must not do.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::clock::thread_cpu_time;
use crate::runtimes::openblas::COPIES;
use crate::{callers, idle};

/// Threads that are told apart. Those beyond run as if they were inside a region already.
const THREADS: usize = 4096;

/// One thread. Only the thread itself writes, but for `used` and `tid`.
#[repr(align(64))]
pub(crate) struct Thread {
    used: AtomicBool,
    /// Its number, by which its CPU clock is read.
    pub(crate) tid: AtomicU32,
    /// Hooked calls that it is inside of.
    pub(crate) depth: AtomicU32,
    /// BLAS calls that it is inside of.
    pub(crate) blas: AtomicU32,
    /// Parallel regions that it is a team member of.
    pub(crate) team: AtomicU32,
    /// The frame of the outermost hooked call: one at or above it means that calls were left by
    /// `longjmp`.
    pub(crate) frame: AtomicUsize,
    /// The token of its outermost hooked call.
    pub(crate) held: AtomicU64,
    /// When its outermost hooked call began, and at which place.
    pub(crate) began: AtomicU64,
    pub(crate) place: AtomicUsize,
    /// Ticks below which its outermost hooked call has not computed, but answered a question.
    pub(crate) least: AtomicU64,
    /// How often calls were left by `longjmp`.
    pub(crate) abandoned: AtomicU32,
    /// What `__kmpc_push_num_threads` asked for, for the next region; 0 for nothing.
    pub(crate) pushed: AtomicU32,
    /// The call of MKL's that it is in: the copy's number plus 1, and the number of threads that it
    /// had before, 16 bits each; 0 outside.
    pub(crate) mkl: AtomicU32,
    /// What it may use in the OpenBLAS built on OpenMP that it is in: the copy's number plus 1, and
    /// threads, 16 bits each; 0 outside.
    pub(crate) openblas: AtomicU32,
    /// The most threads of its calls into an OpenBLAS with threads of its own; 0 for any number.
    pub(crate) limit: AtomicU32,
    /// What the program has set of each OpenBLAS in this thread under that limit; 0 for nothing.
    chosen: [AtomicU16; COPIES],
    /// The limit that holds until the call into OpenBLAS that it is in has ended; 0 for none.
    bound: AtomicU32,
    /// The number of threads that Numba had for it before the region that it is in.
    pub(crate) numba: AtomicU32,
    /// The window in which it was last counted as a caller.
    pub(crate) window: AtomicU32,
    /// Its CPU time in ns when it was last looked at, and that moment in ms.
    cpu: AtomicU64,
    looked: AtomicU64,
    /// Whether it is forking.
    pub(crate) forking: AtomicBool,
    /// Whether it keeps others from looking at libraries while it forks.
    pub(crate) has_turn: AtomicBool,
    /// Whether it has had an OpenMP team, which a forked process does not have any more.
    pub(crate) had_team: AtomicBool,
}

impl Thread {
    const fn new() -> Self {
        Self {
            used: AtomicBool::new(false),
            tid: AtomicU32::new(0),
            depth: AtomicU32::new(0),
            blas: AtomicU32::new(0),
            team: AtomicU32::new(0),
            frame: AtomicUsize::new(0),
            held: AtomicU64::new(0),
            began: AtomicU64::new(0),
            place: AtomicUsize::new(0),
            least: AtomicU64::new(0),
            abandoned: AtomicU32::new(0),
            pushed: AtomicU32::new(0),
            mkl: AtomicU32::new(0),
            openblas: AtomicU32::new(0),
            limit: AtomicU32::new(0),
            chosen: [const { AtomicU16::new(0) }; COPIES],
            bound: AtomicU32::new(0),
            numba: AtomicU32::new(0),
            window: AtomicU32::new(0),
            cpu: AtomicU64::new(0),
            looked: AtomicU64::new(0),
            forking: AtomicBool::new(false),
            has_turn: AtomicBool::new(false),
            had_team: AtomicBool::new(false),
        }
    }

    /// Whether it is inside a region, as its caller or in its team: the cores are given out already.
    #[inline]
    pub(crate) fn is_inside(&self) -> bool {
        self.team.load(Ordering::Relaxed) > 0 || self.depth.load(Ordering::Relaxed) > 0
    }

    /// What is left of a number of threads of an OpenBLAS under its limit.
    pub(crate) fn limited(&self, number: usize, threads: u32) -> u32 {
        let limit = self.limit.load(Ordering::Relaxed);
        if limit == 0 {
            return threads;
        }
        let chosen = self.chosen.get(number).map_or(0, |own| own.load(Ordering::Relaxed));
        let most = threads.min(limit);
        if chosen == 0 { most } else { most.min(chosen.into()) }
    }

    /// Limits the thread; 0 ends that, and what the program has set meanwhile.
    pub(crate) fn set_limit(&self, limit: u32) {
        if limit == 0 {
            self.forget_chosen();
        } else {
            LIMITED.store(true, Ordering::Relaxed);
        }
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// The program sets the number of an OpenBLAS. Under a limit that counts for this thread, as long
    /// as it is limited: what is set may be what was read under the limit, and is not to outlive it.
    /// `false` where there is no limit.
    pub(crate) fn choose(&self, number: usize, threads: u32) -> bool {
        if self.limit.load(Ordering::Relaxed) == 0 {
            return false;
        }
        if let Some(chosen) = self.chosen.get(number) {
            chosen.store(u16::try_from(threads).unwrap_or(u16::MAX), Ordering::Relaxed);
        }
        true
    }

    fn forget_chosen(&self) {
        for chosen in &self.chosen {
            chosen.store(0, Ordering::Relaxed);
        }
    }

    /// It begins a call into an OpenBLAS. `parts`: whether that reads the number of threads several
    /// times.
    pub(crate) fn bind(&self, number: usize, parts: bool) {
        let limit = if parts { self.limited(number, u32::MAX) } else { 0 };
        self.bound.store(limit, Ordering::Relaxed);
    }

    fn clear(&self) {
        self.forget_chosen();
        let Self { depth, blas, team, pushed, mkl, openblas, limit, window, .. } = self;
        for field in [depth, blas, team, pushed, mkl, openblas, limit, window] {
            field.store(0, Ordering::Relaxed);
        }
        self.frame.store(0, Ordering::Relaxed);
        self.looked.store(0, Ordering::Relaxed);
        self.held.store(0, Ordering::Relaxed);
        self.had_team.store(false, Ordering::Relaxed);
        self.forking.store(false, Ordering::Relaxed);
        self.has_turn.store(false, Ordering::Relaxed);
    }
}

static POOL: [Thread; THREADS] = [const { Thread::new() }; THREADS];
/// Where the search for a free record begins.
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Records beyond this one were never used.
static HIGH: AtomicUsize = AtomicUsize::new(0);
/// The key under which each thread keeps its record, plus 1; 0 before there is one.
static KEY: AtomicU32 = AtomicU32::new(0);

/// Adds to a counter that only this thread writes: a load and a store, no locked instruction.
pub(crate) fn bump(counter: &AtomicU32) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Undoes [`bump`].
pub(crate) fn drop_one(counter: &AtomicU32) {
    counter.store(counter.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
}

/// Makes the key; `false` where the system has none left.
pub(crate) fn prepare() -> bool {
    if KEY.load(Ordering::Acquire) != 0 {
        return true;
    }
    let mut key: libc::pthread_key_t = 0;
    // SAFETY: `key` is writable, and `ended` is a function that lives as long as the library, which
    // is never unloaded (`install` sees to it).
    if unsafe { libc::pthread_key_create(&raw mut key, Some(ended)) } != 0 {
        return false;
    }
    KEY.store(key + 1, Ordering::Release);
    true
}

/// The calling thread's record; `None` where all are taken.
#[inline]
pub(crate) fn current() -> Option<&'static Thread> {
    let key = KEY.load(Ordering::Relaxed).checked_sub(1)?;
    // SAFETY: the key exists.
    let known = unsafe { libc::pthread_getspecific(key) }.cast::<Thread>();
    // SAFETY: only addresses of `POOL`'s records are stored under the key.
    unsafe { known.as_ref() }.or_else(|| register(key))
}

#[cold]
fn register(key: libc::pthread_key_t) -> Option<&'static Thread> {
    let start = NEXT.fetch_add(1, Ordering::Relaxed);
    let high = HIGH.load(Ordering::Relaxed).max(1);
    // Those that were used before first, so that whoever looks at all looks at few.
    let places = (0..high).map(|offset| (start + offset) % high).chain(high..THREADS);
    let (index, record) = places.into_iter().find_map(|index| {
        let record = POOL.get(index)?;
        let free =
            !record.used.load(Ordering::Relaxed) && !record.used.swap(true, Ordering::Acquire);
        free.then_some((index, record))
    })?;
    HIGH.fetch_max(index + 1, Ordering::SeqCst);
    record.clear();
    // SAFETY: `gettid` has no preconditions.
    let tid = unsafe { libc::gettid() };
    record.tid.store(tid.cast_unsigned(), Ordering::Relaxed);
    // SAFETY: the key exists. A key below 32, as one made early has, needs no memory here.
    let stored = unsafe { libc::pthread_setspecific(key, ptr::from_ref(record).cast()) };
    if stored != 0 {
        record.used.store(false, Ordering::Release);
        return None;
    }
    Some(record)
}

extern "C" fn ended(record: *mut c_void) {
    // SAFETY: only addresses of `POOL`'s records are stored under the key.
    if let Some(record) = unsafe { record.cast::<Thread>().as_ref() } {
        record.tid.store(0, Ordering::Relaxed);
        record.used.store(false, Ordering::Release);
    }
}

/// All threads but the calling one.
fn others() -> impl Iterator<Item = &'static Thread> {
    let me = current().map_or(ptr::null(), ptr::from_ref);
    let known = POOL.iter().take(HIGH.load(Ordering::SeqCst));
    known.filter(move |thread| !ptr::eq(*thread, me) && thread.used.load(Ordering::Relaxed))
}

/// Whether a thread was ever limited.
static LIMITED: AtomicBool = AtomicBool::new(false);

/// `threads`, or the smallest limit of the calls into OpenBLAS that are under way in other threads and
/// will read the number again, which is one for all.
pub(crate) fn under_limits(threads: u32) -> u32 {
    if !LIMITED.load(Ordering::Relaxed) {
        return threads;
    }
    let bound = in_blas().map(|thread| thread.bound.load(Ordering::Relaxed));
    bound.filter(|limit| *limit != 0).fold(threads, u32::min)
}

/// Threads that are inside a BLAS call now, but for the calling one.
pub(crate) fn in_blas() -> impl Iterator<Item = &'static Thread> {
    others().filter(|thread| thread.blas.load(Ordering::SeqCst) > 0)
}

/// The most threads whose state is read.
const STATES: usize = 32;
/// The last answer of [`running_callers`]: a tick of the clock (48 bits), and the count.
static RUNNING: AtomicU64 = AtomicU64::new(0);

/// Threads other than the calling one that were callers in this window or the one before, are in no
/// region now, and run or are ready to run. Looked at once a tick.
pub(crate) fn running_callers(now: u64) -> u32 {
    let known = RUNNING.load(Ordering::Relaxed);
    if known >> 16 == now {
        return (known & 0xffff) as u32;
    }
    let window = callers::window(now);
    let outside = others().filter(|thread| {
        let seen = thread.window.load(Ordering::Relaxed);
        (seen == window || seen == window.wrapping_sub(1))
            && thread.depth.load(Ordering::Relaxed) == 0
    });
    let runs = |thread: &&Thread| !idle::sleeps(thread.tid.load(Ordering::Relaxed));
    let count = outside.take(STATES).filter(runs).count();
    RUNNING.store(now << 16 | count as u64, Ordering::Relaxed);
    u32::try_from(count).unwrap_or(0)
}

/// The most threads whose clocks are read at a look: each takes a system call of 0.3 µs.
const CLOCKS: usize = 32;
/// A thread that used this part of a core counts as one that computes.
const COMPUTES: f64 = 0.4;

/// Threads other than the calling one that are callers at times and compute outside of parallel
/// regions now. `was_caller` says, by the window of its last region, whether a thread is one.
pub(crate) fn computing(now: u64, was_caller: impl Fn(u32) -> bool) -> u32 {
    let callers = others().filter(|thread| was_caller(thread.window.load(Ordering::Relaxed)));
    let computes = |thread: &&Thread| {
        let Some(cpu) = thread_cpu_time(thread.tid.load(Ordering::Relaxed)) else { return false };
        let used = cpu.saturating_sub(thread.cpu.swap(cpu, Ordering::Relaxed));
        let elapsed = now.saturating_sub(thread.looked.swap(now, Ordering::Relaxed));
        let outside = thread.depth.load(Ordering::Relaxed) == 0;
        outside && elapsed < 100 && used as f64 > COMPUTES * elapsed as f64 * 1e6
    };
    u32::try_from(callers.take(CLOCKS).filter(computes).count()).unwrap_or(0)
}

/// No thread counts as a caller any more, also one that is just ending, until its next region.
pub(crate) fn forget_callers() {
    for record in POOL.iter().take(HIGH.load(Ordering::SeqCst)) {
        record.window.store(0, Ordering::Relaxed);
    }
}

/// In a forked process: the other threads are gone.
pub(crate) fn after_fork() {
    let me = current().map_or(ptr::null(), ptr::from_ref);
    for record in POOL.iter().take(HIGH.load(Ordering::SeqCst)) {
        if !ptr::eq(record, me) && record.used.load(Ordering::Relaxed) {
            record.clear();
            record.used.store(false, Ordering::Relaxed);
        }
    }
    if let Some(record) = current() {
        // SAFETY: `gettid` has no preconditions.
        record.tid.store(unsafe { libc::gettid() }.cast_unsigned(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_under_a_limit_ends_with_it() {
        let thread = Thread::new();
        assert!(!thread.choose(0, 1));
        thread.set_limit(3);
        assert!(thread.choose(0, 2));
        assert_eq!((thread.limited(0, 5), thread.limited(1, 5)), (2, 3));
        thread.set_limit(1);
        assert_eq!(thread.limited(0, 5), 1);
        thread.set_limit(4);
        assert_eq!((thread.limited(0, 5), thread.limited(1, 5)), (2, 4));
        thread.set_limit(0);
        assert_eq!(thread.limited(0, 5), 5);
        thread.set_limit(3);
        assert_eq!(thread.limited(0, 5), 3);
    }
}
