//! `corewise record`.

use std::ffi::OsString;
use std::path::PathBuf;

use corewise_model::{Mode, Pid};

use crate::session::{Session, Status, Target};
use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise record`.
///
/// The program keeps its input, output, terminal, signals, working directory and exit status.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corewise record -- python train.py
  corewise record -o run.corewise -- python -m pytest
  corewise record --pid 4711 --duration 10")]
pub struct Arguments {
    /// The recording and what to do with it.
    #[command(flatten)]
    pub options: RecordOptions,

    /// Record a program that runs already, until it ends, --duration is over or Ctrl-C
    #[arg(long, value_name = "PID", conflicts_with = "command")]
    pub pid: Option<u32>,

    /// Print `ready` on standard output as soon as it records: what the program does from then on
    /// is in the recording
    #[arg(long, conflicts_with = "command")]
    pub ready: bool,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required_unless_present = "pid", value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// What `record` and `run` have in common.
#[derive(Debug, Clone, clap::Args)]
pub struct RecordOptions {
    /// Keep the recording in this file, for `corewise report`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write the HTML report to this file at the end
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// How often threads are looked at, in Hz (1 to 1000)
    #[arg(long, value_name = "HZ", default_value_t = 50.0, value_parser = rate)]
    pub rate: f64,

    /// Stop recording after this many seconds; the program goes on
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<f64>,

    /// The size that a recording will not exceed, in MB; a long run is looked at less often
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub max_size: u64,

    /// Print no summary at the end
    #[arg(short, long)]
    pub quiet: bool,

    /// When to show a line that says how the recording goes
    #[arg(long, value_enum, default_value_t = Status::Auto, value_name = "WHEN")]
    pub status: Status,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let target = match arguments.pid {
        Some(pid) => Target::Process { pid: Pid(pid), ready: arguments.ready },
        None => Target::Command {
            command: arguments.command.clone(),
            environment: Vec::new(),
            mode: Mode::Record,
            session: None,
        },
    };
    Session { options: arguments.options.clone(), target }.run(output)
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (1.0..=1000.0).contains(&rate) => Ok(rate),
        _ => Err("a rate is a number of Hz from 1 to 1000".to_owned()),
    }
}

/// A length of time on the command line.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 31_536_000.0 => Ok(seconds),
        _ => Err("a duration is a number of seconds above 0".to_owned()),
    }
}
