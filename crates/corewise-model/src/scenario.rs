//! Synthetic recordings for tests: who ran when, said in a few lines.
//!
//! A [`Scenario`] is declared, then turned into the entries that a recorder would have written
//! ([`Scenario::entries`]), into a [`Recording`] by [`Recording::apply`] alone, or into a file's
//! bytes. Times are seconds from the start, amounts are cores.
//!
//! ```
//! use corewise_model::scenario::Scenario;
//! use corewise_model::{Runtime, StartMethod};
//!
//! let mut s = Scenario::new(2.0, 10.0);
//! let worker = s.process(s.root(), StartMethod::Loky, 0.5);
//! let pool = s.pool(worker, Runtime::Libgomp, 4);
//! for thread in s.pool_threads(pool, 3) {
//!     s.busy(thread, 1.0..9.0).run(0.5).wait(0.5);
//! }
//! assert_eq!(s.recording().threads.len(), 5);
//! ```

mod emit;
mod facts;
mod leases;
mod load;

use std::ops::Range;

use crate::codec::{encode_frame, preamble};
use crate::{
    BitGeneratorUse, Cores, Entry, Frame, FrameId, Gil, Header, Interpreter, Known, Nanos, Notice,
    Pool, PoolId, ProcessEntry, ProcessId, Recording, Role, Runtime, StackEntry, StackId,
    StartMethod, ThreadEntry, ThreadId, Throttling, Tid,
};

pub use facts::{allowed, header, pool};
pub use leases::Leasing;
pub use load::Load;

/// A program that never ran, and what a recorder would have seen of it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The header, for a test that wants to change it.
    pub header: Header,
    length: f64,
    ended: bool,
    definitions: Vec<(Nanos, Entry)>,
    mains: Vec<ThreadId>,
    threads: Vec<ProcessId>,
    pools: Vec<(ProcessId, Pool)>,
    frames: Vec<Frame>,
    stacks: Vec<StackEntry>,
    loads: Vec<Load>,
    stack_loads: Vec<StackLoad>,
    native: Vec<(ThreadId, Range<f64>, u32, f64)>,
    native_watched: bool,
    throttled: Vec<(Range<f64>, f64)>,
    strangers: Vec<(Range<f64>, f64)>,
    unattributed: Vec<(ProcessId, Range<f64>, f64)>,
    generators: Vec<(ProcessId, Vec<BitGeneratorUse>)>,
    governed: bool,
    leasing: Vec<Leasing>,
}

#[derive(Debug, Clone)]
struct StackLoad {
    thread: ThreadId,
    range: Range<f64>,
    stack: StackId,
    gil: Gil,
    active: bool,
}

impl Scenario {
    /// A program of this many seconds that may use this many cores of a machine that has just
    /// these, with its first process and that process's first thread.
    #[must_use]
    pub fn new(cores: f64, seconds: f64) -> Self {
        let mut scenario = Self {
            header: header(allowed(cores, Cores(cores.ceil()).threads())),
            length: seconds,
            ended: true,
            definitions: Vec::new(),
            mains: Vec::new(),
            threads: Vec::new(),
            pools: Vec::new(),
            frames: Vec::new(),
            stacks: Vec::new(),
            loads: Vec::new(),
            stack_loads: Vec::new(),
            native: Vec::new(),
            native_watched: false,
            throttled: Vec::new(),
            strangers: Vec::new(),
            unattributed: Vec::new(),
            generators: Vec::new(),
            governed: false,
            leasing: Vec::new(),
        };
        scenario.add_process(None, StartMethod::Root, 0.0);
        scenario
    }

    /// On a machine with this many logical CPUs, of which a quota leaves what `new` was given.
    #[must_use]
    pub fn of_machine(mut self, cpus: u32) -> Self {
        self.header.allowed = allowed(self.header.allowed.cores.0, cpus);
        self
    }

    /// At this many ticks per second instead of 50.
    #[must_use]
    pub fn rate(mut self, hz: f64) -> Self {
        self.header.rate = hz;
        self
    }

    /// The recorder was killed: there is no last entry.
    #[must_use]
    pub fn killed(mut self) -> Self {
        self.ended = false;
        self
    }

