//! The line that says how a recording goes.

use std::io::IsTerminal;

use corewise_sample::Progress;

use crate::Output;

/// When to show the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Status {
    /// On a terminal that the program does not write to
    Auto,
    /// On any terminal
    Always,
    /// Never
    Never,
}

/// A line on a terminal that is written over once a second; nothing in a pipe or a file.
#[derive(Debug)]
pub(crate) struct StatusLine {
    shown: bool,
    wanted: bool,
}

impl StatusLine {
    /// `shared` says that the recorded program has the same standard output and error: then the
    /// line would come between its own, and is shown only on request.
    pub(crate) fn new(status: Status, shared: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let wanted = match status {
            Status::Always => terminal,
            Status::Auto => terminal && !shared,
            Status::Never => false,
        };
        Self { shown: false, wanted }
    }

    pub(crate) fn show(&mut self, progress: &Progress, output: &mut Output) {
        if self.wanted {
            self.shown = true;
            output.talk(&format!("\r\x1b[K{}", text(progress)));
        }
    }

    pub(crate) fn clear(&self, output: &mut Output) {
        if self.shown {
            output.talk("\r\x1b[K");
        }
    }
}

fn text(progress: &Progress) -> String {
    let count =
        |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    format!(
        "corewise: recording {} s, {}, {}, {:.1} cores used, {:.1} MB",
        progress.elapsed.as_secs(),
        count(progress.processes, "process", "processes"),
        count(progress.threads, "thread", "threads"),
        progress.cores,
        progress.bytes as f64 / 1e6,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_line_says_it_all() {
        let progress = Progress {
            elapsed: Duration::from_millis(12_345),
            processes: 1,
            threads: 18,
            cores: 1.96,
            bytes: 250_000,
        };
        assert_eq!(
            text(&progress),
            "corewise: recording 12 s, 1 process, 18 threads, 2.0 cores used, 0.2 MB"
        );
    }
}
