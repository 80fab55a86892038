//! Intel's MKL, by `MKL_Set_Num_Threads_Local`: a number for the calling thread alone (oneMKL
//! developer reference, "Threading Control"). Its teams are never made smaller behind its back.

use std::os::raw::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::threads::Thread;

/// Copies in one process: libraries that export MKL's functions.
const COPIES: usize = 8;

struct Copy {
    start: AtomicUsize,
    end: AtomicUsize,
    /// `MKL_Set_Num_Threads_Local` and `MKL_Get_Max_Threads`.
    set_local: AtomicUsize,
    max_threads: AtomicUsize,
}

static KNOWN: [Copy; COPIES] = [const {
    Copy {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        set_local: AtomicUsize::new(0),
        max_threads: AtomicUsize::new(0),
    }
}; COPIES];

/// Takes a copy in: where its code is, and its two functions.
pub(crate) fn register(code: (usize, usize), set_local: usize, max_threads: usize) {
    let copy = KNOWN.iter().find(|copy| {
        let known = copy.set_local.load(Ordering::Relaxed);
        known == 0 || known == set_local
    });
    let Some(copy) = copy else { return };
    copy.start.store(code.0, Ordering::Relaxed);
    copy.end.store(code.1, Ordering::Relaxed);
    copy.max_threads.store(max_threads, Ordering::Relaxed);
    copy.set_local.store(set_local, Ordering::Release);
}

/// The copy whose code is at this address.
pub(crate) fn at(address: usize) -> Option<u8> {
    let number = KNOWN.iter().position(|copy| {
        copy.start.load(Ordering::Relaxed) <= address && address < copy.end.load(Ordering::Relaxed)
    })?;
    u8::try_from(number).ok()
}

/// Whether a function of this name computes, rather than steers MKL.
pub(crate) fn computes(name: &[u8]) -> bool {
    let own = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"mkl_"));
    !own || name.starts_with(b"mkl_sparse_")
}

/// What a call asks for: the thread's own setting, else the process's.
pub(crate) fn asked(number: u8) -> u32 {
    let address =
        KNOWN.get(usize::from(number)).map_or(0, |c| c.max_threads.load(Ordering::Relaxed));
    if address == 0 {
        return 1;
    }
    // SAFETY: MKL's `int MKL_Get_Max_Threads(void)`, and it is loaded: a function of it is being
    // called.
    let get = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(address) };
    u32::try_from(get()).unwrap_or(1).max(1)
}

/// Limits the calling thread for a call, and remembers what it had.
pub(crate) fn limit(thread: &Thread, number: u8, threads: u32) {
    let before = set_local(number, c_int::try_from(threads).unwrap_or(1));
    thread.mkl.store(before.cast_unsigned(), Ordering::Relaxed);
}

/// Gives the thread back what it had.
pub(crate) fn unlimit(thread: &Thread, number: u8) {
    set_local(number, thread.mkl.load(Ordering::Relaxed).cast_signed());
}

fn set_local(number: u8, threads: c_int) -> c_int {
    let address = KNOWN.get(usize::from(number)).map_or(0, |c| c.set_local.load(Ordering::Acquire));
    if address == 0 {
        return 0;
    }
    // SAFETY: MKL's `int MKL_Set_Num_Threads_Local(int)`, and it is loaded.
    let set = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int) -> c_int>(address) };
    set(threads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_not_what_computes() {
        for name in ["cblas_dgemm", "dgetrf_", "DftiComputeForward", "mkl_sparse_d_mv", "vdExp"] {
            assert!(computes(name.as_bytes()), "{name}");
        }
        for name in ["MKL_Set_Num_Threads_Local", "mkl_get_max_threads", "mkl_free", "mkl"] {
            assert_eq!(computes(name.as_bytes()), name == "mkl", "{name}");
        }
    }
}
