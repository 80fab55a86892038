//! What threads did since they were last looked at, from descriptors that are kept open.
//!
//! `/proc/PID/task/TID/schedstat` holds three numbers: CPU time in ns, run-queue delay in ns, and
//! how often the thread was given a core (Linux, Documentation/scheduler/sched-stats.rst). A pread
//! on a kept descriptor takes below a microsecond; opening the file anew takes five times that.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};

use corewise_model::{Nanos, Pid, ThreadId, Tid};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::pread;

/// The counters of one thread, from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counters {
    pub(crate) run: Nanos,
    pub(crate) wait: Nanos,
    pub(crate) slices: u64,
}

/// A thread that is alive, as far as is known.
#[derive(Debug)]
pub(crate) struct LiveThread {
    pub(crate) id: ThreadId,
    /// Kept open unless there are too many.
    schedstat: Option<OwnedFd>,
    pub(crate) counters: Counters,
    /// The tick in which it was last seen.
    pub(crate) seen: u64,
    /// The last context switches: voluntary, involuntary.
    pub(crate) switches: (u64, u64),
    /// Whether it ran since its context switches were last read.
    pub(crate) ran: bool,
    pub(crate) name: String,
}

impl LiveThread {
    /// Opens the thread `tid` below `task`, the folder `/proc/PID/task`.
    pub(crate) fn new(task: &File, tid: Tid, id: ThreadId, name: String, keep: bool) -> Self {
        let schedstat = keep.then(|| open(task, tid, "schedstat")).flatten();
        Self {
            id,
            schedstat,
            counters: Counters::default(),
            seen: 0,
            switches: (0, 0),
            ran: true,
            name,
        }
    }

    /// The counters now; `None` once the thread is gone.
    pub(crate) fn read(&self, task: &File, tid: Tid) -> Option<Counters> {
        let mut buffer = [0; 96];
        let length = if let Some(descriptor) = &self.schedstat {
            pread(descriptor, &mut buffer, 0).ok()?
        } else {
            pread(open(task, tid, "schedstat")?, &mut buffer, 0).ok()?
        };
        parse(buffer.get(..length)?)
    }
}

/// Voluntary and involuntary context switches of a thread (`/proc/PID/task/TID/status`).
pub(crate) fn context_switches(task: &File, tid: Tid) -> Option<(u64, u64)> {
    let mut buffer = [0; 4096];
    let length = pread(open(task, tid, "status")?, &mut buffer, 0).ok()?;
    let text = std::str::from_utf8(buffer.get(..length)?).ok()?;
    let field = |name: &str| {
        let rest = text.lines().rev().find_map(|line| line.strip_prefix(name))?;
        rest.trim().parse::<u64>().ok()
    };
    Some((field("voluntary_ctxt_switches:")?, field("nonvoluntary_ctxt_switches:")?))
}

/// The kernel's name for a thread.
pub(crate) fn name(task: &File, tid: Tid) -> Option<String> {
    let mut buffer = [0; 64];
    let length = pread(open(task, tid, "comm")?, &mut buffer, 0).ok()?;
    Some(String::from_utf8_lossy(buffer.get(..length)?).trim_end_matches('\n').to_owned())
}

/// The threads in `/proc/PID/task`; `None` once the process is gone.
pub(crate) fn list(task: &File, into: &mut Vec<Tid>) -> Option<()> {
    into.clear();
    rustix::fs::seek(task, rustix::fs::SeekFrom::Start(0)).ok()?;
    let mut space = [std::mem::MaybeUninit::uninit(); 8192];
    let mut entries = rustix::fs::RawDir::new(task.as_fd(), &mut space);
    while let Some(entry) = entries.next() {
        let number = entry.ok()?.file_name().to_str().ok()?.parse::<u32>();
        into.extend(number.ok().map(Tid));
    }
    (!into.is_empty()).then_some(())
}

/// How many threads a process has: the kernel counts its folder's links by them
/// (`proc_task_getattr` in fs/proc/base.c). `None` once it is gone.
pub(crate) fn number(task: &File) -> Option<u64> {
    #[allow(clippy::useless_conversion, reason = "a u32 on aarch64")]
    let links = u64::from(rustix::fs::fstat(task).ok()?.st_nlink);
    links.checked_sub(2)
}

/// The folder `/proc/PID/task`, which stays that of this process though its PID be used again.
pub(crate) fn folder(pid: Pid) -> Option<File> {
    File::open(format!("/proc/{pid}/task")).ok()
}

fn open(task: &File, tid: Tid, file: &str) -> Option<OwnedFd> {
    openat(task, format!("{tid}/{file}"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

fn parse(text: &[u8]) -> Option<Counters> {
    let mut numbers = text.trim_ascii().split(|byte| *byte == b' ').map(|digits| {
        digits.iter().try_fold(0u64, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
        })
    });
    Some(Counters {
        run: Nanos(numbers.next()??),
        wait: Nanos(numbers.next()??),
        slices: numbers.next()??,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedstat_is_three_numbers() {
        assert_eq!(
            parse(b"123456789 4567 89\n"),
            Some(Counters { run: Nanos(123_456_789), wait: Nanos(4567), slices: 89 })
        );
        assert_eq!(parse(b"1 2\n"), None);
        assert_eq!(parse(b"a b c\n"), None);
    }

    #[test]
    fn this_thread_is_in_the_list_and_its_counters_grow() {
        let task = folder(Pid(std::process::id())).unwrap();
        let tid = Tid(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs());
        let mut threads = Vec::new();
        list(&task, &mut threads).unwrap();
        assert!(threads.contains(&tid));
        assert!(number(&task).unwrap() >= 1);
        let live = LiveThread::new(&task, tid, ThreadId(0), String::new(), true);
        let before = live.read(&task, tid).unwrap();
        while live.read(&task, tid).unwrap().run == before.run {}
        assert!(context_switches(&task, tid).is_some());
    }
}
