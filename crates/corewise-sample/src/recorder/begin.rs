//! The first moments of a recording.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use corewise_model::{Entry, Header, Host, Known, Mode, Nanos, Pid, Tid};
use corewise_probe::World;
use rustix::process::{Resource, getrlimit, setrlimit};

use super::Recorder;
use crate::inspector::{Inspector, Order};
use crate::journal::Journal;
use crate::perf::Events;
use crate::perf::spin::SpinLoops;
use crate::processes::Processes;
use crate::surroundings::Surroundings;
use crate::{Options, Program, SampleError, Signals, Storage};

/// Descriptors that are left for other things than threads.
const SPARE_DESCRIPTORS: u64 = 300;

/// The environment variables that size thread pools, beside the patterns below.
const VARIABLES: [&str; 6] = [
    "PYTHON_CPU_COUNT",
    "LOKY_MAX_CPU_COUNT",
    "OMP_WAIT_POLICY",
    "OMP_PROC_BIND",
    "OMP_DYNAMIC",
    "GOMP_SPINCOUNT",
];

impl Recorder {
    /// For a program that has just been started.
    pub fn launch(
        program: Program,
        signals: Signals,
        storage: Storage,
        options: Options,
    ) -> Result<Self, SampleError> {
        Self::new(program, signals, storage, options)
    }

    /// For a program that runs already.
    pub fn attach(
        program: Program,
        signals: Signals,
        storage: Storage,
        options: Options,
    ) -> Result<Self, SampleError> {
        Self::new(program, signals, storage, Options { mode: Mode::Attach, ..options })
    }

    fn new(
        program: Program,
        signals: Signals,
        storage: Storage,
        options: Options,
    ) -> Result<Self, SampleError> {
        let rate = options.rate.clamp(1.0, 1000.0);
        let inspector = Inspector::start(options.stack_rate, options.inspector_share)?;
        let mut recorder = Self {
            began: Instant::now(),
            journal: Journal::new(storage),
            processes: Processes::new(raise_descriptor_limit()),
            known: HashMap::new(),
            pools: HashMap::new(),
            events: None,
            spins: SpinLoops::default(),
            native: HashMap::new(),
            inspector,
            surroundings: Surroundings::new(program.pid),
            leases: None,
            tick: 0,
            last: Nanos::ZERO,
            due: Nanos::SECOND,
            charged_to_gone: Nanos::ZERO,
            busy: Nanos::ZERO,
            reported: (Nanos::ZERO, Nanos::ZERO),
            halve_at: options.max_bytes / 2,
            interval: Duration::from_secs_f64(1.0 / rate),
            seconds: 0,
            stretched: Duration::ZERO,
            cost: 0.0,
            no_events: None,
            lost_samples: 0,
            program,
            signals,
            options,
        };
        recorder.open_events();
        recorder.begin()?;
        Ok(recorder)
    }

    /// Writes the header and takes the root process. From here on nothing that it does is missed.
    fn begin(&mut self) -> Result<(), SampleError> {
        let header = self.header()?;
        self.journal.push(Entry::Header(Box::new(header)));
        if let Some(error) = &self.no_events {
            self.journal.notice(
                Nanos::ZERO,
                format!("instruction pointers cannot be sampled (perf_event_open: {error}), so spinning cannot be told from work and processes that live \
                 for less than a tick may be missed"),
                Some(
                    "allow it with `sysctl kernel.perf_event_paranoid=2`, in a container with \
                     `--cap-add PERFMON` or a seccomp profile that allows perf_event_open"
                        .to_owned(),
                ),
            );
        }
        let pid = self.program.pid;
        let fresh = self.program.child;
        let named = self.options.session.clone();
        if let Some(path) = named.or_else(|| if fresh { None } else { session_of(pid) }) {
            self.open_session(&path);
        }
        match self.processes.add(&mut self.journal, Nanos::ZERO, pid, None, fresh) {
            Some(id) => {
                self.known.insert(pid, id);
                self.inspector.order(Order::Begin(pid, None));
                if !fresh {
                    self.processes.find_children(&mut self.journal, Nanos::ZERO, false);
                    self.hear_of_new_processes();
                    self.settle();
                }
            }
            None => self.journal.notice(
                Nanos::ZERO,
                "the program ended before it could be looked at",
                None,
            ),
        }
        self.journal.flush();
        Ok(())
    }

