//! What the table says, in sentences.

use std::collections::BTreeSet;
use std::fmt::Write;

use corewise_present::escape;

use super::figures::{self, BASE, GOVERNED};
use super::judgement::{Agreement, Stream, same_outcomes};
use super::measure::{Measured, Outcome, Stop};
use super::outputs::Difference;
use super::statistics::{CONFIDENCE, Ratio};
use super::table::{ends, number, percent, signal_name, way, ways};

/// The widest excerpt of an output.
const COLUMNS: usize = 66;

/// The sentences are wrapped to this many columns.
const WIDTH: usize = 80;

/// Lines that are too long continue on the next one, indented; excerpts stay as they are.
pub(super) fn wrapped(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut columns = 0;
        for part in line.split_inclusive(' ') {
            let word = part.trim_end().chars().count();
            if columns + word > WIDTH && columns > 0 && !line.starts_with(' ') {
                out.truncate(out.trim_end().len());
                out.push_str("\n  ");
                columns = 2;
            }
            out.push_str(part);
            columns += part.chars().count();
        }
        out.push('\n');
    }
    out
}

/// All sentences, a line each.
pub(super) fn render(measured: &Measured) -> String {
    let mut text = time(measured);
    text.push_str(&endings(measured));
    for stream in [Stream::Stdout, Stream::Stderr] {
        text.push_str(&printed(measured, stream));
    }
    text.push_str(&reservations(measured));
    text
}

fn name(measured: &Measured, setting: usize) -> String {
    measured.plan.settings[setting].name()
}

