//! What is said while the rounds run.

use std::fmt::Write;
use std::io::IsTerminal;

use corewise_sample::{Captured, Ended};

use super::measure::{Event, Plan};
use super::settings::{Setting, overridden};
use crate::Output;

/// A line on a terminal that says which run is going on; nothing in a pipe or a file.
#[derive(Debug)]
pub(super) struct Progress {
    warmups: usize,
    rounds: usize,
    wanted: bool,
    shown: bool,
}

impl Progress {
    pub(super) fn new(plan: &Plan) -> Self {
        let wanted = std::io::stderr().is_terminal();
        Self { warmups: plan.warmups, rounds: plan.rounds, wanted, shown: false }
    }

    pub(super) fn show(&mut self, event: &Event<'_>, output: &mut Output) {
        if let (true, Event::Begins { warmup, round, setting }) = (self.wanted, event) {
            self.shown = true;
            output.talk(&format!("\r\x1b[K{}", self.text(*warmup, *round, *setting)));
        }
    }

    pub(super) fn clear(&mut self, output: &mut Output) {
        if std::mem::take(&mut self.shown) {
            output.talk("\r\x1b[K");
        }
    }

    fn text(&self, warmup: bool, round: usize, setting: Setting) -> String {
        let (what, of) =
            if warmup { ("warm-up round", self.warmups) } else { ("round", self.rounds) };
        format!("corewise: {what} {round} of {of}, {}", setting.name())
    }
}

/// What is going to be done.
pub(super) fn announcement(plan: &Plan, is_set: impl Fn(&str) -> bool) -> String {
    let rounds = |number: usize, kind: &str| match number {
        1 => format!("1 {kind}round"),
        n => format!("{n} {kind}rounds"),
    };
    let names: Vec<String> = plan.settings.iter().map(|setting| setting.name()).collect();
    let mut text =
        format!("corewise: {} of {} settings", rounds(plan.rounds, ""), plan.settings.len());
    if plan.warmups > 0 {
        let _ = write!(text, " after {}", rounds(plan.warmups, "warm-up "));
    }
    let _ = writeln!(text, ": {}", names.join(", "));
    let overridden = overridden(is_set);
    if !overridden.is_empty() && plan.settings.iter().any(|setting| setting.is_static()) {
        let names: Vec<String> = plan
            .settings
            .iter()
            .filter(|setting| setting.is_static())
            .map(|setting| setting.name())
            .collect();
        let _ = writeln!(
            text,
            "corewise: {} override what you set: {}",
            names.join(" and "),
            overridden.join(", ")
        );
    }
    text
}

/// What a run printed.
pub(super) fn printed(setting: Setting, ended: &Ended) -> String {
    let mut text = String::new();
    for (stream, captured) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        text.push_str(&one(setting, stream, captured));
    }
    text
}

fn one(setting: Setting, stream: &str, captured: &Captured) -> String {
    if captured.length() == 0 {
        return String::new();
    }
    let kept = String::from_utf8_lossy(captured.head());
    let mut text = format!("corewise: {stream}, {}:\n{kept}", setting.name());
    if !kept.ends_with('\n') {
        text.push('\n');
    }
    let rest = captured.length() - captured.head().len() as u64;
    if rest > 0 {
        let _ = writeln!(text, "corewise: and {rest} bytes more");
    }
    text
}
