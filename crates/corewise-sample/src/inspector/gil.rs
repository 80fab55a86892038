//! Who waits for the GIL.
//!
//! A thread that waits for it is blocked in futex(2) on the condition variable of the GIL, which
//! lies within `_PyRuntime` (CPython 3.10 to 3.14, `ceval_gil.c`; the interpreters made by
//! `concurrent.interpreters` have theirs elsewhere and are not told). Locks that Python code makes
//! are allocated on the heap, so they are not mistaken for it.

use std::fs;
use std::ops::Range;

use corewise_model::{Pid, Tid};

#[cfg(target_arch = "x86_64")]
const FUTEX: u64 = 202;
#[cfg(not(target_arch = "x86_64"))]
const FUTEX: u64 = 98;

/// Whether this thread is blocked on a futex within `runtime`, the address range of `_PyRuntime`.
pub(super) fn waits(pid: Pid, tid: Tid, runtime: &Range<u64>) -> bool {
    fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall"))
        .ok()
        .and_then(|text| futex(&text))
        .is_some_and(|address| runtime.contains(&address))
}

/// The address that a thread waits on, from `/proc/PID/task/TID/syscall`.
fn futex(text: &str) -> Option<u64> {
    let mut words = text.split_ascii_whitespace();
    let call: u64 = words.next()?.parse().ok()?;
    let address = words.next()?.strip_prefix("0x")?;
    (call == FUTEX).then(|| u64::from_str_radix(address, 16).ok()).flatten()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn only_a_futex_is_a_wait() {
        assert_eq!(
            futex("202 0x7f1c2a4e8a68 0x189 0x0 0x7ffd0b0 0x0 0xffffffff 0x7ffd 0x7f1c"),
            Some(0x7f1c_2a4e_8a68)
        );
        assert_eq!(futex("1 0x1 0x7f 0x1 0x0 0x0 0x0 0x7ffd 0x7f1c"), None);
        assert_eq!(futex("running"), None);
        assert_eq!(futex("-1 0x7ffd 0x7f1c"), None);
        assert_eq!(futex(""), None);
    }
}
