//! Signals while a program is recorded: the program gets every one that it would get without.

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::SampleError;

/// What is passed on. Terminal signals reach the program by themselves, because it stays in the
/// terminal's foreground process group together with corewise.
const FORWARDED: [libc::c_int; 10] = [
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGHUP,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGALRM,
    libc::SIGWINCH,
    libc::SIGCONT,
    libc::SIGTSTP,
];

/// The signals that corewise passes on, blocked in this process and readable from a descriptor.
/// Dropping it restores the mask.
#[derive(Debug)]
pub struct Signals {
    descriptor: OwnedFd,
    before: libc::sigset_t,
    /// What SIGCHLD did before; ignored, it would make the kernel forget how the program ended.
    child: libc::sighandler_t,
}

/// A signal that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrived {
    pub(crate) signal: libc::c_int,
    /// Whether the terminal sent it, so that the program has got it too.
    pub(crate) from_terminal: bool,
}

impl Signals {
    /// Blocks them from here on. Must be called before any further thread is started.
    pub fn block() -> Result<Self, SampleError> {
        // SAFETY: all-zero is a valid sigset_t, and sigemptyset initialises it anyway.
        let (mut set, mut before) = unsafe { (mem::zeroed(), mem::zeroed()) };
        // SAFETY: `set` and `before` are valid places; the numbers are valid signals.
        let descriptor = unsafe {
            libc::sigemptyset(&raw mut set);
            for signal in FORWARDED {
                libc::sigaddset(&raw mut set, signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
            libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
        };
        if descriptor < 0 {
            return Err(SampleError::system("cannot watch signals")(io::Error::last_os_error()));
        }
        // SAFETY: signalfd gave this descriptor and nobody else has it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        // SAFETY: the default disposition is valid for SIGCHLD.
        let child = unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        Ok(Self { descriptor, before, child })
    }

    /// Lets a program that is started have the mask, and what SIGCHLD did, as they were before.
    pub(crate) fn give_back(&self, command: &mut Command) {
        let (mask, child) = (self.before, self.child);
        // SAFETY: the closure makes only async-signal-safe calls. std has set SIGPIPE back to its
        // default by now (it is ignored in every Rust program, not in ours), and CPython ignores
        // SIGXFSZ where corewise is entered through Python.
        unsafe {
            command.pre_exec(move || {
                libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
                if child == libc::SIG_IGN {
                    libc::signal(libc::SIGCHLD, libc::SIG_IGN);
                }
                libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
                Ok(())
            });
        }
    }

    /// The next signal that arrived, if one did.
    pub(crate) fn next(&self) -> Option<Arrived> {
        // SAFETY: all-zero is a valid signalfd_siginfo.
        let mut info: libc::signalfd_siginfo = unsafe { mem::zeroed() };
        let size = mem::size_of_val(&info);
        // SAFETY: `info` has room for `size` bytes.
        let read = unsafe {
            libc::read(self.descriptor.as_raw_fd(), (&raw mut info).cast::<libc::c_void>(), size)
        };
        (usize::try_from(read) == Ok(size)).then(|| Arrived {
            signal: libc::c_int::try_from(info.ssi_signo).unwrap_or(0),
            from_terminal: info.ssi_code == libc::SI_KERNEL,
        })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        while self.next().is_some() {}
        // SAFETY: `before` was filled by pthread_sigmask, `child` by signal.
        unsafe {
            libc::signal(libc::SIGCHLD, self.child);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut());
        }
    }
}
