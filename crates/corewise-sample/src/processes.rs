//! The process tree: who belongs to the program, and since when.

use std::collections::HashMap;
use std::fs::{self, File};

use corewise_model::{
    Entry, Nanos, Pid, ProcessEntry, ProcessId, Role, StartMethod, ThreadEntry, ThreadId, Tid,
};

use crate::journal::Journal;
use crate::threads::{self, LiveThread};

/// How much of a command line is kept.
const MAX_COMMAND: usize = 64 << 10;

/// A process that is alive, as far as is known.
#[derive(Debug)]
pub(crate) struct LiveProcess {
    pub(crate) id: ProcessId,
    pub(crate) pid: Pid,
    pub(crate) task: File,
    pub(crate) threads: HashMap<Tid, LiveThread>,
    /// CPU time of its threads that has been recorded, ended ones included.
    pub(crate) accounted: Nanos,
    /// Threads that ended in the last tick.
    pub(crate) late: Vec<ThreadId>,
    /// CPU time that has been recorded as belonging to no thread.
    pub(crate) unattributed: Nanos,
    /// CPU time of the process when recording of it began.
    pub(crate) before: Nanos,
    /// CPU time by the process's own clock, last time it could be read.
    pub(crate) clock: Nanos,
    pub(crate) parent: Option<ProcessId>,
    /// Whether its threads have been listed once: those found first in a process that was attached
    /// to have a past that is not ours.
    pub(crate) settled: bool,
    /// Whether its clock stood still in the last tick.
    pub(crate) quiet: bool,
    command: Vec<String>,
}

/// Everything that belongs to the program.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    pub(crate) live: HashMap<Pid, LiveProcess>,
    /// Descriptors that may still be kept open.
    descriptors: u64,
}

impl Processes {
    /// An empty tree that may keep this many descriptors open.
    pub(crate) fn new(descriptors: u64) -> Self {
        Self { live: HashMap::new(), descriptors }
    }

    /// Takes a process into the tree, unless it is in there.
    ///
    /// `fresh` says that it began under our eyes, so that all it has used so far counts.
    pub(crate) fn add(
        &mut self,
        journal: &mut Journal,
        at: Nanos,
        pid: Pid,
        parent: Option<ProcessId>,
        fresh: bool,
    ) -> Option<ProcessId> {
        if let Some(known) = self.live.get(&pid) {
            return Some(known.id);
        }
        let task = threads::folder(pid)?;
        let command = command_line(pid);
        let name = threads::name(&task, Tid(pid.0))?;
        let start = match parent {
            None => StartMethod::Root,
            Some(_) => self.start_method(&command, parent),
        };
        let id = journal.process(ProcessEntry {
            pid,
            parent,
            at,
            name,
            command: command.clone(),
            start,
        });
        let before = if fresh { Nanos::ZERO } else { crate::cputime::of_process(pid)? };
        let process = LiveProcess {
            id,
            pid,
            task,
            threads: HashMap::new(),
            accounted: Nanos::ZERO,
            late: Vec::new(),
            unattributed: Nanos::ZERO,
            before,
            clock: before,
            parent,
            settled: fresh,
            quiet: false,
            command,
        };
        self.live.insert(pid, process);
        Some(id)
    }

    /// Notes a process that was gone before it could be looked at.
    pub(crate) fn add_gone(
        journal: &mut Journal,
        at: Nanos,
        pid: Pid,
        parent: Option<ProcessId>,
        name: String,
    ) -> ProcessId {
        let start = StartMethod::Subprocess;
        journal.process(ProcessEntry { pid, parent, at, name, command: Vec::new(), start })
    }

    /// A child whose command line is its parent's was forked and has not replaced its program, or
    /// not yet: [`Processes::notice_exec`] looks again.
    fn start_method(&self, command: &[String], parent: Option<ProcessId>) -> StartMethod {
        let parent = parent.and_then(|id| self.live.values().find(|process| process.id == id));
        match parent {
            // An empty one is about to be replaced.
            Some(parent) if parent.command == command || command.is_empty() => {
                if StartMethod::of_command(command) == StartMethod::Tracker {
                    StartMethod::ForkServer
                } else {
                    StartMethod::Fork
                }
            }
            _ => StartMethod::of_command(command),
        }
    }

