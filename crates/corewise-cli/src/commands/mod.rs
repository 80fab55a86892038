//! One file a subcommand.

pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod cpus;
pub(crate) mod explain;
pub(crate) mod pools;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod run;

use crate::{Cli, Command, ExitStatus, Failure, Output};

pub(crate) fn run(cli: Cli, output: &mut Output) -> Result<ExitStatus, Failure> {
    match cli.command {
        Command::Cpus(arguments) => cpus::run(&arguments, output),
        Command::Pools(arguments) => pools::run(&arguments, output),
        Command::Record(arguments) => record::run(&arguments, output),
        Command::Run(arguments) => run::run(&arguments, output),
        Command::Compare(arguments) => compare::run(&arguments, output),
        Command::Report(arguments) => report::run(&arguments, output),
        Command::Explain(arguments) => explain::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
    }
}
