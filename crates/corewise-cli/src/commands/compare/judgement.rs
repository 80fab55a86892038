//! Whether the runs ended and printed the same.

use std::collections::BTreeSet;

use super::measure::{Measured, Outcome, Run, Stop};
use super::outputs::Printed;
use crate::ExitStatus;

/// What the outputs of all runs have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Agreement {
    /// All are the same.
    Same,
    /// Each setting's are the same, but not those of all settings.
    Differs,
    /// These settings do not even agree with themselves, so that a difference between settings
    /// proves nothing.
    Varies(Vec<usize>),
}

/// One of the two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    pub(super) fn of(self, run: &Run) -> &Printed {
        match self {
            Self::Stdout => &run.stdout,
            Self::Stderr => &run.stderr,
        }
    }

    /// What the runs have in common here. One that was cut off has not printed all.
    pub(super) fn agreement(self, measured: &Measured) -> Agreement {
        let varies = |setting: &usize| {
            let mut printed = measured.timed(*setting).map(|run| self.of(run));
            let first = printed.next();
            first.is_some_and(|first| printed.any(|other| !other.is_same(first)))
        };
        let settings = 0..measured.plan.settings.len();
        let varying: Vec<usize> = settings.clone().filter(varies).collect();
        if !varying.is_empty() {
            return Agreement::Varies(varying);
        }
        let mut all = settings.flat_map(|setting| measured.timed(setting));
        if all.any(|run| self.of(run).difference.is_some()) {
            Agreement::Differs
        } else {
            Agreement::Same
        }
    }
}

/// How the runs of a setting ended, each way once.
pub(super) fn outcomes(measured: &Measured, setting: usize) -> BTreeSet<Outcome> {
    measured.of(setting).map(|run| run.outcome).collect()
}

/// Whether all runs ended the same.
pub(super) fn same_outcomes(measured: &Measured) -> bool {
    measured.all().map(|run| run.outcome).collect::<BTreeSet<_>>().len() <= 1
}

/// How the command ends.
pub(super) fn status(measured: &Measured) -> ExitStatus {
    if let Some(Stop::Interrupted(signal)) = measured.stop {
        return ExitStatus::Program(number_of(signal));
    }
    if !same_outcomes(measured) || Stream::Stdout.agreement(measured) != Agreement::Same {
        return ExitStatus::Differ;
    }
    match (measured.stop, measured.all().next().map(|run| run.outcome)) {
        (Some(_), Some(Outcome::Code(code))) => ExitStatus::Program(code),
        (Some(_), Some(Outcome::Signal(signal))) => ExitStatus::Program(number_of(signal)),
        (_, Some(Outcome::TimedOut)) => ExitStatus::TimedOut,
        _ => ExitStatus::Success,
    }
}

/// The status of what a signal ended, as shells give it.
fn number_of(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
