//! `corewise completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{Cli, ExitStatus, Failure, Output};

/// Arguments of `corewise completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  corewise completions bash > ~/.local/share/bash-completion/completions/corewise")]
pub struct Arguments {
    /// The shell that will read them
    pub shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "corewise", &mut text);
    output.data(&String::from_utf8_lossy(&text))?;
    Ok(ExitStatus::Success)
}
