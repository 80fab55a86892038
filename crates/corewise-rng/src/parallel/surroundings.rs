//! What a thread of the pool takes over from the thread that starts it, and must not; and which
//! process this is.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Forks between the process that was loaded and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// A process, told apart from its parent. Its PID alone would not do: the first process of each PID
/// namespace has the number 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pid: u32,
    forks: u32,
}

impl Process {
    /// The one that asks.
    pub(super) fn this() -> Self {
        static REGISTERED: AtomicBool = AtomicBool::new(false);
        if !REGISTERED.load(Ordering::Relaxed) && !REGISTERED.swap(true, Ordering::Relaxed) {
            // SAFETY: the handler adds to a counter, which it may in a forked child. Nothing unloads
            // the code that it lies in: neither programs nor Python's extensions.
            unsafe { libc::pthread_atfork(None, None, Some(count_fork)) };
        }
        Self { pid: process::id(), forks: FORKS.load(Ordering::Relaxed) }
    }
}

unsafe extern "C" fn count_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Whether the calling thread computes as threads do that were told nothing else: it rounds to
/// nearest, and keeps denormal numbers. A new thread takes this over from the one that starts it and
/// keeps it, whatever its later callers do.
pub(super) fn rounds_as_usual() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let mut control = 0u32;
        // SAFETY: stores the register's 32 bits where it is told to.
        unsafe {
            std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags));
        }
        // Rounding control, flush to zero, denormals are zero (Intel SDM, volume 1, 10.2.3).
        control & 0xe040 == 0
    }
    #[cfg(target_arch = "aarch64")]
    {
        let control: u64;
        // SAFETY: reads a register that every process may read.
        unsafe {
            std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags));
        }
        // RMode and FZ (Arm ARM, FPCR).
        control & 0x01c0_0000 == 0
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        true
    }
}

/// Runs `start` with signals blocked, which threads that it starts take over: those that are sent to
/// the process are for the program's own threads, which may have blocked them to wait for them.
pub(super) fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    // SAFETY: an all-zero set is a valid place for the calls that fill it; `pthread_sigmask` fails
    // for a wrong first argument alone.
    let before = unsafe {
        let mut blocked: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut blocked);
        // A thread's own faults: blocked, they would end the process without a handler's word.
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP] {
            libc::sigdelset(&raw mut blocked, fault);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const blocked, &raw mut before);
        before
    };
    let result = start();
    // SAFETY: the set is the one that was given above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_round_as_usual_unless_they_were_told() {
        assert!(rounds_as_usual());
    }

    #[test]
    fn a_thread_takes_over_that_signals_are_blocked() {
        let blocked = |signal| {
            // SAFETY: as above; nothing is changed.
            unsafe {
                let mut now: libc::sigset_t = std::mem::zeroed();
                libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), &raw mut now);
                libc::sigismember(&raw const now, signal) == 1
            }
        };
        let inside = without_signals(|| {
            std::thread::spawn(move || (blocked(libc::SIGUSR1), blocked(libc::SIGSEGV)))
        });
        assert_eq!(inside.join().unwrap(), (true, false));
        assert!(!blocked(libc::SIGUSR1));
    }
}
