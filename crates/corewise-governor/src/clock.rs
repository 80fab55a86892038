//! Time, as cheaply as it is needed: the kernel's coarse clock, read without a system call.

/// Monotonic time in ms, as of the kernel's last tick (1 to 10 ms ago).
#[inline]
pub(crate) fn now_ms() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable; this clock always exists on Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
    time.tv_sec.cast_unsigned() * 1000 + time.tv_nsec.cast_unsigned() / 1_000_000
}

/// CPU time of a thread of this process in ns; `None` where it ended.
pub(crate) fn thread_cpu_time(tid: u32) -> Option<u64> {
    // The kernel's encoding of a thread's CPU clock: the TID's complement, PERTHREAD, SCHED.
    let clock = (!(tid.cast_signed()) << 3) | 4 | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is writable.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    Some(time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned())
}

/// Sleeps for so many µs; less where a signal arrives.
pub(crate) fn nap(micros: i64) {
    let time = libc::timespec { tv_sec: 0, tv_nsec: micros * 1000 };
    // SAFETY: `time` is readable, the remainder is not asked for.
    unsafe { libc::nanosleep(&raw const time, std::ptr::null_mut()) };
}
