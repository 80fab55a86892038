//! What a recorder writes, in the order in which it comes to know it.
//!
//! A recording is a stream of entries. Each entry refers only to what came before it, so a
//! recording that ends early is whole up to there.

use serde::{Deserialize, Serialize};

use crate::{Allowed, Known, LeaseTick, Nanos, Pid, Pool, Session, Throttling, Tid};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index into the recording's list.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index! {
    /// A process of a recording: its place in `Recording::processes`. A PID may be used twice in
    /// one recording, this never is.
    ProcessId
}
index! {
    /// A thread of a recording: its place in `Recording::threads`.
    ThreadId
}
index! {
    /// A pool of a recording: its place in `Recording::pools`.
    PoolId
}
index! {
    /// A Python frame: its place in `Recording::frames`.
    FrameId
}
index! {
    /// A Python stack: its place in `Recording::stacks`.
    StackId
}

/// One thing that a recorder learned. Times count from the start of the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// The first entry: what is recorded, where, how.
    Header(Box<Header>),
    /// The next process ([`ProcessId`] counts these entries).
    Process(ProcessEntry),
    /// A process replaced its program (`execve`): the new name and command line.
    Exec(ProcessId, Nanos, String, Vec<String>),
    /// An interpreter was found in a process.
    Interpreter(ProcessId, Interpreter),
    /// A process ended.
    ProcessEnd(ProcessId, Nanos),
    /// The next thread ([`ThreadId`] counts these entries).
    Thread(ThreadEntry),
    /// A thread's name (as `pthread_setname_np` gives it) changed.
    ThreadName(ThreadId, String),
    /// A thread's place in the program became known.
    Role(ThreadId, Role),
    /// A thread ended.
    ThreadEnd(ThreadId, Nanos),
    /// The next pool ([`PoolId`] counts these entries), found in this process at this time.
    Pool(ProcessId, Nanos, Box<Pool>),
    /// A known pool was looked at again and differed.
    PoolChanged(PoolId, Nanos, Box<Pool>),
    /// The next Python frame ([`FrameId`] counts these entries).
    Frame(Frame),
    /// The next Python stack ([`StackId`] counts these entries).
    Stack(StackEntry),
    /// What the threads did since the previous tick.
    Tick(Tick),
    /// The Python stacks of one process at this time, standing for this much time.
    Stacks(ProcessId, Nanos, Nanos, Vec<StackSample>),
    /// Context switches of a thread since the last such entry: voluntary, involuntary.
    Switches(ThreadId, Nanos, u64, u64),
    /// Where threads executed, from sampled instruction pointers, since the last such entry.
    Native(Nanos, Vec<NativeTick>),
    /// The surroundings of the program.
    System(SystemTick),
    /// NumPy bit generators of a process that was forked, looked at again.
    BitGenerators(ProcessId, Nanos, Vec<BitGeneratorUse>),
    /// Something that the recorder could not do, in words for the user.
    Notice(Notice),
    /// The last entry of a recording that ended in order.
    End {
        /// When.
        at: Nanos,
        /// The program's exit status as `waitpid` gives it; `None` where it was attached to.
        status: Option<i32>,
        /// CPU time that the kernel charged the program and its waited-for children (`wait4`).
        charged: Known<Nanos>,
        /// CPU time that the recorder itself used.
        recorder: Nanos,
    },
    // An entry's number is its place here: new ones come last, so that older files stay readable.
    /// A session governs the program. Again where what its processes agree on has changed.
    Session(Session),
    /// What the program's processes lease in that session.
    Leases(LeaseTick),
}

/// What is recorded, where, how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of corewise that recorded.
    pub corewise: String,
    /// When it began: ns since the Unix epoch.
    pub started_unix: u64,
    /// How the program came to be recorded.
    pub mode: Mode,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The working directory.
    pub directory: String,
    /// How often threads are looked at, in Hz. Each [`Tick`] has its true distance.
    pub rate: f64,
    /// How often Python stacks are looked at, in Hz, unless the recorder's own cost forbids it.
    pub stack_rate: f64,
    /// What the program may use.
    pub allowed: Allowed,
    /// The machine.
    pub host: Host,
    /// The environment variables that size pools, as the program started with them.
    pub environment: Vec<(String, String)>,
    /// Those among `environment` that corewise set.
    pub set_by_corewise: Vec<String>,
}

/// How the program came to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// `corewise record -- CMD`.
    Record,
    /// `corewise record --pid PID`.
    Attach,
    /// `corewise run -- CMD`.
    Run,
}

/// The machine facts that reproduce a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// `uname -sr`.
    pub kernel: String,
    /// `uname -m`.
    pub machine: String,
    /// The operating system, from `os-release`.
    pub system: Known<String>,
    /// Bytes of memory.
    pub memory: Known<u64>,
}

