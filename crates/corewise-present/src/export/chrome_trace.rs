//! Chrome's trace event format, which Perfetto opens.
//!
//! Each thread is a track of states (running, waiting for a core), each Python thread has a second
//! track with its stacks as nested slices. The process named "all threads by pool" has counters of
//! running and waiting threads for each pool, of a governed program one of the cores that callers
//! held, and a track for each finding. Times are microseconds with three decimals, so no nanosecond
//! is lost. Format: "Trace Event Format", Google, 2016.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use corewise_analyse::{Activity, activity};
use corewise_model::{Finding, Nanos, ProcessId, Recording, Span, StackId, ThreadId};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::held;
use super::stacks::{self, Stretch};
use super::states::{self, Groups, Phase};
use crate::{PresentError, names};

/// Track numbers that no kernel gives: PIDs end at 4,194,304 (`PID_MAX_LIMIT`).
const OWN: u32 = 10_000_000;

/// A span on a track.
#[derive(Serialize)]
struct Slice<'a> {
    ph: &'static str,
    name: &'a str,
    cat: &'static str,
    pid: u32,
    tid: u32,
    ts: Micros,
    dur: Micros,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Value>,
}

/// Nanoseconds, written as microseconds.
#[derive(Clone, Copy)]
struct Micros(Nanos);

impl Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.0 as f64 / 1e3)
    }
}

/// Writes a recording as Chrome trace events.
///
/// The state of a thread in a tick is what it did for most of it, so a state is exact to a tick;
/// the counters are exact means over a tick.
pub fn chrome_trace(
    recording: &Recording,
    findings: &[Finding],
    out: &mut dyn Write,
) -> Result<(), PresentError> {
    let activity = activity(recording);
    let mut trace = Trace { out, first: true };
    trace.out.write_all(b"{\"traceEvents\":[")?;
    let tracks = Tracks::of(recording);
    name_tracks(recording, &tracks, &mut trace)?;
    for (id, phases) in states::of_threads(&activity) {
        let (pid, tid) = tracks.thread(recording, id);
        for phase in phases {
            trace.event(&state_slice(pid, tid, &phase))?;
        }
    }
    for (id, stretches) in stacks::of_threads(recording) {
        let (pid, _) = tracks.thread(recording, id);
        python_slices(recording, pid, python_track(id), &stretches, &mut trace)?;
    }
    counters(recording, &activity, &mut trace)?;
    leases(recording, &mut trace)?;
    marks(findings, &mut trace)?;
    let facts = json!({
        "exporter": format!("corewise {}", recording.header.corewise),
        "command": recording.header.command,
        "allowed_cores": recording.header.allowed.cores,
        "complete": recording.complete,
    });
    write!(trace.out, "\n],\"displayTimeUnit\":\"ms\",\"otherData\":{facts}}}")?;
    Ok(())
}

/// The array of events, written as they come: an hour of them does not fit in memory twice.
struct Trace<'a> {
    out: &'a mut dyn Write,
    first: bool,
}

impl Trace<'_> {
    fn event(&mut self, event: &impl Serialize) -> Result<(), PresentError> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        Ok(serde_json::to_writer(&mut *self.out, event)?)
    }

    fn metadata(
        &mut self,
        what: &str,
        track: (u32, u32),
        args: &Value,
    ) -> Result<(), PresentError> {
        self.event(&json!({"ph": "M", "name": what, "pid": track.0, "tid": track.1, "args": args}))
    }
}

/// The numbers of tracks: the kernel's, unless one was used twice in the recording.
struct Tracks {
    processes: Vec<u32>,
    threads: Vec<u32>,
}

impl Tracks {
    fn of(recording: &Recording) -> Self {
        let unique = |numbers: &mut dyn Iterator<Item = u32>| -> Vec<u32> {
            let mut seen = HashSet::new();
            numbers
                .enumerate()
                .map(|(at, number)| if seen.insert(number) { number } else { 3 * OWN + count(at) })
                .collect()
        };
        Self {
            processes: unique(&mut recording.processes.iter().map(|p| p.pid.0)),
            threads: unique(&mut recording.threads.iter().map(|t| t.tid.0)),
        }
    }

    fn process(&self, id: ProcessId) -> u32 {
        self.processes[id.index()]
    }

    fn thread(&self, recording: &Recording, id: ThreadId) -> (u32, u32) {
        (self.process(recording.threads[id.index()].process), self.threads[id.index()])
    }
}

/// The second track of a Python thread, for its stacks.
fn python_track(id: ThreadId) -> u32 {
    4 * OWN + id.0
}

fn name_tracks(
    recording: &Recording,
    tracks: &Tracks,
    trace: &mut Trace<'_>,
) -> Result<(), PresentError> {
    let all = (OWN, OWN);
    trace.metadata("process_name", all, &json!({"name": "all threads by pool"}))?;
    trace.metadata("process_sort_index", all, &json!({"sort_index": -1}))?;
    for (at, process) in recording.processes.iter().enumerate() {
        let pid = tracks.processes[at];
        trace.metadata("process_name", (pid, pid), &json!({"name": names::process(process)}))?;
        trace.metadata("process_sort_index", (pid, pid), &json!({"sort_index": at}))?;
    }
    let python: HashSet<ThreadId> =
        recording.stack_ticks.iter().flat_map(|t| t.samples.iter().map(|s| s.thread)).collect();
    for at in 0..recording.threads.len() {
        let id = ThreadId(count(at));
        let (pid, tid) = tracks.thread(recording, id);
        let name = names::thread(recording, id);
        trace.metadata("thread_name", (pid, tid), &json!({"name": name}))?;
        trace.metadata("thread_sort_index", (pid, tid), &json!({"sort_index": 2 * at}))?;
        if python.contains(&id) {
            let second = (pid, python_track(id));
            let name = format!("{name}: Python stack");
            trace.metadata("thread_name", second, &json!({"name": name}))?;
            trace.metadata("thread_sort_index", second, &json!({"sort_index": 2 * at + 1}))?;
        }
    }
    Ok(())
}

