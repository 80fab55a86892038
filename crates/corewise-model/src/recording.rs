//! A whole recording, built from its entries.

use serde::{Deserialize, Serialize};

use crate::{
    BitGeneratorUse, Entry, Frame, Header, Interpreter, Known, LeaseTick, Nanos, NativeTick,
    Notice, Pid, Pool, PoolId, ProcessId, Reach, Role, Session, StackEntry, StackSample,
    StartMethod, SystemTick, ThreadId, Tick, Tid,
};

/// A recording in memory. Built by [`Recording::apply`] alone, live and from a file alike, so both
/// give the same report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// What was recorded, where, how.
    pub header: Header,
    /// The processes in the order in which they were seen.
    pub processes: Vec<Process>,
    /// The threads in the order in which they were seen.
    pub threads: Vec<Thread>,
    /// The pools with the process that has them, as they were last seen.
    pub pools: Vec<(ProcessId, Pool)>,
    /// Python frames.
    pub frames: Vec<Frame>,
    /// Python stacks.
    pub stacks: Vec<StackEntry>,
    /// What threads did over time.
    pub ticks: Vec<Tick>,
    /// Python stacks over time.
    pub stack_ticks: Vec<StackTick>,
    /// Instruction pointers over time.
    pub native_ticks: Vec<(Nanos, Vec<NativeTick>)>,
    /// The surroundings over time.
    pub system: Vec<SystemTick>,
    /// Bit generators of forked processes, as last seen.
    pub bit_generators: Vec<(ProcessId, Vec<BitGeneratorUse>)>,
    /// The session that governs the program; several where its budget changed, none where the
    /// program is not governed.
    pub sessions: Vec<Session>,
    /// What the processes lease in it, over time.
    pub leases: Vec<LeaseTick>,
    /// What the recorder could not do.
    pub notices: Vec<Notice>,
    /// The last moment that is recorded.
    pub duration: Nanos,
    /// The exit status as `waitpid` gives it.
    pub status: Option<i32>,
    /// CPU time that the kernel charged the program.
    pub charged: Known<Nanos>,
    /// CPU time that the recorder used.
    pub recorder: Known<Nanos>,
    /// Whether the recording ended in order; else the recorder was killed or the file cut.
    pub complete: bool,
}

/// A process of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: Pid,
    /// The process that started it.
    pub parent: Option<ProcessId>,
    /// When it was first seen.
    pub start: Nanos,
    /// When it ended, if it did.
    pub end: Option<Nanos>,
    /// The kernel's name for it, after its last `execve`.
    pub name: String,
    /// Its command line, after its last `execve`.
    pub command: Vec<String>,
    /// How it was started.
    pub method: StartMethod,
    /// The interpreter in it, if one was found.
    pub interpreter: Option<Interpreter>,
}

/// A thread of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// The process it belongs to.
    pub process: ProcessId,
    /// Its number.
    pub tid: Tid,
    /// Its name.
    pub name: String,
    /// Its place in the program.
    pub role: Role,
    /// When it was first seen.
    pub start: Nanos,
    /// When it ended, if it did.
    pub end: Option<Nanos>,
    /// CPU time used, in all.
    pub run: Nanos,
    /// Run-queue delay, in all.
    pub wait: Nanos,
    /// How often it was given a core.
    pub slices: u64,
    /// Voluntary context switches.
    pub voluntary: u64,
    /// Involuntary context switches.
    pub involuntary: u64,
}

/// The Python stacks of one process at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackTick {
    /// Which process.
    pub process: ProcessId,
    /// When.
    pub at: Nanos,
    /// The time that it stands for.
    pub weight: Nanos,
    /// One for each Python thread.
    pub samples: Vec<StackSample>,
}

