//! The run as a whole.

use corewise_analyse::{Governed, GovernedProcess, Owner, OwnerTime, Summary};
use corewise_model::{Cores, Host, Known, Mode, Nanos, Recording, StartMethod};
use serde::Serialize;

/// What was recorded, where, how.
#[derive(Serialize)]
pub(super) struct RunFacts<'a> {
    corewise: &'a str,
    mode: Mode,
    command: &'a [String],
    directory: &'a str,
    started_unix_ns: u64,
    duration_ns: Nanos,
    complete: bool,
    status: Option<i32>,
    rate_hz: f64,
    stack_rate_hz: f64,
    host: &'a Host,
    environment: Vec<Variable<'a>>,
}

/// An environment variable that sizes pools.
#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
    set_by_corewise: bool,
}

impl<'a> RunFacts<'a> {
    pub(super) fn of(recording: &'a Recording) -> Self {
        let header = &recording.header;
        Self {
            corewise: &header.corewise,
            mode: header.mode,
            command: &header.command,
            directory: &header.directory,
            started_unix_ns: header.started_unix,
            duration_ns: recording.duration,
            complete: recording.complete,
            status: recording.status,
            rate_hz: header.rate,
            stack_rate_hz: header.stack_rate,
            host: &header.host,
            environment: header
                .environment
                .iter()
                .map(|(name, value)| Variable {
                    name,
                    value,
                    set_by_corewise: header.set_by_corewise.contains(name),
                })
                .collect(),
        }
    }
}

/// The figures above the findings.
#[derive(Serialize)]
pub(super) struct SummaryFacts {
    wall_ns: Nanos,
    allowed_cores: Cores,
    allowed_threads: u32,
    cores_used: Cores,
    runnable: f64,
    cpu_ns: Nanos,
    wait_ns: Nanos,
    owners: Vec<OwnerFacts>,
    attributed_ns: Nanos,
    unattributed_ns: Nanos,
    charged_ns: Known<Nanos>,
    accounting_error: Known<f64>,
    /// `null` for a program that was not governed.
    governor: Option<GovernorFacts>,
    recorder_cpu_ns: Known<Nanos>,
    recorder_cores: Known<f64>,
    processes: usize,
    threads: usize,
    start_methods: Vec<MethodCount>,
}

/// What the governor did.
#[derive(Serialize)]
struct GovernorFacts {
    budget_least: u32,
    budget_most: u32,
    deterministic: bool,
    regions: u64,
    threads_withheld: u64,
    cores_held: Cores,
    cores_held_most: u32,
    callers_most: u32,
    cores_held_by_other_programs: Cores,
    processes: Vec<GovernedProcess>,
}

impl GovernorFacts {
    fn of(governed: &Governed) -> Self {
        Self {
            budget_least: governed.budget.0,
            budget_most: governed.budget.1,
            deterministic: governed.deterministic,
            regions: governed.regions,
            threads_withheld: governed.withheld,
            cores_held: governed.held,
            cores_held_most: governed.held_most,
            callers_most: governed.callers_most,
            cores_held_by_other_programs: governed.outside,
            processes: governed.processes.clone(),
        }
    }
}

#[derive(Serialize)]
struct OwnerFacts {
    owner: Owner,
    cpu_ns: Nanos,
    wait_ns: Nanos,
    threads: u32,
}

#[derive(Serialize)]
struct MethodCount {
    method: StartMethod,
    processes: u32,
}

impl SummaryFacts {
    pub(super) fn of(summary: &Summary) -> Self {
        Self {
            wall_ns: summary.wall,
            allowed_cores: summary.allowed,
            allowed_threads: summary.allowed_threads,
            cores_used: summary.cores_used,
            runnable: summary.runnable,
            cpu_ns: summary.cpu,
            wait_ns: summary.wait,
            owners: summary.owners.iter().map(OwnerFacts::of).collect(),
            attributed_ns: summary.accounting.attributed,
            unattributed_ns: summary.accounting.unattributed,
            charged_ns: summary.accounting.charged.clone(),
            accounting_error: summary.accounting.error.clone(),
            governor: summary.governed.as_ref().map(GovernorFacts::of),
            recorder_cpu_ns: summary.recorder.clone(),
            recorder_cores: summary.recorder_cores.clone(),
            processes: summary.processes,
            threads: summary.threads,
            start_methods: summary
                .start_methods
                .iter()
                .map(|(method, processes)| MethodCount { method: *method, processes: *processes })
                .collect(),
        }
    }
}

impl OwnerFacts {
    fn of(time: &OwnerTime) -> Self {
        Self {
            owner: time.owner.clone(),
            cpu_ns: time.cpu,
            wait_ns: time.wait,
            threads: time.threads,
        }
    }
}
