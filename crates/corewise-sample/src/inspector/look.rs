//! What is known of each process, and the rounds that learn more.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use corewise_model::{Interpreter, Known, Pid, Tid};
use corewise_probe::processes::Implementation;
use corewise_probe::{Modules, pools};

use super::generators::Generators;
use super::interpreter::packages;
use super::stacks::{PySpy, StackReader};
use super::{Found, Order, Owner, gil};

/// A process's libraries are looked for anew this often while it runs.
const MODULES_EVERY: Duration = Duration::from_millis(200);
/// The sizes of pools are read anew this often while the process runs.
const POOLS_EVERY: Duration = Duration::from_secs(5);
/// An interpreter that cannot be read at first may not be initialised yet.
const READER_TRIES: u32 = 30;
/// A thread whose owner cannot be told by then is said to be unknown; it is looked at further on.
const QUICK_TRIES: u32 = 16;
/// Stacks that are further apart than this stand for one interval each.
const GAP: Duration = Duration::from_secs(5);

/// Everything that the inspector knows.
pub(super) struct Look {
    found: Sender<Found>,
    subjects: HashMap<Pid, Subject>,
    troubles: HashSet<String>,
    generators: Generators,
}

/// One process.
struct Subject {
    modules: Option<Modules>,
    modules_at: Instant,
    pools_at: Instant,
    reader: Reader,
    pending: Vec<(Tid, u32)>,
    announced: HashSet<u64>,
    /// Whether a thread ran since the last round.
    ran: bool,
    sampled: Option<Instant>,
    /// What was last said of the interpreter.
    interpreter: Option<Interpreter>,
}

/// How far reading the interpreter has come.
enum Reader {
    None,
    Tried(u32, Instant),
    Ready(Box<dyn StackReader>),
    Impossible,
}

impl Look {
    pub(super) fn new(found: Sender<Found>) -> Self {
        Self {
            found,
            subjects: HashMap::new(),
            troubles: HashSet::new(),
            generators: Generators::default(),
        }
    }

    pub(super) fn take(&mut self, order: Order) {
        match order {
            Order::Begin(pid, parent) => {
                self.subjects.insert(pid, Subject::new());
                if let Some(parent) = parent {
                    self.generators.forked(pid, parent);
                }
            }
            Order::Again(pid) => {
                self.generators.forget(pid);
                if let Some(subject) = self.subjects.get_mut(&pid) {
                    let pending = std::mem::take(&mut subject.pending);
                    *subject = Subject { pending, ..Subject::new() };
                }
            }
            Order::End(pid) => {
                self.subjects.remove(&pid);
                self.generators.forget(pid);
            }
            Order::Ran(pid, tids) => {
                if let Some(subject) = self.subjects.get_mut(&pid) {
                    subject.ran = true;
                    subject.pending.extend(tids.into_iter().map(|tid| (tid, 0)));
                    subject.find_owners(pid, &self.found);
                }
            }
            Order::Slower | Order::Settle(_) => {}
        }
    }

    /// Learns what is new: libraries, pools, whose threads are. Costs milliseconds a process, but
    /// only when something has changed.
    pub(super) fn settle(&mut self) {
        for (pid, uses) in self.generators.look() {
            let _ = self.found.send(Found::BitGenerators(pid, uses));
        }
        for (pid, subject) in &mut self.subjects {
            if !subject.ran {
                continue;
            }
            subject.read_modules(*pid, &self.found);
            subject.open_reader(*pid, &self.found, &mut self.troubles);
            if subject.modules.is_some() && subject.pools_at.elapsed() >= POOLS_EVERY {
                subject.read_pools(*pid, &self.found);
            }
        }
    }

    /// Takes the Python stacks of each process that ran since the last round.
    pub(super) fn sample(&mut self, interval: Duration) {
        for (pid, subject) in &mut self.subjects {
            if std::mem::take(&mut subject.ran) {
                subject.sample(*pid, interval, &self.found);
            } else {
                subject.sampled = None;
            }
        }
    }
}

impl Subject {
    fn new() -> Self {
        let long_ago = Instant::now().checked_sub(POOLS_EVERY).unwrap_or_else(Instant::now);
        Self {
            modules: None,
            modules_at: long_ago,
            pools_at: long_ago,
            reader: Reader::None,
            pending: Vec::new(),
            announced: HashSet::new(),
            ran: true,
            sampled: None,
            interpreter: None,
        }
    }

    fn read_modules(&mut self, pid: Pid, found: &Sender<Found>) {
        if self.modules_at.elapsed() < MODULES_EVERY {
            return;
        }
        self.modules_at = Instant::now();
        if self.modules.as_ref().is_some_and(|modules| !modules.changed()) {
            return;
        }
        // A process that has just ended or may not be looked at keeps what was known.
        if let Ok(modules) = Modules::read(pid) {
            if let Some(interpreter) = self.interpreter.take() {
                let packages = packages(&modules);
                self.describe(pid, Interpreter { packages, ..interpreter }, found);
            }
            self.modules = Some(modules);
            self.read_pools(pid, found);
        }
    }

