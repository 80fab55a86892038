//! Whole comparisons of programs that take no time.

mod endings;
mod outputs;
mod times;

use corewise_model::{Known, Nanos};
use corewise_sample::{Captured, Ended};

use super::figures;
use super::measure::{Event, Executor, Measured, Outcome, Plan, Stop, measure};
use super::settings::Setting;
use super::{json, judgement, progress, table, verdict};
use crate::{ExitStatus, Failure};

/// How one run goes.
#[derive(Debug, Clone)]
struct Script {
    ms: u64,
    /// As `waitpid` gives it.
    status: i32,
    stdout: String,
    stderr: String,
    timed_out: bool,
    left_processes: bool,
}

fn takes(ms: u64) -> Script {
    Script {
        ms,
        status: 0,
        stdout: "result 1.25\n".to_owned(),
        stderr: String::new(),
        timed_out: false,
        left_processes: false,
    }
}

/// A program of which the run with a setting, the n-th with it, goes as a function says.
struct Scripted<F> {
    script: F,
    runs: Vec<Setting>,
    /// The signal that arrives before or in the run with this index.
    signal: Option<(usize, bool)>,
}

impl<F: Fn(Setting, usize) -> Script> Executor for Scripted<F> {
    fn run(&mut self, setting: Setting) -> Result<Ended, Failure> {
        let before = self.runs.iter().filter(|run| **run == setting).count();
        let script = (self.script)(setting, before);
        let captured = |text: &str| {
            let mut captured = Captured::default();
            captured.push(text.as_bytes());
            captured
        };
        let interrupted = self.signal.is_some_and(|(at, inside)| inside && at == self.runs.len());
        self.runs.push(setting);
        Ok(Ended {
            status: script.status,
            wall: Nanos::from_millis(script.ms),
            cpu: Known::Known(Nanos::from_millis(2 * script.ms)),
            stdout: captured(&script.stdout),
            stderr: captured(&script.stderr),
            timed_out: script.timed_out,
            interrupted: interrupted.then_some(libc::SIGINT),
            left_processes: script.left_processes,
        })
    }

    fn interrupted(&mut self) -> Option<i32> {
        self.signal
            .is_some_and(|(at, inside)| !inside && at == self.runs.len())
            .then_some(libc::SIGTERM)
    }
}

fn plan(statics: bool, rounds: usize) -> Plan {
    Plan { settings: Setting::list(false, statics, 2), warmups: 1, rounds, ignore_failure: false }
}

fn compare(plan: Plan, script: impl Fn(Setting, usize) -> Script) -> Measured {
    let mut program = Scripted { script, runs: Vec::new(), signal: None };
    measure(plan, &mut program, &mut |_| ()).unwrap()
}

fn text(measured: &Measured) -> String {
    format!("{}\n{}", table::render(measured), verdict::render(measured))
}

/// The cells of a row of the table.
fn row<'a>(text: &'a str, label: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.split_whitespace().collect()
}