    /// With this environment variable.
    pub fn environment(&mut self, name: &str, value: &str) {
        self.header.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The first process.
    #[must_use]
    pub fn root(&self) -> ProcessId {
        ProcessId(0)
    }

    /// The first thread of a process.
    #[must_use]
    pub fn main(&self, process: ProcessId) -> ThreadId {
        self.mains[process.index()]
    }

    /// A further process, started at this time, with its first thread.
    pub fn process(&mut self, parent: ProcessId, start: StartMethod, at: f64) -> ProcessId {
        self.add_process(Some(parent), start, at)
    }

    /// A process ends.
    pub fn end(&mut self, process: ProcessId, at: f64) {
        self.define(at, Entry::ProcessEnd(process, nanos(at)));
    }

    /// CPython with these distributions' libraries was found in a process.
    pub fn interpreter(&mut self, process: ProcessId, packages: &[(&str, &str)]) {
        let packages =
            packages.iter().map(|(name, v)| ((*name).to_owned(), (*v).to_owned())).collect();
        let interpreter = Interpreter {
            implementation: "CPython".to_owned(),
            version: Known::Known("3.11.7".to_owned()),
            path: "/usr/bin/python3".to_owned(),
            packages,
            stacks: Known::Known(()),
        };
        self.define(0.0, Entry::Interpreter(process, interpreter));
    }

    /// A further thread with its role, there from this time on.
    pub fn thread(&mut self, process: ProcessId, role: Role, at: f64) -> ThreadId {
        let id = ThreadId(number(self.threads.len()));
        self.threads.push(process);
        let name = match &role {
            Role::Main | Role::Python => "python3",
            Role::Pool(_) | Role::Native(_) | Role::Unknown(_) => "pool",
        };
        let tid = Tid(1000 + id.0);
        let name = name.to_owned();
        self.define(at, Entry::Thread(ThreadEntry { process, tid, at: nanos(at), name }));
        self.define(at, Entry::Role(id, role));
        id
    }

    /// A thread ends.
    pub fn thread_end(&mut self, thread: ThreadId, at: f64) {
        self.define(at, Entry::ThreadEnd(thread, nanos(at)));
    }

    /// A pool of this size, found at the start of its process's life.
    pub fn pool(&mut self, process: ProcessId, runtime: Runtime, size: u32) -> PoolId {
        let base = 0x7000_0000_0000 + ((self.pools.len() as u64) << 24);
        self.pool_of(process, pool(runtime, size, base), 0.0)
    }

    /// Any pool, found at this time.
    pub fn pool_of(&mut self, process: ProcessId, pool: Pool, at: f64) -> PoolId {
        let id = PoolId(number(self.pools.len()));
        self.pools.push((process, pool.clone()));
        self.define(at, Entry::Pool(process, nanos(at), Box::new(pool)));
        id
    }

    /// Threads of a pool, there from the start.
    pub fn pool_threads(&mut self, pool: PoolId, count: usize) -> Vec<ThreadId> {
        let process = self.pools[pool.index()].0;
        (0..count).map(|_| self.thread(process, Role::Pool(pool), 0.0)).collect()
    }

    /// A thread is busy: by default it runs on a whole core. Change it on what is returned.
    pub fn busy(&mut self, thread: ThreadId, range: Range<f64>) -> &mut Load {
        let at = self.loads.len();
        self.loads.push(Load::new(thread, range));
        &mut self.loads[at]
    }

    /// CPU time of this many cores is charged to a process, and to no thread that was seen.
    pub fn unseen(&mut self, process: ProcessId, range: Range<f64>, cores: f64) {
        self.unattributed.push((process, range, cores));
    }

    /// A thread has this Python stack, innermost frame first, each frame as `function file:line`.
    pub fn stack(&mut self, thread: ThreadId, range: Range<f64>, frames: &[&str], gil: Gil) {
        let stack = self.stack_id(frames);
        let active = gil != Gil::Waits;
        self.stack_loads.push(StackLoad { thread, range, stack, gil, active });
    }

    /// A thread has this Python stack and sleeps.
    pub fn asleep(&mut self, thread: ThreadId, range: Range<f64>, frames: &[&str]) {
        let stack = self.stack_id(frames);
        self.stack_loads.push(StackLoad { thread, range, stack, gil: Gil::Free, active: false });
    }

    /// Instruction pointers of a thread: samples per second, and the part in a spin loop.
    pub fn native(&mut self, thread: ThreadId, range: Range<f64>, per_second: u32, spinning: f64) {
        self.native_watched = true;
        self.native.push((thread, range, per_second, spinning));
    }

    /// The cgroup's quota stops the program for this part of the time.
    pub fn throttled(&mut self, range: Range<f64>, part: f64) {
        self.throttled.push((range, part));
    }

    /// Other programs on the machine use this many cores.
    pub fn strangers(&mut self, range: Range<f64>, cores: f64) {
        self.strangers.push((range, cores));
    }

    /// A bit generator in a forked process.
    pub fn bit_generator(&mut self, process: ProcessId, name: &str, inherited: u64, drawn: bool) {
        let generator = BitGeneratorUse {
            name: name.to_owned(),
            address: 0x5000 + inherited,
            inherited,
            drawn,
        };
        match self.generators.iter_mut().find(|(known, _)| *known == process) {
            Some((_, uses)) => uses.push(generator),
            None => self.generators.push((process, vec![generator])),
        }
    }

    /// Something that the recorder could not do.
    pub fn notice(&mut self, text: &str, hint: Option<&str>) {
        let notice =
            Notice { at: Nanos::ZERO, text: text.to_owned(), hint: hint.map(str::to_owned) };
        self.define(0.0, Entry::Notice(notice));
    }

    /// Any other entry, after the ticks up to this time.
    pub fn define(&mut self, at: f64, entry: Entry) {
        self.definitions.push((nanos(at), entry));
    }

    /// The entries, in the order in which a recorder would have written them.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        emit::entries(self)
    }

