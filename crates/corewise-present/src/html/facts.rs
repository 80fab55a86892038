//! Everything that the page says in words, as one JSON value.

use corewise_analyse::Summary;
use corewise_model::{
    Finding, Header, Interpreter, Nanos, Notice, Pool, Process, ProcessId, Recording, Role,
    Severity, StartMethod, Thread,
};
use serde::Serialize;
use serde_json::Value;

use super::columns::Columns;
use super::functions::{Function, functions};
use super::grid::{Grid, tick_distance};
use super::groups::{Group, Groups};
use super::lanes::{self, Lanes};
use super::layers;
use super::leases::{self, Leases};
use super::stacks::{self, Stacks};
use super::surroundings::{self, Surroundings};
use crate::{PresentError, escape, names};

/// Longer strings are cut: nobody reads further, and a name may be as long as it likes.
const MOST_CHARACTERS: usize = 2_000;

#[derive(Serialize)]
struct Facts<'a> {
    title: String,
    header: &'a Header,
    summary: Summary,
    complete: bool,
    ended: Option<String>,
    processes: Vec<ProcessFacts<'a>>,
    threads: Vec<ThreadFacts<'a>>,
    pools: Vec<PoolFacts<'a>>,
    groups: Vec<Group>,
    frames: Vec<(&'a str, &'a str, u32)>,
    stacks: Vec<Vec<u32>>,
    findings: Vec<FindingFacts<'a>>,
    functions: Vec<Function>,
    notices: &'a [Notice],
    timeline: Timeline,
    lanes: Lanes,
    samples: Stacks,
    surroundings: Surroundings,
    leases: Option<Leases>,
}

/// The timeline's grid, times in seconds.
#[derive(Serialize)]
struct Timeline {
    width: f64,
    bins: usize,
    tick: f64,
    /// Ticks in a bin.
    coarser: u64,
}

#[derive(Serialize)]
struct ProcessFacts<'a> {
    pid: u32,
    parent: Option<u32>,
    label: String,
    name: &'a str,
    command: &'a [String],
    method: StartMethod,
    start: f64,
    end: Option<f64>,
    run: f64,
    wait: f64,
    interpreter: Option<&'a Interpreter>,
}

#[derive(Serialize)]
struct ThreadFacts<'a> {
    process: u32,
    tid: u32,
    group: usize,
    label: String,
    name: &'a str,
    role: &'a Role,
    start: f64,
    end: Option<f64>,
    run: f64,
    wait: f64,
    voluntary: u64,
    involuntary: u64,
}

#[derive(Serialize)]
struct PoolFacts<'a> {
    process: u32,
    label: String,
    runtime: String,
    distribution: Option<String>,
    pool: &'a Pool,
}

#[derive(Serialize)]
struct FindingFacts<'a> {
    code: String,
    severity: Severity,
    finding: &'a Finding,
}

/// The JSON value, with every string made harmless, and the columns that it describes.
pub(super) fn facts(
    recording: &Recording,
    findings: &[Finding],
) -> Result<(Value, Columns), PresentError> {
    let activity = corewise_analyse::activity(recording);
    let groups = Groups::of(recording);
    let tick = tick_distance(recording);
    let grid = Grid::new(recording.duration, tick, layers::MOST_BINS);
    let mut columns = Columns::default();
    layers::write(&activity, &groups, grid, &mut columns);
    let lanes = lanes::write(recording, &activity, &mut columns)?;
    let samples = stacks::write(recording, &mut columns);
    let surroundings = surroundings::write(recording, &mut columns);
    let leases = leases::write(recording, grid, &mut columns);
    let facts = Facts {
        title: names::command(&recording.header.command),
        header: &recording.header,
        summary: corewise_analyse::summary(recording),
        complete: recording.complete,
        ended: recording.status.map(ended),
        processes: processes(recording),
        threads: threads(recording, &groups),
        pools: pools(recording),
        groups: groups.all,
        frames: recording
            .frames
            .iter()
            .map(|frame| (frame.function.as_str(), frame.file.as_str(), frame.line))
            .collect(),
        stacks: recording.stacks.iter().map(|s| s.frames.iter().map(|f| f.0).collect()).collect(),
        findings: findings
            .iter()
            .map(|finding| FindingFacts {
                code: finding.code.to_string(),
                severity: finding.severity,
                finding,
            })
            .collect(),
        functions: functions(recording, &activity),
        notices: &recording.notices,
        timeline: Timeline {
            width: grid.width.as_secs_f64(),
            bins: grid.bins,
            tick: tick.as_secs_f64(),
            coarser: (grid.width.0 / tick.0.max(1)).max(1),
        },
        lanes,
        samples,
        surroundings,
        leases,
    };
    let mut value = serde_json::to_value(facts)?;
    harmless(&mut value);
    value["columns"] = serde_json::to_value(&columns.places)?;
    Ok((value, columns))
}

