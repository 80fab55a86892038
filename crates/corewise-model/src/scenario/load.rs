//! What a thread does in a stretch of time.

use std::ops::Range;

use crate::ThreadId;

/// What one thread does in a stretch of a scenario.
#[derive(Debug, Clone)]
pub struct Load {
    pub(super) thread: ThreadId,
    pub(super) range: Range<f64>,
    pub(super) run: f64,
    pub(super) wait: f64,
    pub(super) slices: f64,
    pub(super) late: bool,
    pub(super) voluntary: f64,
    pub(super) involuntary: f64,
}

impl Load {
    pub(super) fn new(thread: ThreadId, range: Range<f64>) -> Self {
        Self {
            thread,
            range,
            run: 1.0,
            wait: 0.0,
            slices: 10.0,
            late: false,
            voluntary: 0.0,
            involuntary: 0.0,
        }
    }

    /// It runs for this part of the time, 0 to 1.
    pub fn run(&mut self, part: f64) -> &mut Self {
        self.run = part;
        self
    }

    /// It is runnable without a core for this part of the time, 0 to 1.
    pub fn wait(&mut self, part: f64) -> &mut Self {
        self.wait = part;
        self
    }

    /// It is given a core this many times a second.
    pub fn slices(&mut self, per_second: f64) -> &mut Self {
        self.slices = per_second;
        self
    }

    /// The kernel adds the whole wait in the tick in which the stretch ends.
    pub fn late(&mut self) -> &mut Self {
        self.late = true;
        self
    }

    /// It switches context this many times a second, voluntarily and involuntarily.
    pub fn switches(&mut self, voluntary: f64, involuntary: f64) -> &mut Self {
        self.voluntary = voluntary;
        self.involuntary = involuntary;
        self
    }
}
