//! GNU OpenMP, and whoever provides its entry points (LLVM's and Intel's OpenMP do).
//!
//! A region's thread count is an argument of `GOMP_parallel`. Fewer threads than asked for are
//! always allowed (OpenMP 5.2, section 10.1.1); more never are given, so code that sizes buffers by
//! `omp_get_max_threads` stays right.

use std::ffi::c_void;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{mkl, whole};
use crate::arch::Call;
use crate::durations::Place;
use crate::process::{self, Lease};
use crate::threads::{self, Thread, bump, drop_one};

/// Copies of OpenMP runtimes in one process.
pub(crate) const COPIES: usize = 16;

/// `omp_get_max_threads` of each copy; 0 where there is none.
static MAX_THREADS: [AtomicUsize; COPIES] = [const { AtomicUsize::new(0) }; COPIES];

/// Registers a copy by the address of its `omp_get_max_threads`, and gives its number.
pub(crate) fn register(max_threads: usize) -> Option<u8> {
    for (number, known) in MAX_THREADS.iter().enumerate() {
        match known.load(Ordering::Relaxed) {
            0 => {
                known.store(max_threads, Ordering::Release);
                return u8::try_from(number).ok();
            }
            address if address == max_threads => return u8::try_from(number).ok(),
            _ => {}
        }
    }
    None
}

/// What a region without a `num_threads` clause asks for: the thread's own setting, whoever set it.
pub(crate) fn max_threads(copy: u8) -> u32 {
    let address = MAX_THREADS.get(usize::from(copy)).map_or(0, |a| a.load(Ordering::Acquire));
    if address == 0 {
        return 1;
    }
    // SAFETY: the address is the runtime's `int omp_get_max_threads(void)`. The runtime is loaded:
    // a function of it is being called.
    let get = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(address) };
    u32::try_from(get()).unwrap_or(1).max(1)
}

/// What a team member needs to know. Lives in the caller's frame until the region ends.
#[repr(C)]
struct Region {
    function: extern "C-unwind" fn(*mut c_void),
    data: *mut c_void,
}

/// `GOMP_parallel(function, data, threads, flags)` and its siblings, which have more arguments
/// behind these.
pub(crate) fn enter(thread: &Thread, copy: u8, call: &mut Call, place: Place) -> Option<Lease> {
    let [function, data, threads, ..] = &mut call.arguments;
    let number = *threads & 0xffff_ffff;
    if mkl::is_limited(thread) {
        // Of the size that MKL was told.
        thread.had_team.fetch_or(number != 1, Ordering::Relaxed);
        return None;
    }
    let whole = whole::has(*function);
    if thread.is_inside() {
        // Inside a region: the cores are given out already.
        if !whole {
            *threads = 1;
        }
        return None;
    }
    let asked = asked(*threads, copy);
    let (lease, count) = if whole {
        // Of loops that say no number, all have one then.
        let alone = number == 0 && process::lost_its_team();
        let count = if alone { 1 } else { asked };
        (process::lease_team(thread, count, place), count)
    } else {
        let most = if process::lost_its_team() { 1 } else { asked };
        let lease = process::lease(thread, most, place);
        let count = crate::policy::team(lease.threads(), asked);
        (process::shrink(lease, count), count)
    };
    *threads = count as usize;
    if count > 1 {
        thread.had_team.store(true, Ordering::Relaxed);
        let [first, second, ..] = &mut call.room;
        (*first, *second) = (*function, *data);
        *data = std::ptr::from_ref(first) as usize;
        *function = member as *const () as usize;
    }
    Some(lease)
}

/// `GOMP_parallel_start(function, data, threads)`, of compilers before GCC 4.9: the region ends in
/// another call, so nothing is leased.
pub(crate) fn enter_start(thread: &Thread, copy: u8, call: &mut Call, place: Place) {
    let [_, _, threads, ..] = &mut call.arguments;
    let lease = process::lease(thread, asked(*threads, copy), place);
    *threads = lease.threads() as usize;
    process::give_back(thread, lease);
}

fn asked(argument: usize, copy: u8) -> u32 {
    // `unsigned int`: the register's upper half is not defined.
    match u32::try_from(argument & 0xffff_ffff).unwrap_or(0) {
        0 => max_threads(copy),
        count => count,
    }
}

/// What each member of a team runs, the caller among them.
extern "C-unwind" fn member(region: *mut c_void) {
    // SAFETY: `enter` passed the address of two words in the frame of the stub, which is there
    // until the region has ended; they have the layout of `Region`.
    let Region { function, data } = unsafe { region.cast::<Region>().read() };
    let thread = threads::current();
    if let Some(thread) = thread {
        bump(&thread.team);
    }
    function(data);
    if let Some(thread) = thread {
        drop_one(&thread.team);
    }
}