fn state_slice(pid: u32, tid: u32, phase: &Phase) -> Slice<'static> {
    Slice {
        ph: "X",
        name: phase.state.label(),
        cat: "state",
        pid,
        tid,
        ts: Micros(phase.start),
        dur: Micros(phase.end - phase.start),
        args: Some(json!({
            "cpu_ms": round(phase.run * 1e3),
            "run_queue_delay_ms": round(phase.wait * 1e3),
        })),
    }
}

/// A frame that is open: its index in the recording's frames, or a state's label, and its start.
struct Open<'a> {
    name: &'a str,
    file: &'a str,
    start: Nanos,
}

/// Slices of frames: one lasts as long as it and all frames below it stay the same.
fn python_slices(
    recording: &Recording,
    pid: u32,
    tid: u32,
    stretches: &[Stretch],
    trace: &mut Trace<'_>,
) -> Result<(), PresentError> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut until = Nanos::ZERO;
    let mut close = |open: &mut Vec<Open<'_>>, keep: usize, end: Nanos| {
        while open.len() > keep {
            let Some(frame) = open.pop() else { break };
            trace.event(&Slice {
                ph: "X",
                name: frame.name,
                cat: "python",
                pid,
                tid,
                ts: Micros(frame.start),
                dur: Micros(end - frame.start),
                args: (!frame.file.is_empty()).then(|| json!({ "file": frame.file })),
            })?;
        }
        Ok::<(), PresentError>(())
    };
    for stretch in stretches {
        if stretch.start > until {
            close(&mut open, 0, until)?;
        }
        let stack = functions(recording, stretch.stack, stretch.state.label());
        let same = open.iter().zip(&stack).take_while(|(o, (n, f))| o.name == *n && o.file == *f);
        let same = same.count();
        close(&mut open, same, stretch.start)?;
        let start = stretch.start;
        open.extend(stack[same..].iter().map(|&(name, file)| Open { name, file, start }));
        until = stretch.end;
    }
    close(&mut open, 0, until)
}

/// The functions of a stack with their files, the outermost first, and the state on top.
fn functions<'a>(
    recording: &'a Recording,
    id: StackId,
    state: Option<&'a str>,
) -> Vec<(&'a str, &'a str)> {
    let frames = recording.stacks[id.index()].frames.iter().rev();
    frames
        .map(|frame| &recording.frames[frame.index()])
        .map(|frame| (frame.function.as_str(), frame.file.as_str()))
        .chain(state.map(|label| (label, "")))
        .collect()
}

/// Running and waiting threads by pool, as means over each tick, written where they change.
fn counters(
    recording: &Recording,
    activity: &Activity,
    trace: &mut Trace<'_>,
) -> Result<(), PresentError> {
    let groups = Groups::of(recording);
    let mut last: HashMap<&str, Value> = HashMap::new();
    let mut until = Nanos::ZERO;
    let nothing = vec![(0.0, 0.0); groups.names().len()];
    let ticks = activity.ticks.iter().map(|tick| (tick.start(), groups.sums(recording, tick)));
    let end = activity.ticks.last().map_or(Nanos::ZERO, |tick| tick.at);
    for (start, sums) in ticks.chain([(end, nothing)]) {
        until = start.max(until);
        let running = sums.iter().map(|sum| sum.0).collect::<Vec<f64>>();
        let waiting = sums.iter().map(|sum| sum.1).collect::<Vec<f64>>();
        for (name, values) in [("running", running), ("waiting", waiting)] {
            let args: Map<String, Value> = groups
                .names()
                .iter()
                .zip(values)
                .map(|(name, value)| (name.clone(), json!(round(value))))
                .collect();
            let args = Value::Object(args);
            if last.get(name) != Some(&args) {
                trace.event(&json!({
                    "ph": "C", "name": name, "pid": OWN, "tid": OWN,
                    "ts": Micros(until), "args": args,
                }))?;
                last.insert(name, args);
            }
        }
    }
    Ok(())
}

/// The cores that callers held, and what was free of the budget.
fn leases(recording: &Recording, trace: &mut Trace<'_>) -> Result<(), PresentError> {
    for change in held::changes(recording) {
        trace.event(&json!({
            "ph": "C", "name": "cores held", "pid": OWN, "tid": OWN, "ts": Micros(change.at),
            "args": {
                "program": change.program, "other programs": change.outside, "free": change.free,
            },
        }))?;
    }
    Ok(())
}

/// When findings held, each on a track of its own, because they overlap.
fn marks(findings: &[Finding], trace: &mut Trace<'_>) -> Result<(), PresentError> {
    for (at, finding) in findings.iter().enumerate() {
        let own = 2 * OWN + count(at);
        let name = json!({"name": format!("{} {}", finding.code, finding.severity)});
        trace.metadata("thread_name", (OWN, own), &name)?;
        let mut spans: Vec<Span> =
            finding.evidence.iter().flat_map(|evidence| evidence.spans.clone()).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        let mut until = Nanos::ZERO;
        for span in spans {
            let start = span.start.max(until);
            if span.end <= start {
                continue;
            }
            until = span.end;
            trace.event(&Slice {
                ph: "X",
                name: &finding.title,
                cat: "finding",
                pid: OWN,
                tid: own,
                ts: Micros(start),
                dur: Micros(span.end - start),
                args: None,
            })?;
        }
    }
    Ok(())
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

fn count(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