/// A process when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessEntry {
    /// Its number.
    pub pid: Pid,
    /// The recorded process that started it; `None` for the first.
    pub parent: Option<ProcessId>,
    /// When it was first seen.
    pub at: Nanos,
    /// The kernel's name for it (`comm`).
    pub name: String,
    /// Its command line, at most 64 KiB of it.
    pub command: Vec<String>,
    /// How it was started.
    pub start: StartMethod,
}

/// How a process was started, in the words of `multiprocessing` and its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartMethod {
    /// The program itself.
    Root,
    /// `fork` without a new program.
    Fork,
    /// `multiprocessing`'s spawn.
    Spawn,
    /// A child of `multiprocessing`'s fork server.
    ForkServer,
    /// A loky worker (joblib).
    Loky,
    /// A Dask worker or nanny.
    Dask,
    /// A helper of `multiprocessing` or loky: resource tracker, the fork server itself.
    Tracker,
    /// Another program.
    Subprocess,
}

/// A Python interpreter in a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// `CPython` or `PyPy`.
    pub implementation: String,
    /// `3.11.7`.
    pub version: Known<String>,
    /// The path of its executable.
    pub path: String,
    /// Distributions that the process has mapped libraries of: name and version.
    pub packages: Vec<(String, String)>,
    /// Whether Python stacks can be read; the reason where not.
    pub stacks: Known<()>,
}

/// A thread when it was first seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadEntry {
    /// The process it belongs to.
    pub process: ProcessId,
    /// Its number.
    pub tid: Tid,
    /// When it was first seen.
    pub at: Nanos,
    /// The kernel's name for it.
    pub name: String,
}

/// A thread's place in the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The process's first thread.
    Main,
    /// A thread that Python started.
    Python,
    /// A thread of a pool.
    Pool(PoolId),
    /// A thread that a library started which is no known runtime: the library's path.
    Native(String),
    /// Not known, and why.
    Unknown(String),
}

/// A Python frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// The function's name.
    pub function: String,
    /// The source file.
    pub file: String,
    /// The line that was executed; 0 where unknown.
    pub line: u32,
}

/// A Python stack.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StackEntry {
    /// The innermost frame first.
    pub frames: Vec<FrameId>,
}

/// What the threads did since the previous tick. Threads that did nothing are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// When it was taken.
    pub at: Nanos,
    /// The time that it covers: since the previous tick.
    pub interval: Nanos,
    /// What each thread did.
    pub threads: Vec<ThreadTick>,
    /// CPU time that was charged to a process but to no thread that was seen (threads that lived
    /// between two ticks, or ended in this one).
    pub unattributed: Vec<(ProcessId, Nanos)>,
}

/// What one thread did in a tick (`/proc/PID/task/TID/schedstat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadTick {
    /// Which.
    pub thread: ThreadId,
    /// CPU time used.
    pub run: Nanos,
    /// Run-queue delay: runnable and waiting for a core. The kernel adds it when the wait ends, so
    /// it can exceed the interval.
    pub wait: Nanos,
    /// How often it was given a core.
    pub slices: u32,
}

/// A thread's Python stack at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackSample {
    /// Which thread.
    pub thread: ThreadId,
    /// Its stack.
    pub stack: StackId,
    /// What it had to do with the GIL.
    pub gil: Gil,
    /// Whether it was running or runnable, not blocked.
    pub active: bool,
}

/// What a Python thread had to do with the GIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gil {
    /// It held it.
    Holds,
    /// It was blocked in wait for it.
    Waits,
    /// Neither.
    Free,
}

/// Where one thread executed, from sampled instruction pointers (`perf_event_open`, task clock).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeTick {
    /// Which thread.
    pub thread: ThreadId,
    /// How many samples fell on it.
    pub samples: u32,
    /// How many of them in a spin loop: at a pause instruction, a run of `nop`, or `sched_yield`.
    pub spinning: u32,
}

/// The surroundings of the program. Counters count from the start of the recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemTick {
    /// When.
    pub at: Nanos,
    /// The one-minute load average of the machine.
    pub load: f64,
    /// CPU time that all CPUs spent busy.
    pub machine_busy: Nanos,
    /// CPU time that the recorded processes used.
    pub program_busy: Nanos,
    /// Time in which some task waited for a CPU (PSI `some`, the machine's).
    pub pressure: Known<Nanos>,
    /// Throttling of the program's cgroups, those with a quota only.
    pub throttling: Vec<Throttling>,
}

/// A NumPy bit generator in the memory of a forked process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BitGeneratorUse {
    /// The bit generator: `MT19937`, `PCG64`, `PCG64DXSM`, `Philox`, `SFC64`.
    pub name: String,
    /// Where its state lies. Processes forked from one parent share the address.
    pub address: u64,
    /// What the state was when the process was forked, as a hash.
    pub inherited: u64,
    /// Whether numbers were drawn from the inherited stream since (not after a reseeding).
    pub drawn: bool,
}

/// Something that the recorder could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When it was noticed.
    pub at: Nanos,
    /// What is missing and why, one sentence.
    pub text: String,
    /// What to do, if something can be done.
    pub hint: Option<String>,
}