    /// Lets the inspector learn what a running process has loaded, which costs most of what it
    /// costs, then counts from here on.
    fn settle(&mut self) {
        self.inspector.settled();
        self.hear_inspector();
        self.surroundings = Surroundings::new(self.program.pid);
        if let Some(events) = &mut self.events {
            // Processes that were forked meanwhile are found by the first look.
            events.drain(|_| ());
        }
        self.began = Instant::now();
        self.take_leases(Nanos::ZERO, Nanos::ZERO);
        for (pid, threads) in self.processes.settle(&mut self.journal) {
            if let Some(events) = &mut self.events {
                for thread in &threads {
                    let _ = events.attach_thread(*thread);
                }
            }
            self.inspector.order(Order::Ran(pid, threads));
        }
    }

    fn open_events(&mut self) {
        let pid = self.program.pid;
        let events = if self.program.child {
            let online = World::system()
                .read("/sys/devices/system/cpu/online")
                .ok()
                .and_then(|text| text.parse::<corewise_model::CpuSet>().ok())
                .unwrap_or_default();
            Events::follow(pid, online.iter())
        } else {
            Events::attach(Tid(pid.0))
        };
        match events {
            Ok(events) => self.events = Some(events),
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => {}
            Err(error) => self.no_events = Some(error),
        }
    }

    fn header(&self) -> Result<Header, SampleError> {
        let world = World::system();
        let pid = self.program.pid;
        let allowed = corewise_probe::cores::allowed(&world, Some(pid))
            .or_else(|_| corewise_probe::cores::allowed(&world, None))?;
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(Header {
            corewise: env!("CARGO_PKG_VERSION").to_owned(),
            started_unix: u64::try_from(since_epoch.as_nanos()).unwrap_or(0),
            mode: self.options.mode,
            command: self.program.command.clone(),
            directory: fs::read_link(format!("/proc/{pid}/cwd"))
                .map(|path| path.to_string_lossy().into_owned())
                .unwrap_or_default(),
            rate: self.options.rate,
            stack_rate: self.options.stack_rate,
            allowed,
            host: host(&world),
            environment: environment(pid.0),
            set_by_corewise: self.options.set_by_corewise.clone(),
        })
    }
}

/// The session that governs a running process: the table that it has mapped.
fn session_of(pid: Pid) -> Option<PathBuf> {
    let text = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    corewise_probe::maps::parse(&text)
        .filter(|mapping| !mapping.deleted)
        .map(|mapping| PathBuf::from(mapping.path))
        .find(|path| corewise_arbiter::is_session(path))
}

fn host(world: &World) -> Host {
    let name = rustix::system::uname();
    let system = world.read("/etc/os-release").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(line.trim_matches('"').to_owned())
    });
    let memory = world.read("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
    });
    Host {
        kernel: format!(
            "{} {}",
            name.sysname().to_string_lossy(),
            name.release().to_string_lossy()
        ),
        machine: name.machine().to_string_lossy().into_owned(),
        system: system.map_or_else(|| Known::unknown("there is no /etc/os-release"), Known::Known),
        memory: memory.map_or_else(|| Known::unknown("/proc/meminfo cannot be read"), Known::Known),
    }
}

/// The variables that size pools. No others are recorded: an environment holds secrets.
fn environment(pid: u32) -> Vec<(String, String)> {
    let bytes = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let mut variables: Vec<(String, String)> = bytes
        .split(|byte| *byte == 0)
        .filter_map(|variable| {
            let text = String::from_utf8_lossy(variable);
            let (name, value) = text.split_once('=')?;
            let sizes = name.ends_with("_NUM_THREADS")
                || name.ends_with("_MAX_THREADS")
                || name.ends_with("_THREAD_LIMIT")
                || name.starts_with("KMP_")
                || VARIABLES.contains(&name);
            sizes.then(|| (name.to_owned(), value.to_owned()))
        })
        .collect();
    variables.sort();
    variables
}

/// Raises the soft limit of open files to the hard one and says how many may be kept. The program
/// has been started already: it keeps its own limit.
fn raise_descriptor_limit() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(1 << 20).saturating_sub(SPARE_DESCRIPTORS)
}