fn names(measured: &Measured, settings: &[usize]) -> String {
    let names: Vec<String> = settings.iter().map(|setting| name(measured, *setting)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// How the governor compares with no governor, and with the best static setting.
fn time(measured: &Measured) -> String {
    let mut text = match figures::ratio(measured, GOVERNED, BASE) {
        Some(ratio) => takes(&ratio, "the time without it"),
        None => "no ratio: there is no round in which the program ended the same with and without \
                 the governor\n"
            .to_owned(),
    };
    if let Some(best) = figures::best_static(measured)
        && let Some(ratio) = figures::ratio(measured, GOVERNED, best)
    {
        let of = format!("the time of {}, the best static setting", name(measured, best));
        text.push_str(&takes(&ratio, &of));
    }
    // Of two settings the first sentence says it.
    if measured.plan.settings.len() > 2
        && let Some(best) = figures::best(measured, |_| true)
    {
        let _ = write!(text, "best of all: {}", name(measured, best));
        match figures::rivals(measured, best).as_slice() {
            [] => text.push('\n'),
            rivals => {
                let _ = writeln!(text, "; not shown to be slower: {}", names(measured, rivals));
            }
        }
    }
    text
}

fn takes(ratio: &Ratio, of: &str) -> String {
    let figure = number(ratio.median);
    let times = if ratio.median < 0.9995 { "" } else { "times " };
    let rounds = match ratio.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds"),
    };
    let takes = format!("governed takes {figure} {times}of {of}");
    let takes = if times.is_empty() { takes } else { takes.replace(" of the time", " the time") };
    match &ratio.interval {
        None => format!(
            "{takes}; no interval: {rounds} cannot give one of {} % confidence\n",
            CONFIDENCE * 100.0
        ),
        Some(interval) => {
            let (ends, confidence) = (ends(interval), percent(interval.confidence));
            let shown = if interval.contains(1.0) { "no difference is shown: " } else { "" };
            format!("{shown}{takes} ({ends}, {confidence} confidence, {rounds})\n")
        }
    }
}

/// How the runs ended.
fn endings(measured: &Measured) -> String {
    if same_outcomes(measured) {
        return String::new();
    }
    let of = |setting| {
        let ways = ways(measured, setting);
        (!ways.is_empty()).then(|| format!("{ways} {}", name(measured, setting)))
    };
    let all: Vec<String> = (0..measured.plan.settings.len()).filter_map(of).collect();
    format!("exit codes differ: {}\n", all.join("; "))
}

/// What a stream of all runs has in common, with the first difference where it has not.
fn printed(measured: &Measured, stream: Stream) -> String {
    let stream_name = stream.name();
    // Programs print times, progress and warnings there.
    let counts =
        if stream == Stream::Stderr { "; that does not change the exit status" } else { "" };
    let mut text = match stream.agreement(measured) {
        Agreement::Same => return String::new(),
        Agreement::Varies(settings) => format!(
            "{stream_name} varies between runs of the same setting ({}), so a difference between \
             settings proves nothing{counts}\n",
            names(measured, &settings)
        ),
        Agreement::Differs => {
            let differs = |setting: &usize| {
                measured.timed(*setting).any(|run| stream.of(run).difference.is_some())
            };
            let settings: Vec<usize> = (0..measured.plan.settings.len()).filter(differs).collect();
            format!("{stream_name} differs: {}{counts}\n", names(measured, &settings))
        }
    };
    let found = (0..measured.plan.settings.len())
        .flat_map(|setting| measured.timed(setting))
        .find_map(|run| Some((run, stream.of(run).difference.as_ref()?)));
    let Some((run, difference)) = found else { return text };
    match difference {
        Difference::At { offset, line, reference, other } => {
            let _ = writeln!(text, "  first at line {line} (after {offset} equal bytes):");
            let who = format!("{}, round {}", name(measured, run.setting), run.round);
            let first = first_run(measured);
            let width = who.len().max(first.len());
            for (who, line) in [(first, reference), (who, other)] {
                let line = escape::text(line, true);
                let line = escape::cut_end(&line, COLUMNS.saturating_sub(width), true);
                let _ = writeln!(text, "    {}", format!("{who:width$}  {line}").trim_end());
            }
        }
        Difference::Later => text.push_str("  after more than 4 MiB that are the same\n"),
    }
    text
}

/// The run that outputs are compared with.
fn first_run(measured: &Measured) -> String {
    let mut runs = measured.runs.iter();
    runs.find(|run| !run.warmup && run.outcome != Outcome::TimedOut)
        .map(|run| format!("{}, round {}", name(measured, run.setting), run.round))
        .unwrap_or_default()
}

/// What makes the numbers weaker than they look.
fn reservations(measured: &Measured) -> String {
    let mut text = String::new();
    let left: BTreeSet<usize> =
        measured.runs.iter().filter(|run| run.left_processes).map(|run| run.setting).collect();
    if !left.is_empty() {
        let left: Vec<usize> = left.into_iter().collect();
        let _ = writeln!(
            text,
            "the program left processes running ({}): their CPU time is not counted, and they may \
             have slowed later runs",
            names(measured, &left)
        );
    }
    if let Some(Stop::Interrupted(signal)) = measured.stop {
        let done = measured.runs.iter().filter(|run| !run.warmup).count();
        let planned = measured.plan.rounds * measured.plan.settings.len();
        let name = signal_name(signal);
        let _ = writeln!(text, "ended by {name} after {done} of {planned} runs");
    }
    text
}

/// What is said of a program that never succeeded.
pub(super) fn failing(measured: &Measured) -> String {
    let outcomes: BTreeSet<Outcome> = measured.all().map(|run| run.outcome).collect();
    let ways: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Code(_) => format!("exit code {}", way(outcome)),
            _ => way(outcome),
        })
        .collect();
    format!("the program fails in every setting: {}", ways.join(", "))
}

/// The end of what a failed run printed to stderr, to be shown beside the table.
pub(super) fn tails(measured: &Measured) -> String {
    const LINES: usize = 10;
    let mut text = String::new();
    for (setting, tail) in &measured.tails {
        let lines: Vec<&str> = tail.lines().collect();
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(text, "corewise: the end of stderr, {}:", name(measured, *setting));
        for line in &lines[lines.len().saturating_sub(LINES)..] {
            let _ = writeln!(text, "  {}", escape::text(line, true));
        }
    }
    text
}
