//! Runs the rounds. What a run is, is injected: tests have times without waiting for them.

use std::collections::BTreeMap;

use corewise_model::Nanos;
use corewise_sample::{Captured, Ended};

use super::order::order;
use super::outputs::Printed;
use super::settings::Setting;
use crate::Failure;

/// Runs the program once.
pub(super) trait Executor {
    /// One run with a setting.
    fn run(&mut self, setting: Setting) -> Result<Ended, Failure>;

    /// The signal that asked corewise to end, if one did since the last run.
    fn interrupted(&mut self) -> Option<i32>;
}

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) settings: Vec<Setting>,
    pub(super) warmups: usize,
    pub(super) rounds: usize,
    /// Whether a program that fails in every setting is measured nonetheless.
    pub(super) ignore_failure: bool,
}

/// Told to whoever watches.
pub(super) enum Event<'a> {
    /// A run begins, of a round counted from 1.
    Begins { warmup: bool, round: usize, setting: Setting },
    /// It has ended.
    Ended { setting: Setting, ended: &'a Ended },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    Code(u8),
    Signal(i32),
    /// `--timeout` ended it.
    TimedOut,
}

impl Outcome {
    fn of(ended: &Ended) -> Self {
        if ended.timed_out {
            Self::TimedOut
        } else if libc::WIFSIGNALED(ended.status) {
            Self::Signal(libc::WTERMSIG(ended.status))
        } else {
            Self::Code(u8::try_from(libc::WEXITSTATUS(ended.status)).unwrap_or(u8::MAX))
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Which of the plan's settings.
    pub(super) setting: usize,
    /// Its round, from 1; warm-up rounds are counted for themselves.
    pub(super) round: usize,
    pub(super) warmup: bool,
    pub(super) outcome: Outcome,
    pub(super) wall: Nanos,
    /// `None` where the kernel did not say.
    pub(super) cpu: Option<Nanos>,
    pub(super) stdout: Printed,
    pub(super) stderr: Printed,
    pub(super) left_processes: bool,
}

/// Why there are fewer rounds than planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A signal to corewise.
    Interrupted(i32),
    /// The program failed in every setting of the first round.
    Failing,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measured {
    pub(super) plan: Plan,
    pub(super) runs: Vec<Run>,
    pub(super) stop: Option<Stop>,
    /// The end of stderr of the last run of a setting that failed.
    pub(super) tails: BTreeMap<usize, String>,
}

impl Measured {
    /// The runs of a setting that say something of it: not the warm-up, unless there is nothing
    /// else.
    pub(super) fn of(&self, setting: usize) -> impl Iterator<Item = &Run> {
        let measured = self.runs.iter().any(|run| !run.warmup);
        self.runs.iter().filter(move |run| {
            run.setting == setting && (!run.warmup || !measured || run.outcome == Outcome::TimedOut)
        })
    }

    /// All such runs.
    pub(super) fn all(&self) -> impl Iterator<Item = &Run> {
        (0..self.plan.settings.len()).flat_map(|setting| self.of(setting))
    }

    /// Those of them that are timed: they were not ended before they were done.
    pub(super) fn timed(&self, setting: usize) -> impl Iterator<Item = &Run> {
        self.of(setting).filter(|run| !run.warmup && run.outcome != Outcome::TimedOut)
    }
}

/// Measures.
pub(super) fn measure(
    plan: Plan,
    executor: &mut dyn Executor,
    watch: &mut dyn FnMut(&Event<'_>),
) -> Result<Measured, Failure> {
    let count = plan.settings.len();
    let mut measured = Measured { plan, runs: Vec::new(), stop: None, tails: BTreeMap::new() };
    let mut reference: Option<(Captured, Captured)> = None;
    let (warmups, rounds) = (measured.plan.warmups, measured.plan.rounds);
    let warmups = (0..warmups).map(|round| (true, round));
    for (warmup, round) in warmups.chain((0..rounds).map(|round| (false, round))) {
        for index in order(round, count) {
            // What took too long once is not waited for again.
            if measured
                .runs
                .iter()
                .any(|run| (run.setting, run.outcome) == (index, Outcome::TimedOut))
            {
                continue;
            }
            let setting = measured.plan.settings[index];
            if let Some(signal) = executor.interrupted() {
                measured.stop = Some(Stop::Interrupted(signal));
                return Ok(measured);
            }
            watch(&Event::Begins { warmup, round: round + 1, setting });
            let ended = executor.run(setting)?;
            if let Some(signal) = ended.interrupted {
                measured.stop = Some(Stop::Interrupted(signal));
                return Ok(measured);
            }
            watch(&Event::Ended { setting, ended: &ended });
            let outcome = Outcome::of(&ended);
            if outcome != Outcome::Code(0) {
                let tail = String::from_utf8_lossy(ended.stderr.tail()).into_owned();
                measured.tails.insert(index, tail);
            }
            // A run that was cut off is no reference; it is not compared either.
            let (stdout, stderr) = match &reference {
                Some((stdout, stderr)) => (stdout, stderr),
                None => (&ended.stdout, &ended.stderr),
            };
            measured.runs.push(Run {
                setting: index,
                round: round + 1,
                warmup,
                outcome,
                wall: ended.wall,
                cpu: ended.cpu.get().copied(),
                stdout: Printed::new(&ended.stdout, stdout),
                stderr: Printed::new(&ended.stderr, stderr),
                left_processes: ended.left_processes,
            });
            if reference.is_none() && !warmup && outcome != Outcome::TimedOut {
                reference = Some((ended.stdout, ended.stderr));
            }
        }
        if is_failing(&measured) {
            measured.stop = Some(Stop::Failing);
            break;
        }
    }
    Ok(measured)
}

/// Whether no run at all has succeeded, so that further rounds measure only how it fails.
fn is_failing(measured: &Measured) -> bool {
    measured.runs.iter().all(|run| match run.outcome {
        Outcome::TimedOut => true,
        Outcome::Code(0) => false,
        Outcome::Code(_) | Outcome::Signal(_) => !measured.plan.ignore_failure,
    })
}
