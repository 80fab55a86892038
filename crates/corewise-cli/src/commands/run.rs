//! `corewise run`.

use std::ffi::OsString;
use std::fmt::Write;

use corewise_model::{Cores, Mode};
use corewise_probe::{World, cores, variables};

use super::record::RecordOptions;
use crate::session::{Session, Target};
use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise run`.
///
/// As `corewise record`, but first every runtime's environment variable is set to the allowed
/// cores, so that no pool is sized by cores that the program may not use. What you set stays as it
/// is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corewise run -- python train.py
  corewise run --cores 4 -- python train.py")]
pub struct Arguments {
    /// Give every pool this many threads instead of the allowed cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub cores: Option<u32>,

    /// The recording and what to do with it.
    #[command(flatten)]
    pub options: RecordOptions,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let allowed = cores::allowed(&World::system(), None)
        .map_err(|error| Failure::new(ExitStatus::Unavailable, error.to_string()))?;
    let threads = arguments.cores.unwrap_or(allowed.threads);
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let environment: Vec<(String, String)> = variables::to_set(threads, is_set)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    if !arguments.options.quiet {
        output.talk(&announcement(allowed.cores, threads, &environment, is_set));
    }
    let target =
        Target::Command { command: arguments.command.clone(), environment, mode: Mode::Run };
    Session { options: arguments.options.clone(), target }.run(output)
}

/// What was set and what was left alone.
fn announcement(
    cores: Cores,
    threads: u32,
    environment: &[(String, String)],
    is_set: impl Fn(&str) -> bool,
) -> String {
    let mut text = format!(
        "corewise: {cores} {} allowed; pools start with {threads} {}\n",
        if cores == Cores(1.0) { "core" } else { "cores" },
        if threads == 1 { "thread" } else { "threads" },
    );
    let kept: Vec<&str> = variables::THREAD_VARIABLES
        .iter()
        .map(|variable| variable.name)
        .filter(|name| is_set(name))
        .collect();
    if !kept.is_empty() {
        let _ = writeln!(text, "corewise: left as you set it: {}", kept.join(", "));
    }
    if environment.is_empty() {
        text.push_str("corewise: nothing was left to set\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_left_alone() {
        let text = announcement(Cores(1.5), 2, &[], |name| name == "OMP_NUM_THREADS");
        assert_eq!(
            text,
            "corewise: 1.5 cores allowed; pools start with 2 threads\n\
             corewise: left as you set it: OMP_NUM_THREADS\n\
             corewise: nothing was left to set\n"
        );
    }
}
