//! CPU time of whole processes, in ns.
//!
//! `clock_getcpuclockid(3)` gives a clock for a process that counts its live and its ended threads;
//! the kernel brings it up to date at each read, unlike `schedstat`, which lags behind for a
//! running thread by up to one timer tick.

use corewise_model::{Nanos, Pid};

/// CPU time that a process has used, all threads that it ever had included. `None` once it is gone.
pub(crate) fn of_process(pid: Pid) -> Option<Nanos> {
    let mut clock: libc::clockid_t = 0;
    let pid = libc::pid_t::try_from(pid.0).ok()?;
    // SAFETY: `clock` is a valid place for a clock id.
    (unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) } == 0).then(|| read(clock)).flatten()
}

/// CPU time of this process.
pub(crate) fn of_self() -> Nanos {
    read(libc::CLOCK_PROCESS_CPUTIME_ID).unwrap_or(Nanos::ZERO)
}

/// CPU time of the calling thread.
pub(crate) fn of_this_thread() -> Nanos {
    read(libc::CLOCK_THREAD_CPUTIME_ID).unwrap_or(Nanos::ZERO)
}

fn read(clock: libc::clockid_t) -> Option<Nanos> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for a timespec.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Nanos(seconds * 1_000_000_000 + u64::try_from(time.tv_nsec).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_a_process_counts_what_it_burns() {
        let before = of_process(Pid(std::process::id())).unwrap();
        let own = of_self();
        while of_self().saturating_sub(own) < Nanos::from_millis(5) {}
        let after = of_process(Pid(std::process::id())).unwrap();
        assert!(after.saturating_sub(before) >= Nanos::from_millis(5));
        // PID_MAX_LIMIT: no process has this number.
        assert!(of_process(Pid(1 << 22)).is_none());
    }
}