    /// Counts what processes that were there before do from here on, and gives their threads.
    pub(crate) fn settle(&mut self, journal: &mut Journal) -> Vec<(Pid, Vec<Tid>)> {
        let mut settled = Vec::new();
        let (live, descriptors) = self.parts();
        for (pid, process) in live.iter_mut().filter(|(_, process)| !process.settled) {
            let (Some(clock), mut tids) = (crate::cputime::of_process(*pid), Vec::new()) else {
                continue;
            };
            if threads::list(&process.task, &mut tids).is_none() {
                continue;
            }
            tids.retain(|tid| {
                Self::add_thread(journal, process, descriptors, Nanos::ZERO, *tid).is_some()
            });
            (process.before, process.clock, process.settled) = (clock, clock, true);
            settled.push((*pid, tids));
        }
        settled
    }

    /// Looks whether processes replaced their program.
    pub(crate) fn notice_exec(&mut self, journal: &mut Journal, at: Nanos) {
        for (pid, process) in &mut self.live {
            let command = command_line(*pid);
            if command != process.command && !command.is_empty() {
                let name = threads::name(&process.task, Tid(pid.0)).unwrap_or_default();
                process.command.clone_from(&command);
                journal.push(Entry::Exec(process.id, at, name, command));
            }
        }
    }

    /// Looks for children of all processes (`/proc/PID/task/TID/children`, each thread's own); with
    /// `quick` only of threads that ran lately.
    pub(crate) fn find_children(&mut self, journal: &mut Journal, at: Nanos, quick: bool) {
        let mut parents: Vec<Pid> = self.live.keys().copied().collect();
        while let Some(parent) = parents.pop() {
            for (child, id) in self.children(parent, quick) {
                if !self.live.contains_key(&child)
                    && self.add(journal, at, child, Some(id), true).is_some()
                {
                    parents.push(child);
                }
            }
        }
    }

    /// Without corewise itself, which may be a child of the program that it was attached to.
    fn children(&self, parent: Pid, quick: bool) -> Vec<(Pid, ProcessId)> {
        let own = Pid(std::process::id());
        let Some(process) = self.live.get(&parent) else { return Vec::new() };
        let mut tids: Vec<Tid> = if quick {
            process.threads.iter().filter(|(_, thread)| thread.ran).map(|(tid, _)| *tid).collect()
        } else {
            Vec::new()
        };
        if !quick && threads::list(&process.task, &mut tids).is_none() {
            return Vec::new();
        }
        tids.iter()
            .filter_map(|tid| {
                fs::read_to_string(format!("/proc/{parent}/task/{tid}/children")).ok()
            })
            .flat_map(|text| {
                text.split_ascii_whitespace()
                    .filter_map(|word| Some((Pid(word.parse().ok()?), process.id)))
                    .filter(|(child, _)| *child != own)
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Takes a thread into its process. `None` when it is gone already.
    pub(crate) fn add_thread(
        journal: &mut Journal,
        process: &mut LiveProcess,
        descriptors: &mut u64,
        at: Nanos,
        tid: Tid,
    ) -> Option<()> {
        let name = threads::name(&process.task, tid)?;
        let entry = ThreadEntry { process: process.id, tid, at, name: name.clone() };
        let id = journal.thread(entry);
        if process.pid.0 == tid.0 {
            journal.push(Entry::Role(id, Role::Main));
        }
        let keep = *descriptors > 0;
        *descriptors -= u64::from(keep);
        let mut thread = LiveThread::new(&process.task, tid, id, name, keep);
        if !process.settled {
            thread.counters = thread.read(&process.task, tid)?;
        }
        process.threads.insert(tid, thread);
        Some(())
    }

    /// The processes, and how many descriptors may still be kept open.
    pub(crate) fn parts(&mut self) -> (&mut HashMap<Pid, LiveProcess>, &mut u64) {
        (&mut self.live, &mut self.descriptors)
    }
}

/// The command line of a process; empty where it has none (a zombie, a kernel thread, a process in
/// the middle of `execve`).
pub(crate) fn command_line(pid: Pid) -> Vec<String> {
    let mut bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    bytes.truncate(MAX_COMMAND);
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_suffix('\0').unwrap_or(&text);
    if text.is_empty() { Vec::new() } else { text.split('\0').map(str::to_owned).collect() }
}
