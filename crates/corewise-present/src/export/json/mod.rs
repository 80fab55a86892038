//! corewise's own JSON: what a recording says, without its ticks.
//!
//! The schema is numbered. A number changes when a field goes away or changes its meaning; new
//! fields may appear under the same number. Units stand in the names (`_ns`, `_hz`, `_bytes`),
//! cores are numbers and may be fractions. What is not known is `{"unknown": "the reason"}` where
//! it otherwise would be `{"known": value}`. Processes, threads and pools are referred to by their
//! place in the lists, because the kernel uses its numbers again.

mod facts;
mod findings;
mod things;

use std::io::Write;

use corewise_analyse::activity;
use corewise_model::{Allowed, Finding, Nanos, Recording};
use serde::Serialize;

use self::facts::{RunFacts, SummaryFacts};
use self::findings::FindingFacts;
use self::things::{NoticeFacts, PoolFacts, ProcessFacts, ThreadFacts};
use crate::{PresentError, timeline};

/// The number of the schema that is written.
pub const SCHEMA: u32 = 1;

/// Points of the timeline: enough to draw it on any screen.
const POINTS: usize = 1000;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    recording: RunFacts<'a>,
    allowed: &'a Allowed,
    summary: SummaryFacts,
    findings: Vec<FindingFacts<'a>>,
    timeline: Timeline,
    processes: Vec<ProcessFacts<'a>>,
    threads: Vec<ThreadFacts<'a>>,
    pools: Vec<PoolFacts<'a>>,
    notices: Vec<NoticeFacts<'a>>,
}

#[derive(Serialize)]
struct Timeline {
    step_ns: Nanos,
    running: Vec<f64>,
    waiting: Vec<f64>,
    /// Cores that the program's callers held; `null` where it was not governed.
    cores_held: Option<Vec<f64>>,
}

/// Writes a recording and its findings as JSON, with a newline at its end.
pub fn json(
    recording: &Recording,
    findings: &[Finding],
    out: &mut dyn Write,
) -> Result<(), PresentError> {
    let document = Document {
        schema: SCHEMA,
        recording: RunFacts::of(recording),
        allowed: &recording.header.allowed,
        summary: SummaryFacts::of(&corewise_analyse::summary(recording)),
        findings: findings.iter().map(|f| FindingFacts::of(recording, f)).collect(),
        timeline: timeline_of(recording),
        processes: recording.processes.iter().map(ProcessFacts::of).collect(),
        threads: recording.threads.iter().map(ThreadFacts::of).collect(),
        pools: recording.pools.iter().map(|(id, pool)| PoolFacts::of(*id, pool)).collect(),
        notices: recording.notices.iter().map(NoticeFacts::of).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    Ok(out.write_all(b"\n")?)
}

fn timeline_of(recording: &Recording) -> Timeline {
    let points = POINTS.min(recording.ticks.len());
    if points == 0 || recording.duration == Nanos::ZERO {
        return Timeline {
            step_ns: Nanos::ZERO,
            running: Vec::new(),
            waiting: Vec::new(),
            cores_held: None,
        };
    }
    let buckets = timeline::buckets(&activity(recording), recording.duration, points);
    let round = |value: f64| (value * 1e3).round() / 1e3;
    let held = (!recording.sessions.is_empty()).then(|| timeline::held(recording, points));
    Timeline {
        step_ns: Nanos(recording.duration.0 / points as u64),
        running: buckets.iter().map(|bucket| round(bucket.running)).collect(),
        waiting: buckets.iter().map(|bucket| round(bucket.waiting)).collect(),
        cores_held: held.map(|held| held.into_iter().map(round).collect()),
    }
}