impl Recording {
    /// An empty recording.
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self {
            header,
            processes: Vec::new(),
            threads: Vec::new(),
            pools: Vec::new(),
            frames: Vec::new(),
            stacks: Vec::new(),
            ticks: Vec::new(),
            stack_ticks: Vec::new(),
            native_ticks: Vec::new(),
            system: Vec::new(),
            bit_generators: Vec::new(),
            sessions: Vec::new(),
            leases: Vec::new(),
            notices: Vec::new(),
            duration: Nanos::ZERO,
            status: None,
            charged: Known::unknown("the recording did not end in order"),
            recorder: Known::unknown("the recording did not end in order"),
            complete: false,
        }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    ///
    /// A sentence, where the entry refers to something that no earlier entry brought: the recording
    /// is damaged. The recording stays as it was.
    pub fn apply(&mut self, entry: Entry) -> Result<(), String> {
        self.check(&entry)?;
        match entry {
            Entry::Header(_) => return Err("a second header".to_owned()),
            Entry::Process(p) => {
                self.reach(p.at);
                self.processes.push(Process {
                    pid: p.pid,
                    parent: p.parent,
                    start: p.at,
                    end: None,
                    name: p.name,
                    command: p.command,
                    method: p.start,
                    interpreter: None,
                });
            }
            Entry::Exec(id, _, name, command) => {
                let process = &mut self.processes[id.index()];
                process.name = name;
                process.command = command;
                if process.method == StartMethod::Fork {
                    process.method = StartMethod::of_command(&process.command);
                }
            }
            Entry::Interpreter(id, interpreter) => {
                self.processes[id.index()].interpreter = Some(interpreter);
            }
            Entry::ProcessEnd(id, at) => {
                self.reach(at);
                self.processes[id.index()].end = Some(at);
            }
            Entry::Thread(t) => self.threads.push(Thread {
                process: t.process,
                tid: t.tid,
                name: t.name,
                role: Role::Unknown("it was never seen at rest".to_owned()),
                start: t.at,
                end: None,
                run: Nanos::ZERO,
                wait: Nanos::ZERO,
                slices: 0,
                voluntary: 0,
                involuntary: 0,
            }),
            Entry::ThreadName(id, name) => self.threads[id.index()].name = name,
            Entry::Role(id, role) => {
                let thread = &mut self.threads[id.index()];
                // A pool is listed when its libraries are loaded, its threads become known later.
                if let Role::Pool(pool) = role
                    && let Known::Known(threads) = &mut self.pools[pool.index()].1.threads
                    && !threads.contains(&thread.tid)
                {
                    threads.push(thread.tid);
                }
                thread.role = role;
            }
            Entry::ThreadEnd(id, at) => self.threads[id.index()].end = Some(at),
            Entry::Pool(process, _, pool) => self.pools.push((process, self.with_reach(*pool))),
            Entry::PoolChanged(id, _, pool) => self.pools[id.index()].1 = self.with_reach(*pool),
            Entry::Frame(frame) => self.frames.push(frame),
            Entry::Stack(stack) => self.stacks.push(stack),
            Entry::Tick(tick) => self.tick(tick),
            Entry::Stacks(process, at, weight, samples) => {
                self.reach(at);
                self.stack_ticks.push(StackTick { process, at, weight, samples });
            }
            Entry::Switches(id, _, voluntary, involuntary) => {
                let thread = &mut self.threads[id.index()];
                thread.voluntary += voluntary;
                thread.involuntary += involuntary;
            }
            Entry::Native(at, ticks) => self.native_ticks.push((at, ticks)),
            Entry::System(tick) => {
                self.reach(tick.at);
                self.system.push(tick);
            }
            Entry::BitGenerators(process, _, uses) => {
                self.bit_generators.retain(|(known, _)| *known != process);
                self.bit_generators.push((process, uses));
            }
            Entry::Session(session) => self.sessions.push(session),
            Entry::Leases(tick) => {
                self.reach(tick.at);
                self.leases.push(tick);
            }
            Entry::Notice(notice) => self.notices.push(notice),
            Entry::End { at, status, charged, recorder } => {
                self.reach(at);
                self.status = status;
                self.charged = charged;
                self.recorder = Known::Known(recorder);
                self.complete = true;
            }
        }
        Ok(())
    }

