//! The program that is recorded, started as the user's shell would start it.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Command;

use corewise_model::{Known, Nanos, Pid};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{
    PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process, pidfd_open, waitid,
};

use crate::signals::Arrived;
use crate::{SampleError, Signals};

/// How a recording ended.
#[derive(Debug)]
pub struct Outcome {
    /// The status as `waitpid` gives it; `None` for a program that was attached to.
    pub status: Option<i32>,
    /// Where the recording is.
    pub storage: crate::Storage,
    /// Why the recording is not whole, if it is not (a full disk). The program was not harmed.
    pub failure: Option<SampleError>,
}

/// A started or attached program.
#[derive(Debug)]
pub struct Program {
    pub(crate) pid: Pid,
    pub(crate) command: Vec<String>,
    pub(crate) child: bool,
    descriptor: OwnedFd,
}

impl Program {
    /// Starts `command` in this process's group, session, terminal, directory and environment plus
    /// `environment`, with the signal mask that corewise itself was started with.
    pub fn start(
        command: &[OsString],
        environment: &[(String, String)],
        signals: &Signals,
    ) -> Result<Self, SampleError> {
        let (name, arguments) = command
            .split_first()
            .ok_or_else(|| SampleError::NoSuchProgram { name: String::new() })?;
        let mut started = Command::new(name);
        started.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        signals.give_back(&mut started);
        let child = started.spawn().map_err(|error| SampleError::start(name, error))?;
        let pid = Pid(child.id());
        Ok(Self {
            pid,
            command: command.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
            child: true,
            descriptor: open(pid)?,
        })
    }

    /// A program that runs already.
    pub fn attach(pid: Pid) -> Result<Self, SampleError> {
        let descriptor = open(pid)?;
        // The memory map is what permission is needed for.
        corewise_probe::Modules::read(pid)?;
        let command = crate::processes::command_line(pid);
        Ok(Self { pid, command, child: false, descriptor })
    }

    /// Its PID.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Waits for its end and gives its status as `waitpid` does. Signals are passed on to it
    /// meanwhile; where it is stopped, this process stops too.
    #[must_use]
    pub fn wait(&self, signals: &Signals) -> Option<i32> {
        loop {
            let mut polled =
                [PollFd::new(self, PollFlags::IN), PollFd::new(signals, PollFlags::IN)];
            let timeout = rustix::time::Timespec { tv_sec: 1, tv_nsec: 0 };
            let _ = poll(&mut polled, Some(&timeout));
            while let Some(arrived) = signals.next() {
                self.pass_on(arrived);
            }
            self.stop_together();
            if self.has_ended() {
                return self.reap().0;
            }
        }
    }

    /// Passes a signal on, unless the program has got it from the terminal already.
    pub(crate) fn pass_on(&self, arrived: Arrived) {
        if !arrived.from_terminal {
            self.signal(arrived.signal);
        }
    }

    /// A stopped program stops corewise too, so that the shell gets its terminal back.
    pub(crate) fn stop_together(&self) {
        if self.was_stopped() {
            let _ = kill_process(rustix::process::getpid(), Signal::STOP);
        }
    }

    fn signal(&self, signal: libc::c_int) {
        if let (Some(signal), Some(pid)) = (Signal::from_named_raw(signal), raw(self.pid)) {
            let _ = kill_process(pid, signal);
        }
    }

    /// Whether it ended. A child stays a zombie, so that its last figures can still be read.
    pub(crate) fn has_ended(&self) -> bool {
        if self.child {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            matches!(waitid(WaitId::PidFd(self.descriptor.as_fd()), options), Ok(Some(_)))
        } else {
            let now = rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 };
            let mut polled = [PollFd::new(&self.descriptor, PollFlags::IN)];
            matches!(poll(&mut polled, Some(&now)), Ok(1..))
        }
    }

    /// Whether it was stopped (SIGTSTP, SIGSTOP) since the last call.
    fn was_stopped(&self) -> bool {
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        self.child
            && matches!(
                waitid(WaitId::PidFd(self.descriptor.as_fd()), options),
                Ok(Some(status)) if status.stopped()
            )
    }

    /// Takes the ended child's status and what the kernel charged it and its waited-for children.
    pub(crate) fn reap(&self) -> (Option<i32>, Known<Nanos>) {
        if !self.child {
            let reason = "the program was attached to: only its parent is told";
            return (None, Known::unknown(reason));
        }
        wait(self.pid)
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// Waits for a child: its status, and what the kernel charged it and its waited-for children.
pub(crate) fn wait(pid: Pid) -> (Option<i32>, Known<Nanos>) {
    let unknown = |reason: &str| (None, Known::unknown(reason));
    let Ok(pid) = libc::pid_t::try_from(pid.0) else { return unknown("no such PID") };
    let mut status = 0;
    // SAFETY: all-zero is a valid rusage.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: both are valid places.
    while unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != ErrorKind::Interrupted {
            return unknown("wait4 failed");
        }
    }
    let nanos = |time: libc::timeval| {
        let part = |n: i64| u64::try_from(n).unwrap_or(0);
        Nanos(part(time.tv_sec) * 1_000_000_000 + part(time.tv_usec) * 1_000)
    };
    (Some(status), Known::Known(nanos(usage.ru_utime) + nanos(usage.ru_stime)))
}

pub(crate) fn raw(pid: Pid) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid.0).ok()?)
}

pub(crate) fn open(pid: Pid) -> Result<OwnedFd, SampleError> {
    let raw = raw(pid).ok_or(SampleError::NoSuchProcess(pid))?;
    pidfd_open(raw, PidfdFlags::empty()).map_err(|error| match error {
        // ENOENT is what newer kernels answer for the number of a thread that is no process.
        rustix::io::Errno::SRCH | rustix::io::Errno::INVAL | rustix::io::Errno::NOENT => {
            SampleError::NoSuchProcess(pid)
        }
        error => SampleError::system("pidfd_open")(error),
    })
}
