//! The figures that stand above the findings.

use std::collections::BTreeMap;

use corewise_model::{Allowed, Cores, Known, Limit, Nanos, Recording, Role, Runtime, StartMethod};
use serde::Serialize;

use crate::governed::{Governed, governed};

/// A run in a few figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How long the recording is.
    pub wall: Nanos,
    /// The cores that the program may use.
    pub allowed: Cores,
    /// The same as a number of threads.
    pub allowed_threads: u32,
    /// Why it may not use more: the tightest limits.
    pub decided_by: Vec<Limit>,
    /// Cores in use, on average: CPU time over wall time.
    pub cores_used: Cores,
    /// Threads that were running or waiting for a core, on average over the wall time.
    pub runnable: f64,
    /// CPU time of the program.
    pub cpu: Nanos,
    /// Run-queue delay of all threads: runnable, and without a core.
    pub wait: Nanos,
    /// Whose CPU time it was, the greatest first.
    pub owners: Vec<OwnerTime>,
    /// How well the figures agree with the kernel's own.
    pub accounting: Accounting,
    /// What the governor did, where it governed the program.
    pub governed: Option<Governed>,
    /// CPU time that the recorder used.
    pub recorder: Known<Nanos>,
    /// The same as a part of one core over the wall time: 0.01 is one percent of a core.
    pub recorder_cores: Known<f64>,
    /// Processes that were seen.
    pub processes: usize,
    /// Threads that were seen.
    pub threads: usize,
    /// How the processes were started, and how many by each method.
    pub start_methods: Vec<(StartMethod, u32)>,
}

/// Whose CPU time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The main threads and those that Python started, in Python code and in the native code that
    /// they called.
    Python,
    /// The pools of one library file, in all processes.
    Pool(Runtime, String),
    /// Threads of a library that is no known runtime: its path.
    Native(String),
    /// Threads of which the place in the program is not known.
    Unknown,
    /// Threads that were too short-lived to be seen.
    Unattributed,
}

/// What one owner used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerTime {
    /// Who.
    pub owner: Owner,
    /// CPU time.
    pub cpu: Nanos,
    /// Run-queue delay.
    pub wait: Nanos,
    /// How many threads; none for those that were not seen.
    pub threads: u32,
}

/// CPU time as corewise attributed it, against what the kernel charged the program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accounting {
    /// CPU time of threads that were seen.
    pub attributed: Nanos,
    /// CPU time of processes that belongs to no thread that was seen.
    pub unattributed: Nanos,
    /// What the kernel charged the program and the children that it waited for.
    pub charged: Known<Nanos>,
    /// The sum of the first two over the third, less 1: 0.02 is two percent too much.
    pub error: Known<f64>,
}

/// The figures of a recording.
#[must_use]
pub fn summary(recording: &Recording) -> Summary {
    let wall = recording.duration;
    let Allowed { cores, threads, limits, decided_by, .. } = &recording.header.allowed;
    let cpu = recording.cpu_time();
    let attributed: Nanos = recording.threads.iter().map(|t| t.run).sum();
    let wait: Nanos = recording.threads.iter().map(|t| t.wait).sum();
    let per_wall = |amount: Nanos| ratio(amount, wall).unwrap_or(0.0);
    let mut start_methods: Vec<(StartMethod, u32)> = Vec::new();
    for process in &recording.processes {
        match start_methods.iter_mut().find(|(method, _)| *method == process.method) {
            Some((_, count)) => *count += 1,
            None => start_methods.push((process.method, 1)),
        }
    }
    let recorder_cores = match &recording.recorder {
        Known::Known(used) => ratio(*used, wall)
            .map_or_else(|| Known::unknown("the recording has no length"), Known::Known),
        Known::Unknown(why) => Known::unknown(why),
    };
    Summary {
        wall,
        allowed: *cores,
        allowed_threads: *threads,
        decided_by: decided_by
            .iter()
            .filter_map(|at| limits.get(usize::try_from(*at).ok()?).cloned())
            .collect(),
        cores_used: Cores(per_wall(cpu)),
        runnable: per_wall(cpu + wait),
        cpu,
        wait,
        owners: owners(recording),
        accounting: Accounting {
            attributed,
            unattributed: cpu - attributed,
            error: error(cpu, &recording.charged),
            charged: recording.charged.clone(),
        },
        governed: governed(recording),
        recorder: recording.recorder.clone(),
        recorder_cores,
        processes: recording.processes.len(),
        threads: recording.threads.len(),
        start_methods,
    }
}

