//! Runs a program to its end and measures it from outside, without looking into it.
//!
//! The program gets a session of its own: `--timeout` and Ctrl-C can then end all that it started,
//! and it has no terminal that one of many runs could wait for.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use corewise_model::{Known, Nanos, Pid};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Signal, kill_process_group, test_kill_process_group};

use crate::program::{open, raw, wait};
use crate::{Captured, SampleError, Signals};

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How long helpers of an ended program, such as Python's resource tracker, may take to end.
const LINGER: Duration = Duration::from_millis(500);

/// What ends a run before the program does; the rest of the blocked signals is not for it.
const ENDING: [libc::c_int; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];

/// How a child's environment differs from corewise's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// What is set, also where it was set before.
    pub set: Vec<(String, String)>,
    /// What is not set.
    pub removed: Vec<String>,
}

/// A program to run: with `/dev/null` as its input, and its output captured.
#[derive(Debug)]
pub struct Launch<'a> {
    /// Its name and arguments.
    pub command: &'a [OsString],
    /// What is different in its environment.
    pub environment: &'a Environment,
    /// The longest that it may take.
    pub timeout: Option<Duration>,
}

/// How a run ended and what it took.
#[derive(Debug)]
pub struct Ended {
    /// The status as `waitpid` gives it.
    pub status: i32,
    /// From before the fork until the kernel told that the process had ended.
    pub wall: Nanos,
    /// User and system time of the process and all its descendants that were waited for.
    pub cpu: Known<Nanos>,
    /// What it printed.
    pub stdout: Captured,
    /// What it printed to standard error.
    pub stderr: Captured,
    /// Whether it was ended because it took too long.
    pub timed_out: bool,
    /// The signal to corewise that ended it.
    pub interrupted: Option<i32>,
    /// Whether processes that it had started still ran after it had ended.
    pub left_processes: bool,
}

impl Launch<'_> {
    /// Runs it.
    pub fn run(&self, signals: &Signals) -> Result<Ended, SampleError> {
        let (name, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| SampleError::NoSuchProgram { name: String::new() })?;
        let (stdout, to_stdout) = pipe()?;
        let (stderr, to_stderr) = pipe()?;
        let mut command = Command::new(name);
        command.args(arguments).stdin(Stdio::null()).stdout(to_stdout).stderr(to_stderr);
        for removed in &self.environment.removed {
            command.env_remove(removed);
        }
        command.envs(self.environment.set.iter().map(|(name, value)| (name, value)));
        signals.give_back(&mut command);
        // SAFETY: setsid is async-signal-safe; it cannot fail in a process that was just forked.
        unsafe {
            command.pre_exec(|| {
                libc::setsid();
                Ok(())
            });
        }
        let begin = Instant::now();
        let child = command.spawn().map_err(|error| SampleError::start(name, error))?;
        // It holds the other ends of the pipes, which would then never end.
        drop(command);
        let pid = Pid(child.id());
        let mut running = Running {
            pid,
            process: open(pid)?,
            begin,
            deadline: self.timeout.and_then(|timeout| begin.checked_add(timeout)),
            kill_at: None,
            timed_out: false,
            interrupted: None,
            stdout: Stream::new(stdout),
            stderr: Stream::new(stderr),
        };
        let wall = running.watch(signals)?;
        let (status, cpu) = wait(pid);
        let left_processes = running.linger();
        Ok(Ended {
            status: status.unwrap_or(0),
            wall,
            cpu,
            stdout: running.stdout.captured,
            stderr: running.stderr.captured,
            timed_out: running.timed_out,
            interrupted: running.interrupted,
            left_processes,
        })
    }
}

/// The first signal that arrived and that means the end, if one did. For the time between two runs.
#[must_use]
pub fn ending_signal(signals: &Signals) -> Option<i32> {
    std::iter::from_fn(|| signals.next())
        .map(|arrived| arrived.signal)
        .find(|signal| ENDING.contains(signal))
}

struct Running {
    pid: Pid,
    process: OwnedFd,
    begin: Instant,
    deadline: Option<Instant>,
    kill_at: Option<Instant>,
    timed_out: bool,
    interrupted: Option<i32>,
    stdout: Stream,
    stderr: Stream,
}