    fn describe(&mut self, pid: Pid, interpreter: Interpreter, found: &Sender<Found>) {
        let _ = found.send(Found::Interpreter(pid, interpreter.clone()));
        self.interpreter = Some(interpreter);
    }

    fn read_pools(&mut self, pid: Pid, found: &Sender<Found>) {
        self.pools_at = Instant::now();
        let Some(modules) = &self.modules else { return };
        let pools: Vec<_> = pools::without_threads(pid, modules)
            .into_iter()
            .filter_map(|(index, pool)| Some((modules.get(index)?.base, pool)))
            .collect();
        self.announced.extend(pools.iter().map(|(key, _)| *key));
        if !pools.is_empty() {
            let _ = found.send(Found::Pools(pid, pools));
        }
    }

    fn find_owners(&mut self, pid: Pid, found: &Sender<Found>) {
        for (tid, tries) in std::mem::take(&mut self.pending) {
            let Some(modules) = &self.modules else {
                self.pending.push((tid, tries));
                continue;
            };
            // Soon again at first, then ever more seldom.
            if tries > QUICK_TRIES && !tries.is_power_of_two() {
                self.pending.push((tid, tries + 1));
                continue;
            }
            let owner = match corewise_probe::owner(pid, tid, modules) {
                corewise_probe::Owner::Main => Owner::Main,
                corewise_probe::Owner::Python => Owner::Python,
                corewise_probe::Owner::Native(path) => Owner::Native(path),
                corewise_probe::Owner::NotYet(reason) => {
                    if tries == QUICK_TRIES {
                        let unknown = Owner::Unknown(reason);
                        let _ = found.send(Found::Owner(pid, tid, unknown));
                    }
                    self.pending.push((tid, tries + 1));
                    continue;
                }
                corewise_probe::Owner::Pool(index) => {
                    let Some(key) = modules.get(index).map(|module| module.base) else { continue };
                    if !self.announced.contains(&key) {
                        self.read_pools(pid, found);
                    }
                    Owner::Pool(key)
                }
            };
            let _ = found.send(Found::Owner(pid, tid, owner));
        }
    }

    fn open_reader(&mut self, pid: Pid, found: &Sender<Found>, troubles: &mut HashSet<String>) {
        let tries = match &self.reader {
            Reader::None => 0,
            Reader::Tried(tries, at) if at.elapsed() >= MODULES_EVERY => *tries,
            _ => return,
        };
        let Some(modules) = &self.modules else { return };
        let Some(python) = modules.python() else { return };
        let mut interpreter = Interpreter {
            implementation: python.implementation.to_string(),
            version: python.version.clone(),
            path: python.path.clone(),
            packages: packages(modules),
            stacks: Known::Known(()),
        };
        if python.implementation == Implementation::PyPy {
            interpreter.stacks = Known::unknown("the stacks of PyPy cannot be read");
            self.describe(pid, interpreter, found);
            self.reader = Reader::Impossible;
            return;
        }
        match PySpy::open(pid) {
            Ok(reader) => {
                interpreter.version = Known::Known(reader.version());
                self.describe(pid, interpreter, found);
                self.reader = Reader::Ready(Box::new(reader));
            }
            Err(_) if tries < READER_TRIES => {
                self.reader = Reader::Tried(tries + 1, Instant::now());
            }
            Err(error) => {
                let text = format!("the Python stacks of process {pid} cannot be read: {error}");
                if troubles.insert(error.clone()) {
                    let _ = found.send(Found::Trouble(text, None));
                }
                interpreter.stacks = Known::Unknown(error);
                self.describe(pid, interpreter, found);
                self.reader = Reader::Impossible;
            }
        }
    }

    fn sample(&mut self, pid: Pid, interval: Duration, found: &Sender<Found>) {
        let Reader::Ready(reader) = &mut self.reader else { return };
        // Read in the middle of a change; the next round will do.
        let Ok(mut stacks) = reader.stacks() else { return };
        let taken = Instant::now();
        let since = self.sampled.map_or(interval, |before| taken - before);
        let weight = if since > GAP { interval } else { since };
        self.sampled = Some(taken);
        let runtime = self.modules.as_ref().and_then(|m| m.python()?.runtime.clone());
        if let Some(runtime) = runtime {
            for stack in &mut stacks {
                if stack.gil == corewise_model::Gil::Free && gil::waits(pid, stack.tid, &runtime) {
                    stack.gil = corewise_model::Gil::Waits;
                }
            }
        }
        let _ = found.send(Found::Stacks { pid, taken, weight, stacks });
    }
}
