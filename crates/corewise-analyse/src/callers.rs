//! Which Python functions were there.

use std::collections::HashMap;

use corewise_model::{
    Evidence, Frame, FrameId, Nanos, ProcessId, StackId, StackSample, StackTick, ThreadId,
};

use crate::facts::Facts;
use crate::words;

/// A Python function, and how long it was there.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The function, at the line that was seen most.
    pub(crate) frame: FrameId,
    /// The stack that was seen most.
    pub(crate) stack: StackId,
    /// Its time, summed over threads.
    pub(crate) time: Nanos,
    /// The threads that were in it.
    pub(crate) threads: Vec<ThreadId>,
    /// Their processes.
    pub(crate) processes: Vec<ProcessId>,
}

impl Caller {
    /// As evidence, with a text about the function.
    pub(crate) fn evidence(&self, text: String) -> Evidence {
        Evidence {
            text,
            processes: self.processes.clone(),
            threads: self.threads.clone(),
            stack: Some(self.stack),
            ..Evidence::default()
        }
    }

    /// Its time in words.
    pub(crate) fn spent(&self) -> String {
        if self.threads.len() > 1 {
            format!("{} thread-seconds", words::figure(self.time.as_secs_f64()))
        } else {
            words::seconds(self.time)
        }
    }

    /// The function in words.
    pub(crate) fn name(&self, facts: &Facts<'_>) -> String {
        let frame = facts.recording.frames.get(self.frame.index());
        frame.map_or_else(|| "an unknown function".to_owned(), words::frame)
    }
}

/// The functions of the samples for which `wanted` is true, the most time first. `key` names the
/// frame of a stack that a sample is counted for; samples without one are left out.
pub(crate) fn callers(
    facts: &Facts<'_>,
    key: impl Fn(StackId) -> Option<FrameId>,
    mut wanted: impl FnMut(&StackTick, &StackSample) -> bool,
) -> Vec<Caller> {
    let mut keys: HashMap<StackId, Option<FrameId>> = HashMap::new();
    let mut of_stack: HashMap<StackId, (Nanos, Vec<ThreadId>)> = HashMap::new();
    for tick in &facts.recording.stack_ticks {
        for sample in &tick.samples {
            if keys.entry(sample.stack).or_insert_with(|| key(sample.stack)).is_none()
                || !wanted(tick, sample)
            {
                continue;
            }
            let (time, threads) = of_stack.entry(sample.stack).or_default();
            *time += tick.weight;
            if let Err(place) = threads.binary_search(&sample.thread) {
                threads.insert(place, sample.thread);
            }
        }
    }
    // The functions, whatever their lines; each by its most seen stack.
    let mut stacks: Vec<_> = of_stack.into_iter().collect();
    stacks.sort_by_key(|(stack, (time, _))| (std::cmp::Reverse(*time), *stack));
    let mut callers: Vec<Caller> = Vec::new();
    let mut place: HashMap<(&str, &str), usize> = HashMap::new();
    for (stack, (time, threads)) in stacks {
        let Some(id) = keys.get(&stack).copied().flatten() else { continue };
        let Some(frame) = facts.recording.frames.get(id.index()) else { continue };
        let at = *place.entry((&frame.function, &frame.file)).or_insert_with(|| {
            callers.push(Caller {
                frame: id,
                stack,
                time: Nanos::ZERO,
                threads: Vec::new(),
                processes: Vec::new(),
            });
            callers.len() - 1
        });
        callers[at].time += time;
        callers[at].threads.extend(threads);
    }
    for caller in &mut callers {
        caller.threads.sort_unstable();
        caller.threads.dedup();
        caller.processes = caller.threads.iter().filter_map(|t| facts.process_of(*t)).collect();
        caller.processes.sort_unstable();
        caller.processes.dedup();
    }
    callers.sort_by_key(|caller| (std::cmp::Reverse(caller.time), caller.frame));
    callers
}

/// The innermost frame of the user's own code; where there is none, the innermost of all.
pub(crate) fn own_frame(facts: &Facts<'_>, stack: StackId) -> Option<FrameId> {
    let frames = &facts.recording.stacks.get(stack.index())?.frames;
    let frame = |id: &FrameId| facts.recording.frames.get(id.index());
    let own = |id: &&FrameId| frame(id).is_some_and(|frame| !is_library(frame));
    let named = |id: &&FrameId| own(id) && frame(id).is_some_and(|frame| !is_nameless(frame));
    frames
        .iter()
        .find(named)
        .or_else(|| frames.iter().find(own))
        .or_else(|| frames.first())
        .copied()
}

/// Whether a frame is a comprehension or a generator expression: its function names it better.
fn is_nameless(frame: &Frame) -> bool {
    ["<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"]
        .iter()
        .any(|name| frame.function.ends_with(name))
}

/// Whether a frame is an installed package's or the standard library's.
pub(crate) fn is_library(frame: &Frame) -> bool {
    let file = frame.file.as_str();
    file.starts_with("<frozen")
        || file.starts_with("<__array_function__")
        || ["/site-packages/", "/dist-packages/", "/lib/python3", "/lib64/python3", "/lib/pypy3"]
            .iter()
            .any(|part| file.contains(part))
}

/// Whether a stack is in an import statement.
pub(crate) fn is_import(facts: &Facts<'_>, stack: StackId) -> bool {
    facts.recording.stacks.get(stack.index()).is_some_and(|stack| {
        stack.frames.iter().any(|id| {
            facts.recording.frames.get(id.index()).is_some_and(|frame| {
                frame.file.contains("importlib._bootstrap") || frame.file.ends_with("/zipimport.py")
            })
        })
    })
}