impl Running {
    /// Reads what the program prints until it has ended, and says how long that took.
    fn watch(&mut self, signals: &Signals) -> Result<Nanos, SampleError> {
        loop {
            let (ended, signalled) = self.poll(signals)?;
            let now = Instant::now();
            if ended {
                if self.kill_at.is_some() {
                    // What is left of a program that had to be ended. Before it is waited for, so
                    // that the group's number is still its own.
                    self.signal(libc::SIGKILL);
                }
                self.stdout.drain();
                self.stderr.drain();
                return Ok(nanos(now - self.begin));
            }
            self.stdout.read();
            self.stderr.read();
            if signalled && let Some(signal) = ending_signal(signals) {
                // Whoever asks twice does not want to wait.
                let signal = if self.interrupted.is_some() { libc::SIGKILL } else { signal };
                self.interrupted.get_or_insert(signal);
                self.end(signal, now);
            } else if self.kill_at.is_some_and(|at| now >= at) {
                self.end(libc::SIGKILL, now);
            } else if self.kill_at.is_none() && self.deadline.is_some_and(|at| now >= at) {
                self.timed_out = true;
                self.end(libc::SIGTERM, now);
            }
        }
    }

    /// Sleeps until something happens: whether the program ended, and whether a signal arrived.
    fn poll(&self, signals: &Signals) -> Result<(bool, bool), SampleError> {
        let left = self
            .kill_at
            .or(self.deadline)
            .map(|at| at.saturating_duration_since(Instant::now()))
            .and_then(|left| Timespec::try_from(left).ok());
        let mut polled =
            vec![PollFd::new(&self.process, PollFlags::IN), PollFd::new(signals, PollFlags::IN)];
        for stream in [&self.stdout, &self.stderr] {
            polled.extend(stream.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        }
        match poll(&mut polled, left.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {
                Ok((!polled[0].revents().is_empty(), !polled[1].revents().is_empty()))
            }
            Err(error) => Err(SampleError::system("poll")(error)),
        }
    }

    fn end(&mut self, signal: libc::c_int, now: Instant) {
        self.kill_at = Some(now + GRACE);
        self.signal(signal);
    }

    fn signal(&self, signal: libc::c_int) {
        if let (Some(signal), Some(group)) = (Signal::from_named_raw(signal), raw(self.pid)) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Whether processes of the program's group outlive it.
    fn linger(&self) -> bool {
        let Some(group) = raw(self.pid) else { return false };
        let end = Instant::now() + LINGER;
        while test_kill_process_group(group).is_ok() {
            if Instant::now() >= end {
                return runs(self.pid);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

/// Whether the process group has a member that is no zombie: where nobody collects orphans, as in
/// many containers, zombies stay.
fn runs(group: Pid) -> bool {
    let group = group.to_string();
    let member = |stat: &str| {
        // PID (name) state parent group …, where the name may have blanks and brackets.
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let (state, its) = (fields.next()?, fields.nth(1)?);
        Some(its == group && !matches!(state, "Z" | "X"))
    };
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    processes
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok())
        .any(|stat| member(&stat) == Some(true))
}

/// One of the program's outputs.
struct Stream {
    /// `None` after its end.
    pipe: Option<PipeReader>,
    captured: Captured,
    buffer: Vec<u8>,
}

impl Stream {
    fn new(pipe: PipeReader) -> Self {
        Self { pipe: Some(pipe), captured: Captured::default(), buffer: vec![0; 1 << 16] }
    }

    /// Reads once, if there is something; whether there was.
    fn read(&mut self) -> bool {
        let Some(pipe) = &mut self.pipe else { return false };
        match pipe.read(&mut self.buffer) {
            Ok(0) => self.pipe = None,
            Ok(length) => self.captured.push(&self.buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
            Err(_) => self.pipe = None,
        }
        self.pipe.is_some()
    }

    /// Reads what the ended program had printed. Does not wait for the pipe's end, which processes
    /// that it left behind keep open; nor read for ever what they print.
    fn drain(&mut self) {
        const MOST: u32 = 1 << 10;
        for _ in 0..MOST {
            if !self.read() {
                break;
            }
        }
    }
}

fn pipe() -> Result<(PipeReader, File), SampleError> {
    let failed = SampleError::system("cannot make a pipe");
    let made = io::pipe().and_then(|(reader, writer)| {
        // Only this end: the program expects one that blocks.
        fcntl_setfl(reader.as_fd(), OFlags::NONBLOCK)?;
        Ok((reader, File::from(OwnedFd::from(writer))))
    });
    made.map_err(failed)
}

fn nanos(time: Duration) -> Nanos {
    Nanos(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}
