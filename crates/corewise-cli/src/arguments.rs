//! The command line.

use std::ffi::OsString;

use clap::{Parser, Subcommand, error::ErrorKind};

use crate::commands::{compare, completions, cpus, explain, pools, record, report, run};
use crate::{ExitStatus, Output};

/// See where a NumPy program's cores go.
#[derive(Debug, Parser)]
#[command(name = "corewise", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// How many cores this process may really use, and why
    Cpus(cpus::Arguments),
    /// The thread pools that a program has
    Pools(pools::Arguments),
    /// Record a program and see where its cores went
    Record(record::Arguments),
    /// Run a program whose thread pools share one budget of cores, and record it
    Run(run::Arguments),
    /// Run a program in turn without and with the governor, and compare times and outputs
    Compare(compare::Arguments),
    /// Print or export the report of a recording
    Report(report::Arguments),
    /// What a finding means, how it was measured, when it is wrong, how to fix it
    Explain(explain::Arguments),
    /// Print a shell's completions
    Completions(completions::Arguments),
}

pub(crate) fn parse<I, T>(args: I) -> Result<Cli, clap::Error>
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    Cli::try_parse_from(args)
}

/// Prints what clap has to say: help and version are data, errors are talk.
pub(crate) fn report(error: &clap::Error, output: &mut Output) -> ExitStatus {
    let text = error.render().ansi().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match output.data(&text) {
            Ok(()) => output.flush().unwrap_or_else(|failure| output.fail(&failure)),
            Err(failure) => output.fail(&failure),
        },
        _ => {
            output.talk(&text);
            ExitStatus::Usage
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
