//! Instruction pointers, forks and exits of the program, as the kernel's perf events tell them.
//!
//! A software `cpu-clock` event on the program, inherited by every thread and process that it
//! starts, needs no hardware counters and no privilege up to `perf_event_paranoid` 2 (see
//! `perf_event_open(2)`). Containers often forbid the call: then there are no samples, and children
//! are found by looking for them.

mod attributes;
mod ring;
pub(crate) mod spin;

use std::collections::HashSet;
use std::io;

use corewise_model::{Pid, Tid};

use self::attributes::Attributes;
use self::ring::Ring;

/// Pages of each CPU's ring: 64 of 4 KiB and one for the header is half of what the kernel lets
/// an unprivileged user lock (`perf_event_mlock_kb`, 516 KiB a CPU).
const RING_PAGES: usize = 64;
/// Pages of a single thread's ring.
const THREAD_RING_PAGES: usize = 1;
/// With more threads than this at the time of attaching, only the first are sampled.
const MAX_THREAD_RINGS: usize = 256;

/// What the kernel wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// A thread was running here.
    Sample { pid: Pid, tid: Tid, ip: u64 },
    /// A thread (`pid == parent`) or a process was started.
    Fork { pid: Pid, parent: Pid },
    /// A thread ended; a process, where it was the last.
    Exit { pid: Pid, tid: Tid },
    /// A process replaced its program.
    Exec { pid: Pid, name: String },
    /// The ring was full.
    Lost(u64),
}

/// The open events.
#[derive(Debug)]
pub(crate) struct Events {
    rings: Vec<Ring>,
    /// The threads with a ring of their own.
    attached: HashSet<Tid>,
}

impl Events {
    /// Follows a program that has just been started, and all that it will start.
    pub(crate) fn follow(pid: Pid, cpus: impl Iterator<Item = u32>) -> io::Result<Self> {
        let attributes = Attributes::sampling(true);
        let rings = cpus
            .map(|cpu| Ring::open(&attributes, pid.0, Some(cpu), RING_PAGES))
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self { rings, attached: HashSet::new() })
    }

    /// For a process that runs already: nothing is inherited, each thread has to be attached. Tries
    /// with the first whether that is permitted.
    pub(crate) fn attach(first: Tid) -> io::Result<Self> {
        let mut events = Self { rings: Vec::new(), attached: HashSet::new() };
        events.attach_thread(first)?;
        Ok(events)
    }

    /// Samples a thread, unless it is sampled already or too many are.
    pub(crate) fn attach_thread(&mut self, tid: Tid) -> io::Result<()> {
        if self.rings.len() < MAX_THREAD_RINGS && self.attached.insert(tid) {
            let attributes = Attributes::sampling(false);
            match Ring::open(&attributes, tid.0, None, THREAD_RING_PAGES) {
                Ok(ring) => self.rings.push(ring),
                // The thread is gone.
                Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes out what was written since the last call.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(Record)) {
        for ring in &mut self.rings {
            ring.drain(|kind, misc, body| {
                if let Some(record) = parse(kind, misc, body) {
                    take(record);
                }
            });
        }
    }
}

fn parse(kind: u32, misc: u16, body: &[u8]) -> Option<Record> {
    let u32_at = |at: usize| Some(u32::from_ne_bytes(body.get(at..at + 4)?.try_into().ok()?));
    let u64_at = |at: usize| Some(u64::from_ne_bytes(body.get(at..at + 8)?.try_into().ok()?));
    match kind {
        // { u64 id; u64 lost; }
        2 => Some(Record::Lost(u64_at(8)?)),
        // { u32 pid, tid; char comm[]; } with PERF_RECORD_MISC_COMM_EXEC
        3 if misc & (1 << 13) != 0 => {
            let name = body.get(8..)?.split(|byte| *byte == 0).next()?;
            let name = String::from_utf8_lossy(name).into_owned();
            Some(Record::Exec { pid: Pid(u32_at(0)?), name })
        }
        // { u32 pid, ppid, tid, ptid; u64 time; }
        4 => Some(Record::Exit { pid: Pid(u32_at(0)?), tid: Tid(u32_at(8)?) }),
        7 => Some(Record::Fork { pid: Pid(u32_at(0)?), parent: Pid(u32_at(4)?) }),
        // { u64 ip; u32 pid, tid; }
        9 => Some(Record::Sample { ip: u64_at(0)?, pid: Pid(u32_at(8)?), tid: Tid(u32_at(12)?) }),
        _ => None,
    }
}
