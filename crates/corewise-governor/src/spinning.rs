//! How long idle threads of pools spin before they sleep.
//!
//! By default those of OpenBLAS spin for some 0.1 s (2^26 ticks and more, 0.3.31), those of GNU OpenMP
//! for some 5 ms (300,000 rounds, GCC 12 `libgomp/env.c`), those of LLVM's and Intel's for 200 ms: cores
//! that another process or thread could use. A series of calls needs far less to find its team awake.
//! OpenMP runtimes read their variables when they are loaded, so this reaches those that are loaded
//! later, and child processes; pools of OpenBLAS are restarted.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// A variable, its value, and the variables by which a program has its own say.
struct Spin {
    name: &'static CStr,
    value: &'static CStr,
    instead: &'static CStr,
    set: AtomicBool,
}

static SPINS: [Spin; 3] = [
    Spin {
        name: c"OPENBLAS_THREAD_TIMEOUT",
        // 2^18 ticks, 0.1 ms.
        value: c"18",
        instead: c"OPENBLAS_THREAD_TIMEOUT",
        set: AtomicBool::new(false),
    },
    Spin {
        name: c"GOMP_SPINCOUNT",
        value: c"30000",
        instead: c"OMP_WAIT_POLICY",
        set: AtomicBool::new(false),
    },
    Spin {
        name: c"KMP_BLOCKTIME",
        value: c"1",
        instead: c"OMP_WAIT_POLICY",
        set: AtomicBool::new(false),
    },
];

/// Sets the variables that the program has not set.
///
/// # Safety
///
/// No other thread may use the environment meanwhile.
pub(crate) unsafe fn shorten() {
    for spin in &SPINS {
        if value_of(spin.name).is_some() || value_of(spin.instead).is_some() {
            continue;
        }
        // SAFETY: both are C strings. The caller sees to it that no other thread uses the environment.
        let done = unsafe { libc::setenv(spin.name.as_ptr(), spin.value.as_ptr(), 1) } == 0;
        spin.set.store(done, Ordering::Relaxed);
    }
}

/// Takes back what [`shorten`] set, unless the program has set it anew.
///
/// # Safety
///
/// As for [`shorten`].
pub(crate) unsafe fn restore() {
    for spin in &SPINS {
        if spin.set.swap(false, Ordering::Relaxed) && value_of(spin.name) == Some(spin.value) {
            // SAFETY: as in `shorten`.
            unsafe { libc::unsetenv(spin.name.as_ptr()) };
        }
    }
}

/// Valid until the environment is changed.
fn value_of(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: the name is a C string; a value is one too.
    unsafe { libc::getenv(name.as_ptr()).as_ref().map(|value| CStr::from_ptr(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_sets_stays() {
        // The only test that touches these variables.
        let set = |name: &CStr, value: &CStr| {
            // SAFETY: C strings; no other test reads or writes the environment.
            unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) };
        };
        // SAFETY: no other test reads or writes the environment.
        let (shorten, restore) = (|| unsafe { shorten() }, || unsafe { restore() });
        shorten();
        assert_eq!(value_of(c"OPENBLAS_THREAD_TIMEOUT"), Some(c"18"));
        assert_eq!(value_of(c"GOMP_SPINCOUNT"), Some(c"30000"));
        assert_eq!(value_of(c"KMP_BLOCKTIME"), Some(c"1"));
        set(c"KMP_BLOCKTIME", c"infinite");
        restore();
        assert_eq!(value_of(c"GOMP_SPINCOUNT"), None);
        assert_eq!(value_of(c"KMP_BLOCKTIME"), Some(c"infinite"));
        set(c"OMP_WAIT_POLICY", c"active");
        shorten();
        assert_eq!(value_of(c"GOMP_SPINCOUNT"), None);
        restore();
    }
}
