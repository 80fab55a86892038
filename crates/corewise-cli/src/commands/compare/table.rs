//! The table: a column a setting.

use std::fmt::Write;

use super::figures::{self, BASE};
use super::judgement::{Stream, outcomes};
use super::measure::{Measured, Outcome};
use super::statistics::{Interval, Ratio};

/// The whole table.
pub(super) fn render(measured: &Measured) -> String {
    let settings = 0..measured.plan.settings.len();
    let row = |label: &str, cell: &dyn Fn(usize) -> Option<String>| -> Vec<String> {
        let cells = settings.clone().map(|setting| cell(setting).unwrap_or_default());
        std::iter::once(label.to_owned()).chain(cells).collect()
    };
    let wall = |setting| figures::wall(measured, setting);
    let ratio = |setting| match setting {
        BASE => None,
        _ => figures::ratio(measured, setting, BASE),
    };
    let rows = [
        row("", &|setting| Some(measured.plan.settings[setting].name())),
        row("runs", &|setting| Some(measured.timed(setting).count().to_string())),
        row("time, median", &|setting| Some(seconds(wall(setting)?.median))),
        row("time, fastest", &|setting| Some(seconds(wall(setting)?.least))),
        row("time, slowest", &|setting| Some(seconds(wall(setting)?.most))),
        row("CPU, median", &|setting| Some(seconds(figures::cpu(measured, setting)?.median))),
        row("ratio to without", &|setting| Some(number(ratio(setting)?.median))),
        row(&label(settings.clone().filter_map(ratio)), &|setting| {
            Some(ratio(setting)?.interval.as_ref().map_or_else(|| "none".to_owned(), ends))
        }),
        row("exit code", &|setting| Some(ways(measured, setting))),
        row("stdout", &|setting| printed(measured, setting, Stream::Stdout)),
        row("stderr", &|setting| printed(measured, setting, Stream::Stderr)),
    ];
    aligned(&rows)
}

/// The confidence, which follows from the number of rounds, stands in front where all columns have
/// the same.
fn label(ratios: impl Iterator<Item = Ratio>) -> String {
    let ratios: Vec<Ratio> = ratios.collect();
    match ratios.first() {
        Some(Ratio { rounds, interval: Some(interval), .. })
            if ratios.iter().all(|other| other.rounds == *rounds) =>
        {
            format!("{} interval", percent(interval.confidence))
        }
        _ => "interval".to_owned(),
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = format!("{:width$}", row[0], width = widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(line, "  {cell:>width$}");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// How the runs of a setting ended: `0`, `0, SIGSEGV`.
pub(super) fn ways(measured: &Measured, setting: usize) -> String {
    let ways: Vec<String> = outcomes(measured, setting).into_iter().map(way).collect();
    ways.join(", ")
}

/// One way to end.
pub(super) fn way(outcome: Outcome) -> String {
    match outcome {
        Outcome::Code(code) => code.to_string(),
        Outcome::Signal(signal) => signal_name(signal),
        Outcome::TimedOut => "timeout".to_owned(),
    }
}

/// The signals that programs die of.
pub(super) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGHUP => "SIGHUP",
        libc::SIGINT => "SIGINT",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGILL => "SIGILL",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGKILL => "SIGKILL",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGALRM => "SIGALRM",
        libc::SIGTERM => "SIGTERM",
        libc::SIGXCPU => "SIGXCPU",
        libc::SIGXFSZ => "SIGXFSZ",
        libc::SIGSYS => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

/// Whether what a setting prints is what the first measured run printed.
fn printed(measured: &Measured, setting: usize, stream: Stream) -> Option<String> {
    let mut printed = measured.timed(setting).map(|run| stream.of(run));
    let first = printed.next()?;
    let word = if printed.any(|other| !other.is_same(first)) {
        "varies"
    } else if first.difference.is_some() {
        "differs"
    } else {
        "same"
    };
    Some(word.to_owned())
}

/// An interval's ends.
pub(super) fn ends(interval: &Interval) -> String {
    format!("{} to {}", number(interval.low), number(interval.high))
}

/// A confidence, rounded down: `93.7 %`.
pub(super) fn percent(confidence: f64) -> String {
    let percent = (confidence * 1000.0).floor() / 10.0;
    format!("{percent} %")
}

/// A ratio with three figures.
pub(super) fn number(ratio: f64) -> String {
    let decimals = match ratio {
        _ if ratio < 0.9995 => 3,
        _ if ratio < 9.995 => 2,
        _ if ratio < 99.95 => 1,
        _ => 0,
    };
    format!("{ratio:.decimals$}")
}

/// A time with about three figures.
pub(super) fn seconds(s: f64) -> String {
    match s {
        _ if s < 0.009_995 => format!("{:.2} ms", s * 1e3),
        _ if s < 0.099_95 => format!("{:.1} ms", s * 1e3),
        _ if s < 0.9995 => format!("{:.0} ms", s * 1e3),
        _ if s < 9.995 => format!("{s:.2} s"),
        _ if s < 999.95 => format!("{s:.1} s"),
        _ => format!("{s:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_figures() {
        assert_eq!(
            [0.012, 0.2424, 0.9994, 0.9996, 1.0, 4.567, 12.34, 140.2].map(number),
            ["0.012", "0.242", "0.999", "1.00", "1.00", "4.57", "12.3", "140"]
        );
        assert_eq!(
            [0.0012, 0.0123, 0.1234, 0.9996, 1.234, 12.34, 123.4, 1234.5].map(seconds),
            ["1.20 ms", "12.3 ms", "123 ms", "1.00 s", "1.23 s", "12.3 s", "123.4 s", "1234 s"]
        );
    }

    #[test]
    fn a_confidence_is_not_rounded_up() {
        assert_eq!([0.9375, 0.96875, 0.9999].map(percent), ["93.7 %", "96.8 %", "99.9 %"]);
    }
}
