//! What each thread did over time, as stretches of one state.

use std::collections::BTreeMap;

use corewise_analyse::{Activity, ThreadActivity, TickActivity};
use corewise_model::{Nanos, Recording, Role, ThreadId};

use crate::names;

/// A stretch in which a thread had one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Phase {
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) state: ThreadState,
    /// CPU time used in it, in seconds.
    pub(crate) run: f64,
    /// Run-queue delay in it, in seconds.
    pub(crate) wait: f64,
}

/// What a thread did for most of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadState {
    /// It had a core for more than half of the tick, or for longer than it waited for one.
    Running,
    /// It was runnable for more than half of the tick, and mostly without a core.
    Waiting,
    /// It was neither for half of the tick or more.
    MostlyBlocked,
}

impl ThreadState {
    fn of(t: &ThreadActivity) -> Self {
        if t.running + t.waiting <= 0.5 {
            Self::MostlyBlocked
        } else if t.waiting > t.running {
            Self::Waiting
        } else {
            Self::Running
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting for a core",
            Self::MostlyBlocked => "mostly blocked",
        }
    }
}

/// The phases of every thread, in order of time and without overlap. A thread that did nothing has
/// no phase.
pub(crate) fn of_threads(activity: &Activity) -> BTreeMap<ThreadId, Vec<Phase>> {
    let mut threads: BTreeMap<ThreadId, Vec<Phase>> = BTreeMap::new();
    for tick in &activity.ticks {
        let seconds = tick.interval.as_secs_f64();
        for t in tick.threads.iter().filter(|t| t.running > 0.0 || t.waiting > 0.0) {
            let phases = threads.entry(t.thread).or_default();
            let before = phases.last().map_or(Nanos::ZERO, |last| last.end);
            let start = tick.start().max(before);
            let end = tick.at.max(start);
            let state = ThreadState::of(t);
            let run = f64::from(t.running) * seconds;
            let wait = f64::from(t.waiting) * seconds;
            match phases.last_mut() {
                Some(last) if last.end == start && last.state == state => {
                    last.end = end;
                    last.run += run;
                    last.wait += wait;
                }
                _ => phases.push(Phase { start, end, state, run, wait }),
            }
        }
    }
    threads
}

/// The names by which threads are counted: each pool's, `Python`, `other`.
pub(crate) struct Groups {
    names: Vec<String>,
    of_pool: Vec<usize>,
}

impl Groups {
    const PYTHON: usize = 0;
    const OTHER: usize = 1;

    pub(crate) fn of(recording: &Recording) -> Self {
        let mut names = vec!["Python".to_owned(), "other".to_owned()];
        let of_pool = recording
            .pools
            .iter()
            .map(|(_, pool)| {
                let name = names::pool(pool);
                names.iter().position(|known| *known == name).unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                })
            })
            .collect();
        Self { names, of_pool }
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Running and waiting threads of a tick for each name, on average. CPU time of threads that
    /// were never seen is with `other`.
    pub(crate) fn sums(&self, recording: &Recording, tick: &TickActivity) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); self.names.len()];
        for t in &tick.threads {
            let at = match &recording.threads[t.thread.index()].role {
                Role::Pool(id) => self.of_pool[id.index()],
                Role::Main | Role::Python => Self::PYTHON,
                Role::Native(_) | Role::Unknown(_) => Self::OTHER,
            };
            sums[at].0 += f64::from(t.running);
            sums[at].1 += f64::from(t.waiting);
        }
        sums[Self::OTHER].0 += f64::from(tick.unattributed);
        sums
    }
}