    /// CPU time of all threads and of those that were too short to be seen.
    #[must_use]
    pub fn cpu_time(&self) -> Nanos {
        let unattributed =
            self.ticks.iter().flat_map(|tick| &tick.unattributed).map(|(_, run)| *run);
        self.threads.iter().map(|thread| thread.run).chain(unattributed).sum()
    }

    /// The pool with what files leave out.
    fn with_reach(&self, pool: Pool) -> Pool {
        let layer = pool.threading_layer.get().map(String::as_str);
        let governed = Reach::of(pool.runtime, layer, &self.header.host.machine);
        Pool { governed, ..pool }
    }

    /// The pool that a thread belongs to.
    #[must_use]
    pub fn pool_of(&self, thread: ThreadId) -> Option<PoolId> {
        match self.threads.get(thread.index())?.role {
            Role::Pool(pool) => Some(pool),
            _ => None,
        }
    }

    fn tick(&mut self, tick: Tick) {
        self.reach(tick.at);
        for t in &tick.threads {
            let thread = &mut self.threads[t.thread.index()];
            thread.run += t.run;
            thread.wait += t.wait;
            thread.slices += u64::from(t.slices);
        }
        self.ticks.push(tick);
    }

    fn reach(&mut self, at: Nanos) {
        self.duration = self.duration.max(at);
    }

    /// Every reference of an entry must point at something that is there.
    fn check(&self, entry: &Entry) -> Result<(), String> {
        let process = |id: ProcessId| id.index() < self.processes.len();
        let thread = |id: ThreadId| id.index() < self.threads.len();
        let pool = |id: PoolId| id.index() < self.pools.len();
        let sound = match entry {
            Entry::Process(p) => p.parent.is_none_or(process),
            Entry::Exec(id, ..)
            | Entry::Interpreter(id, _)
            | Entry::ProcessEnd(id, _)
            | Entry::Pool(id, ..)
            | Entry::BitGenerators(id, ..) => process(*id),
            Entry::Thread(t) => process(t.process),
            Entry::Role(id, Role::Pool(owner)) => thread(*id) && pool(*owner),
            Entry::ThreadName(id, _)
            | Entry::Role(id, _)
            | Entry::ThreadEnd(id, _)
            | Entry::Switches(id, ..) => thread(*id),
            Entry::PoolChanged(id, ..) => pool(*id),
            Entry::Stack(stack) => stack.frames.iter().all(|f| f.index() < self.frames.len()),
            Entry::Tick(tick) => {
                tick.threads.iter().all(|t| thread(t.thread))
                    && tick.unattributed.iter().all(|(id, _)| process(*id))
            }
            Entry::Stacks(id, _, _, samples) => {
                process(*id)
                    && samples
                        .iter()
                        .all(|s| thread(s.thread) && s.stack.index() < self.stacks.len())
            }
            Entry::Native(_, ticks) => ticks.iter().all(|t| thread(t.thread)),
            Entry::Leases(tick) => tick.processes.iter().all(|p| process(p.process)),
            Entry::Header(_)
            | Entry::Frame(_)
            | Entry::System(_)
            | Entry::Session(_)
            | Entry::Notice(_)
            | Entry::End { .. } => true,
        };
        if sound {
            Ok(())
        } else {
            Err(format!("an entry refers to what is not there: {entry:.120?}"))
        }
    }
}

impl StartMethod {
    /// What a command line says of how its process was started, for a process that is not the first.
    ///
    /// The patterns are those of CPython's `multiprocessing` (3.10 to 3.14), loky 3.x, `distributed`.
    #[must_use]
    pub fn of_command(command: &[String]) -> Self {
        let has = |needle: &str| command.iter().any(|argument| argument.contains(needle));
        if has("resource_tracker") || has("multiprocessing.forkserver") || has("semaphore_tracker")
        {
            Self::Tracker
        } else if has("loky.backend.popen_loky")
            || has("--process-name=LokyProcess")
            || has("LokyProcess-")
        {
            Self::Loky
        } else if has("distributed.cli") || has("dask-worker") || has("dask worker") {
            Self::Dask
        } else if has("multiprocessing.spawn") || has("--multiprocessing-fork") {
            Self::Spawn
        } else {
            Self::Subprocess
        }
    }
}
