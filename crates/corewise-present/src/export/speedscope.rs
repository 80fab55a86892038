//! speedscope's file format: one sampled profile for each Python thread.
//!
//! The format is <https://www.speedscope.app/file-format-schema.json>, of which this writes what
//! sampled profiles need. Samples of one function are one frame, whichever line was executed, so
//! that a flame graph shows functions; a frame names a line only where it was always the same one.

use std::collections::HashMap;
use std::io::Write;

use corewise_model::{Frame, Nanos, Recording, StackId, ThreadId};
use serde::Serialize;

use super::stacks::{self, State, Stretch};
use crate::{PresentError, names};

const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    exporter: String,
    name: String,
    #[serde(rename = "activeProfileIndex")]
    active: u32,
    shared: Shared<'a>,
    profiles: Vec<Profile>,
}

#[derive(Serialize)]
struct Shared<'a> {
    frames: &'a [SharedFrame<'a>],
}

#[derive(Serialize)]
struct SharedFrame<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Profile {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    unit: &'static str,
    #[serde(rename = "startValue")]
    start: u64,
    #[serde(rename = "endValue")]
    end: u64,
    samples: Vec<Vec<u32>>,
    weights: Vec<u64>,
}

/// Writes the Python stacks of a recording as a speedscope file.
///
/// Weights are nanoseconds of wall-clock time. Time in which a thread was blocked or waited for the
/// GIL is in it, under a frame `[blocked]` or `[waits for the GIL]`; time without a sample is an
/// empty stack, so positions on the time axis are those of the recording.
pub fn speedscope(recording: &Recording, out: &mut dyn Write) -> Result<(), PresentError> {
    let mut frames = Frames::of(&recording.frames);
    let mut threads: Vec<(Nanos, ThreadId, Vec<Stretch>)> = stacks::of_threads(recording)
        .into_iter()
        .map(|(thread, stretches)| (active(&stretches), thread, stretches))
        .collect();
    threads.sort_by_key(|(active, thread, _)| (std::cmp::Reverse(*active), *thread));
    let profiles = threads
        .iter()
        .map(|(_, thread, stretches)| profile(recording, &mut frames, *thread, stretches))
        .collect();
    let file = File {
        schema: SCHEMA,
        exporter: format!("corewise {}", recording.header.corewise),
        name: names::command(&recording.header.command),
        active: 0,
        shared: Shared { frames: &frames.shared },
        profiles,
    };
    Ok(serde_json::to_writer(out, &file)?)
}

fn active(stretches: &[Stretch]) -> Nanos {
    stretches.iter().filter(|s| s.state == State::Active).map(Stretch::length).sum()
}

fn profile(
    recording: &Recording,
    frames: &mut Frames<'_>,
    id: ThreadId,
    stretches: &[Stretch],
) -> Profile {
    let thread = &recording.threads[id.index()];
    let process = &recording.processes[thread.process.index()];
    let mut profile = Profile {
        kind: "sampled",
        name: format!("{} {}, thread {}", names::process(process), process.pid, thread.tid),
        unit: "nanoseconds",
        start: 0,
        end: stretches.last().map_or(0, |last| last.end.0),
        samples: Vec::with_capacity(stretches.len()),
        weights: Vec::with_capacity(stretches.len()),
    };
    let mut until = Nanos::ZERO;
    for stretch in stretches {
        if stretch.start > until {
            profile.samples.push(Vec::new());
            profile.weights.push((stretch.start - until).0);
        }
        profile.samples.push(frames.stack(recording, stretch.stack, stretch.state));
        profile.weights.push(stretch.length().0);
        until = stretch.end;
    }
    profile
}

/// The frames that all profiles share: functions, and the states of a thread.
struct Frames<'a> {
    shared: Vec<SharedFrame<'a>>,
    /// The shared frame of each frame of the recording.
    of: Vec<u32>,
    states: HashMap<&'static str, u32>,
}

impl<'a> Frames<'a> {
    fn of(frames: &'a [Frame]) -> Self {
        let mut shared: Vec<SharedFrame<'a>> = Vec::new();
        let mut known: HashMap<(&str, &str), u32> = HashMap::new();
        let mut of = Vec::with_capacity(frames.len());
        for frame in frames {
            let line = (frame.line > 0).then_some(frame.line);
            let index = *known.entry((&frame.function, &frame.file)).or_insert_with(|| {
                shared.push(SharedFrame { name: &frame.function, file: Some(&frame.file), line });
                next(shared.len() - 1)
            });
            let function = &mut shared[index as usize];
            if function.line != line {
                function.line = None;
            }
            of.push(index);
        }
        Self { shared, of, states: HashMap::new() }
    }

    /// A stack as speedscope has it: the outermost frame first.
    fn stack(&mut self, recording: &Recording, id: StackId, state: State) -> Vec<u32> {
        let stack = &recording.stacks[id.index()];
        let mut indices: Vec<u32> =
            stack.frames.iter().rev().map(|frame| self.of[frame.index()]).collect();
        if let Some(label) = state.label() {
            let shared = &mut self.shared;
            indices.push(*self.states.entry(label).or_insert_with(|| {
                shared.push(SharedFrame { name: label, file: None, line: None });
                next(shared.len() - 1)
            }));
        }
        indices
    }
}

fn next(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