fn owners(recording: &Recording) -> Vec<OwnerTime> {
    let mut times: BTreeMap<Owner, OwnerTime> = BTreeMap::new();
    let mut add = |owner: Owner, cpu: Nanos, wait: Nanos, threads: u32| {
        let time = times.entry(owner.clone()).or_insert_with(|| OwnerTime {
            owner,
            cpu: Nanos::ZERO,
            wait: Nanos::ZERO,
            threads: 0,
        });
        time.cpu += cpu;
        time.wait += wait;
        time.threads += threads;
    };
    for thread in &recording.threads {
        let owner = match &thread.role {
            Role::Main | Role::Python => Owner::Python,
            Role::Pool(pool) => match recording.pools.get(pool.index()) {
                Some((_, pool)) => Owner::Pool(pool.runtime, pool.path.clone()),
                None => Owner::Unknown,
            },
            Role::Native(path) => Owner::Native(path.clone()),
            Role::Unknown(_) => Owner::Unknown,
        };
        add(owner, thread.run, thread.wait, 1);
    }
    let unseen: Nanos =
        recording.ticks.iter().flat_map(|tick| &tick.unattributed).map(|(_, run)| *run).sum();
    if unseen > Nanos::ZERO {
        add(Owner::Unattributed, unseen, Nanos::ZERO, 0);
    }
    let mut owners: Vec<OwnerTime> = times.into_values().collect();
    owners.sort_by(|a, b| b.cpu.cmp(&a.cpu).then_with(|| a.owner.cmp(&b.owner)));
    owners
}

fn error(cpu: Nanos, charged: &Known<Nanos>) -> Known<f64> {
    match charged {
        Known::Known(charged) => ratio(cpu, *charged).map_or_else(
            || Known::unknown("the kernel charged nothing"),
            |ratio| Known::Known(ratio - 1.0),
        ),
        Known::Unknown(why) => Known::unknown(why),
    }
}

fn ratio(part: Nanos, whole: Nanos) -> Option<f64> {
    (whole > Nanos::ZERO).then(|| part.0 as f64 / whole.0 as f64)
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn cpu_time_is_split_by_owner_and_adds_up() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let worker = s.process(s.root(), StartMethod::Loky, 1.0);
        let pool = s.pool(worker, Runtime::Libgomp, 3);
        let other = s.process(s.root(), StartMethod::Loky, 1.0);
        let other_pool = s.pool(other, Runtime::Libgomp, 3);
        for thread in s.pool_threads(pool, 2).into_iter().chain(s.pool_threads(other_pool, 2)) {
            s.busy(thread, 2.0..4.0).run(0.5).wait(0.25);
        }
        s.busy(s.main(worker), 1.0..2.0);
        s.thread(other, Role::Native("/lib/x.so".to_owned()), 1.0);
        s.unseen(worker, 1.0..2.0, 0.5);
        let summary = summary(&s.recording());
        assert_eq!(summary.cpu, Nanos::from_millis(5500));
        assert_eq!(summary.cores_used.to_string(), "0.55");
        assert_eq!(summary.wait, Nanos::from_millis(2000));
        assert!((summary.runnable - 0.75).abs() < 1e-9);
        let owners: Vec<_> =
            summary.owners.iter().map(|o| (&o.owner, o.cpu.as_secs_f64(), o.threads)).collect();
        let file = s.recording().pools[0].1.path.clone();
        assert_eq!(
            owners,
            [
                (&Owner::Pool(Runtime::Libgomp, file), 4.0, 4),
                (&Owner::Python, 1.0, 3),
                (&Owner::Unattributed, 0.5, 0),
                (&Owner::Native("/lib/x.so".to_owned()), 0.0, 1),
            ]
        );
        assert_eq!(summary.accounting.error, Known::Known(0.0));
        assert_eq!(summary.decided_by.len(), 1);
        assert_eq!(summary.start_methods, [(StartMethod::Root, 1), (StartMethod::Loky, 2)]);
    }

    #[test]
    fn nothing_recorded_is_no_division_by_zero() {
        let summary = summary(&Scenario::new(2.0, 0.0).killed().recording());
        assert_eq!((summary.cores_used, summary.runnable), (Cores(0.0), 0.0));
        assert!(matches!(summary.accounting.error, Known::Unknown(_)));
        assert!(matches!(summary.recorder_cores, Known::Unknown(_)));
    }
}
