//! How long idle members of OpenMP teams spin before they sleep.
//!
//! By default those of GNU OpenMP spin for some 5 ms after each region (300,000 rounds, GCC 12
//! `libgomp/env.c`), those of LLVM and Intel for 200 ms (`KMP_BLOCKTIME`): cores that another process
//! or thread could use. A series of regions needs far less to find its team awake. Runtimes read their
//! variables when they are loaded, so this reaches those that are loaded later, and child processes.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// A variable, its value, and the variables by which a program has its own say.
struct Spin {
    name: &'static CStr,
    value: &'static CStr,
    instead: &'static CStr,
    set: AtomicBool,
}

static SPINS: [Spin; 2] = [
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
pub(crate) fn shorten() {
    for spin in &SPINS {
        if value_of(spin.name).is_some() || value_of(spin.instead).is_some() {
            continue;
        }
        // SAFETY: both are C strings. Other threads may change the environment meanwhile, as they
        // may during any call of libc's that reads it.
        let done = unsafe { libc::setenv(spin.name.as_ptr(), spin.value.as_ptr(), 1) } == 0;
        spin.set.store(done, Ordering::Relaxed);
    }
}

/// Takes back what [`shorten`] set, unless the program has set it anew.
pub(crate) fn restore() {
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
        shorten();
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