/// An exit status as `waitpid` gives it, in words.
fn ended(status: i32) -> String {
    let signal = status & 0x7f;
    if signal == 0 {
        format!("exit status {}", status >> 8 & 0xff)
    } else {
        format!("ended by signal {signal}")
    }
}

fn processes(recording: &Recording) -> Vec<ProcessFacts<'_>> {
    let mut sums = vec![(0.0, 0.0); recording.processes.len()];
    for thread in &recording.threads {
        let sum = &mut sums[thread.process.index()];
        sum.0 += thread.run.as_secs_f64();
        sum.1 += thread.wait.as_secs_f64();
    }
    let facts = |(process, (run, wait))| {
        let process: &Process = process;
        ProcessFacts {
            pid: process.pid.0,
            parent: process.parent.map(|parent| parent.0),
            label: names::process(process),
            name: &process.name,
            command: &process.command,
            method: process.method,
            start: process.start.as_secs_f64(),
            end: process.end.map(Nanos::as_secs_f64),
            run,
            wait,
            interpreter: process.interpreter.as_ref(),
        }
    };
    recording.processes.iter().zip(sums).map(facts).collect()
}

fn threads<'a>(recording: &'a Recording, groups: &Groups) -> Vec<ThreadFacts<'a>> {
    let facts = |(index, thread): (usize, &'a Thread)| ThreadFacts {
        process: thread.process.0,
        tid: thread.tid.0,
        group: groups.of_thread[index],
        label: label(recording, thread),
        name: &thread.name,
        role: &thread.role,
        start: thread.start.as_secs_f64(),
        end: thread.end.map(Nanos::as_secs_f64),
        run: thread.run.as_secs_f64(),
        wait: thread.wait.as_secs_f64(),
        voluntary: thread.voluntary,
        involuntary: thread.involuntary,
    };
    recording.threads.iter().enumerate().map(facts).collect()
}

/// What a lane is called: short, because its process stands above it.
fn label(recording: &Recording, thread: &Thread) -> String {
    match &thread.role {
        Role::Main => "main".to_owned(),
        Role::Pool(pool) => recording.pools[pool.index()].1.runtime.to_string(),
        Role::Native(library) => names::native(library).to_owned(),
        Role::Python | Role::Unknown(_) => thread.name.clone(),
    }
}

fn pools(recording: &Recording) -> Vec<PoolFacts<'_>> {
    let facts = |(process, pool)| {
        let pool: &Pool = pool;
        let process: &ProcessId = process;
        PoolFacts {
            process: process.0,
            label: names::pool(pool),
            runtime: pool.runtime.to_string(),
            distribution: pool.distribution.get().map(ToString::to_string),
            pool,
        }
    };
    recording.pools.iter().map(|(process, pool)| facts((process, pool))).collect()
}

/// Spells out what would act on a reader (control characters, marks that turn the direction of
/// writing) in every string and key, and cuts what is too long.
fn harmless(value: &mut Value) {
    match value {
        Value::String(text) => {
            let shown = escape::text(text, true);
            let count = shown.chars().count();
            if count > MOST_CHARACTERS {
                let cut: String = shown.chars().take(MOST_CHARACTERS).collect();
                *text = format!("{cut}… ({count} characters)");
            } else if *shown != **text {
                *text = shown.into_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(harmless),
        Value::Object(fields) => fields.values_mut().for_each(harmless),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn strings_of_the_program_cannot_act() {
        let mut s = Scenario::new(2.0, 1.0);
        s.header.command = vec!["a\u{202e}b".to_owned(), "\n".to_owned(), "x".repeat(10_000)];
        let (facts, _) = facts(&s.recording(), &[]).unwrap();
        let command = facts["header"]["command"].as_array().unwrap();
        assert_eq!(command[0], r"a\u{202e}b");
        assert_eq!(command[1], r"\n");
        assert!(command[2].as_str().unwrap().ends_with("… (10000 characters)"));
    }

    #[test]
    fn an_exit_status_is_told_in_words() {
        assert_eq!(
            [ended(0), ended(3 << 8), ended(9)],
            ["exit status 0", "exit status 3", "ended by signal 9"]
        );
    }

    #[test]
    fn nothing_recorded_still_has_facts() {
        let (facts, _) = facts(&Scenario::new(2.0, 0.0).killed().recording(), &[]).unwrap();
        assert_eq!(facts["complete"], false);
        assert_eq!(facts["timeline"]["bins"], 1);
    }
}