    /// The recording that these entries make.
    ///
    /// # Panics
    ///
    /// Where the scenario contradicts itself: a test's own mistake.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let mut recording = Recording::new(self.header.clone());
        for entry in self.entries().into_iter().skip(1) {
            if let Err(error) = recording.apply(entry) {
                panic!("the scenario contradicts itself: {error}");
            }
        }
        recording
    }

    /// The file that a recorder would have written: one frame for every `per_frame` entries.
    ///
    /// # Panics
    ///
    /// Where an entry cannot be encoded, which none can.
    #[must_use]
    pub fn bytes(&self, per_frame: usize) -> Vec<u8> {
        let mut bytes = preamble();
        for entries in self.entries().chunks(per_frame.max(1)) {
            match encode_frame(entries) {
                Ok(frame) => bytes.extend_from_slice(&frame),
                Err(error) => panic!("an entry cannot be encoded: {error}"),
            }
        }
        bytes
    }

    fn add_process(&mut self, parent: Option<ProcessId>, start: StartMethod, at: f64) -> ProcessId {
        let id = ProcessId(number(self.mains.len()));
        let entry = ProcessEntry {
            pid: crate::Pid(100 + id.0),
            parent,
            at: nanos(at),
            name: "python3".to_owned(),
            command: vec!["python3".to_owned(), "train.py".to_owned()],
            start,
        };
        self.define(at, Entry::Process(entry));
        self.mains.push(ThreadId(number(self.threads.len())));
        self.thread(id, Role::Main, at);
        id
    }

    fn stack_id(&mut self, frames: &[&str]) -> StackId {
        let frames: Vec<FrameId> = frames.iter().map(|text| self.frame_id(text)).collect();
        let entry = StackEntry { frames };
        if let Some(at) = self.stacks.iter().position(|known| *known == entry) {
            return StackId(number(at));
        }
        let id = StackId(number(self.stacks.len()));
        self.define(0.0, Entry::Stack(entry.clone()));
        self.stacks.push(entry);
        id
    }

    fn frame_id(&mut self, text: &str) -> FrameId {
        let (function, place) = text.split_once(' ').unwrap_or((text, "<string>:1"));
        let (file, line) = place.rsplit_once(':').unwrap_or((place, "1"));
        let frame = Frame {
            function: function.to_owned(),
            file: file.to_owned(),
            line: line.parse().unwrap_or(0),
        };
        if let Some(at) = self.frames.iter().position(|known| *known == frame) {
            return FrameId(number(at));
        }
        let id = FrameId(number(self.frames.len()));
        self.define(0.0, Entry::Frame(frame.clone()));
        self.frames.push(frame);
        id
    }

    fn throttling(&self, at: f64) -> Vec<Throttling> {
        if self.throttled.is_empty() {
            return Vec::new();
        }
        let stopped: f64 = self.throttled.iter().map(|(r, part)| overlap(r, 0.0, at) * part).sum();
        let touched: f64 = self.throttled.iter().map(|(r, _)| overlap(r, 0.0, at)).sum();
        vec![Throttling {
            path: "/sys/fs/cgroup/test".to_owned(),
            periods: whole(at * 10.0),
            throttled_periods: whole(touched * 10.0),
            throttled: nanos(stopped),
        }]
    }
}

/// How much of `range` lies between `start` and `end`.
fn overlap(range: &Range<f64>, start: f64, end: f64) -> f64 {
    (range.end.min(end) - range.start.max(start)).max(0.0)
}

/// How many events at a steady rate fall between `start` and `end`.
fn count(range: &Range<f64>, per_second: f64, start: f64, end: f64) -> u64 {
    let until = |at: f64| whole(overlap(range, 0.0, at) * per_second);
    until(end).saturating_sub(until(start))
}

/// Rounded, so that neighbouring ranges meet.
fn nanos(seconds: f64) -> Nanos {
    Nanos(whole(seconds * 1e9))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "no test has four billion threads")]
fn number(index: usize) -> u32 {
    index as u32
}
