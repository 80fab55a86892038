//! The Python stacks of each thread as stretches of time, for the formats that draw them.

use std::collections::BTreeMap;

use corewise_model::{Gil, Nanos, Recording, StackId, StackSample, ThreadId};

/// A stretch in which a thread had one stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// When it began.
    pub(crate) start: Nanos,
    /// When it ended. Not before `start`.
    pub(crate) end: Nanos,
    /// The stack.
    pub(crate) stack: StackId,
    /// What the thread did there.
    pub(crate) state: State,
}

/// What a thread with a Python stack did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It ran or wanted to run.
    Active,
    /// It was blocked in wait for the GIL.
    WaitsForGil,
    /// It was blocked in something else.
    Blocked,
}

impl State {
    fn of(sample: &StackSample) -> Self {
        match sample.gil {
            Gil::Waits => Self::WaitsForGil,
            _ if sample.active => Self::Active,
            _ => Self::Blocked,
        }
    }

    /// What stands on top of the stack while the thread is not active.
    pub(crate) fn label(self) -> Option<&'static str> {
        match self {
            Self::Active => None,
            Self::WaitsForGil => Some("[waits for the GIL]"),
            Self::Blocked => Some("[blocked]"),
        }
    }
}

/// The stretches of every thread that has Python stacks, in order of time and without overlap.
///
/// A sample stands for the time before it. Where samples follow each other, stretches touch; a
/// pause of the sampler is a gap.
pub(crate) fn of_threads(recording: &Recording) -> BTreeMap<ThreadId, Vec<Stretch>> {
    let mut threads: BTreeMap<ThreadId, Vec<Stretch>> = BTreeMap::new();
    for tick in &recording.stack_ticks {
        for sample in &tick.samples {
            let stretches = threads.entry(sample.thread).or_default();
            let before = stretches.last().map_or(Nanos::ZERO, |last| last.end);
            let start = tick.at.saturating_sub(tick.weight).max(before);
            let end = tick.at.max(start);
            let stretch = Stretch { start, end, stack: sample.stack, state: State::of(sample) };
            match stretches.last_mut() {
                Some(last) if last.end == start && last.continues(&stretch) => last.end = end,
                _ => stretches.push(stretch),
            }
        }
    }
    threads
}

impl Stretch {
    fn continues(&self, next: &Self) -> bool {
        self.stack == next.stack && self.state == next.state
    }

    /// How long it is.
    pub(crate) fn length(&self) -> Nanos {
        self.end - self.start
    }
}
