//! Intel's MKL, by `MKL_Set_Num_Threads_Local`: a number for the calling thread alone (oneMKL
//! developer reference, "Threading Control"). Its teams are never made smaller behind its back: members
//! wait for one another, and LU factors come out wrong.
//!
//! `PyTorch` carries a copy inside `libtorch_cpu`, beside code of its own. There only the routines that
//! are known by name are MKL's.

use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::sizes::is_always_single;
use crate::threads::Thread;

/// Copies in one process: libraries that export MKL's functions.
const COPIES: usize = 8;

struct Copy {
    start: AtomicUsize,
    end: AtomicUsize,
    /// `MKL_Set_Num_Threads_Local` and `MKL_Get_Max_Threads`.
    set_local: AtomicUsize,
    max_threads: AtomicUsize,
    /// Whether the library has other code too.
    shared: AtomicBool,
}

static KNOWN: [Copy; COPIES] = [const {
    Copy {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        set_local: AtomicUsize::new(0),
        max_threads: AtomicUsize::new(0),
        shared: AtomicBool::new(false),
    }
}; COPIES];

/// Takes a copy in: where its code is, its two functions, and whether its library has other code.
pub(crate) fn register(code: (usize, usize), set_local: usize, max_threads: usize, shared: bool) {
    let copy = KNOWN.iter().find(|copy| {
        let known = copy.set_local.load(Ordering::Relaxed);
        known == 0 || known == set_local
    });
    let Some(copy) = copy else { return };
    copy.start.store(code.0, Ordering::Relaxed);
    copy.end.store(code.1, Ordering::Relaxed);
    copy.max_threads.store(max_threads, Ordering::Relaxed);
    copy.shared.store(shared, Ordering::Relaxed);
    copy.set_local.store(set_local, Ordering::Release);
}

/// The copy whose code is at this address.
pub(crate) fn at(address: usize) -> Option<u8> {
    let number = KNOWN.iter().position(|copy| {
        copy.start.load(Ordering::Relaxed) <= address && address < copy.end.load(Ordering::Relaxed)
    })?;
    u8::try_from(number).ok()
}

/// Whether the library of this copy has other code too.
pub(crate) fn is_shared(number: u8) -> bool {
    KNOWN.get(usize::from(number)).is_some_and(|copy| copy.shared.load(Ordering::Relaxed))
}

/// Whether the code at this address is in a library that has MKL and other code.
pub(crate) fn shares_its_library(address: usize) -> bool {
    at(address).is_some_and(is_shared)
}

/// Whether a function of a copy, by its name, is to be hooked.
pub(crate) fn is_hooked(number: u8, name: &[u8]) -> bool {
    if is_shared(number) { is_routine(name) && !is_always_single(name) } else { computes(name) }
}

/// Whether a function of this name computes, rather than steers MKL.
fn computes(name: &[u8]) -> bool {
    let own = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"mkl_"));
    !own || name.starts_with(b"mkl_sparse_")
}

/// Whether a function of this name is one of MKL's routines, whatever else its library has.
fn is_routine(name: &[u8]) -> bool {
    let (dfti, sparse): (_, &[u8]) = (b"Dfti".as_slice(), b"mkl_sparse_");
    match name {
        // Fortran's BLAS and LAPACK.
        [b's' | b'd' | b'c' | b'z', routine @ .., b'_'] => {
            let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            (3..=6).contains(&routine.len()) && routine.iter().all(plain)
        }
        // Vector mathematics: `vdExp`, `vmdExp`.
        [b'v', b's' | b'd' | b'c' | b'z', letter, ..]
        | [b'v', b'm', b's' | b'd' | b'c' | b'z', letter, ..] => letter.is_ascii_uppercase(),
        _ if name.starts_with(b"cblas_") => {
            !name.ends_with(b"_size") && !name.starts_with(b"cblas_xerbla")
        }
        _ if name.starts_with(dfti) => name.starts_with(b"DftiCo"),
        _ if name.starts_with(sparse) => {
            let ends = [b"_mm".as_slice(), b"_mv", b"_trsm", b"_trsv", b"_add", b"spmm", b"spmmd"];
            ends.iter().any(|end| name.ends_with(end))
        }
        _ => false,
    }
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
    let before = u32::try_from(before).unwrap_or(0).min(0xffff);
    thread.mkl.store((u32::from(number) + 1) << 16 | before, Ordering::Relaxed);
}

/// Whether the thread is in a call of MKL's that was limited.
pub(crate) fn is_limited(thread: &Thread) -> bool {
    thread.mkl.load(Ordering::Relaxed) != 0
}

/// Gives the thread back what it had, if it is limited.
pub(crate) fn unlimit(thread: &Thread) {
    let word = thread.mkl.swap(0, Ordering::Relaxed);
    if let Some(number) = (word >> 16).checked_sub(1) {
        set_local(u8::try_from(number).unwrap_or(u8::MAX), (word & 0xffff).cast_signed());
    }
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

    #[test]
    fn routines_are_known_among_other_functions() {
        for name in [
            "sgemm_",
            "zdotc_",
            "dorgqr_",
            "cblas_dgemm_batch",
            "DftiComputeForward",
            "vmdErfInv",
            "DftiCommitDescriptor",
            "vsLn",
            "mkl_sparse_s_mm",
            "mkl_sparse_spmm",
        ] {
            assert!(is_routine(name.as_bytes()), "{name}");
        }
        for name in [
            "_ZN2at15get_num_threadsEv",
            "dnnl_primitive_execute",
            "mkl_blas_dgemm",
            "vsnprintf",
            "mkl_sparse_d_bsr0ng_n_mv_ker_i4",
            "cblas_xerbla",
            "DftiErrorClass",
            "s_",
            "",
            "mkl_lapack_dgetrf",
            "deflate_stored_",
            "cblas_sgemm_pack_get_size",
        ] {
            assert!(!is_routine(name.as_bytes()), "{name}");
        }
    }
}
