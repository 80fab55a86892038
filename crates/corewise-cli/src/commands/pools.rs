//! `corewise pools`.

use std::path::PathBuf;

use corewise_model::Pid;
use corewise_probe::ProbeError;
use corewise_probe::pools::{self, ImportError, Survey};

use crate::{ExitStatus, Failure, Output};

mod interpreter;
mod text;

/// Arguments of `corewise pools`.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("whose").args(["pid", "import"]).required(true),
    after_help = "Examples:\n  corewise pools 4711\n  corewise pools --import numpy scipy.linalg sklearn"
)]
pub struct Arguments {
    /// Look at this process, from outside and without stopping it
    #[arg(value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub pid: Option<u32>,
    /// Look at a fresh interpreter that has imported these modules
    #[arg(long, value_name = "MODULE", num_args = 1.., conflicts_with = "pid")]
    pub import: Vec<String>,
    /// The interpreter for --import [default: that of the active environment, else python3]
    #[arg(long, value_name = "PATH", requires = "import")]
    pub python: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let survey = match arguments.pid {
        Some(pid) => Survey::of_process(Pid(pid)).map_err(|error| of_probe(&error))?,
        None => import(arguments)?,
    };
    let text = if arguments.json { json(&survey)? } else { text::render(&survey) };
    output.data(&text)?;
    Ok(ExitStatus::Success)
}

fn import(arguments: &Arguments) -> Result<Survey, Failure> {
    let python = match &arguments.python {
        Some(python) => python.clone(),
        None => interpreter::default().ok_or_else(|| {
            Failure::new(ExitStatus::NoSuchProgram, "there is no python3 on the PATH")
                .hint("name an interpreter with --python PATH")
        })?,
    };
    pools::of_imports(&python, &arguments.import).map_err(|error| of_import(error, &python))
}

fn of_import(error: ImportError, python: &std::path::Path) -> Failure {
    let message = text::plain(&error.to_string());
    let python = text::plain(&python.display().to_string());
    match error {
        ImportError::Probe(error) => of_probe(&error),
        ImportError::Start { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::new(ExitStatus::NoSuchProgram, message)
        }
        ImportError::Start { .. } => Failure::new(ExitStatus::CannotStart, message),
        ImportError::Import { module, .. } => Failure::new(ExitStatus::Unavailable, message)
            .hint(format!("the interpreter was {python}; --python PATH names another"))
            .hint(format!("try: {python} -c 'import {}'", text::plain(&module))),
        _ => Failure::new(ExitStatus::Unavailable, message),
    }
}

pub(crate) fn of_probe(error: &ProbeError) -> Failure {
    let message = text::plain(&error.to_string());
    match error {
        ProbeError::NoSuchProcess(_) | ProbeError::Ended(_) => {
            Failure::new(ExitStatus::NotFound, message)
                .hint("ps -e lists the processes of this PID namespace")
        }
        ProbeError::Kernel(_) => Failure::new(ExitStatus::Unavailable, message),
        ProbeError::Permission(pid) => Failure::new(ExitStatus::Permission, message)
            .hint(format!("run it as the owner of process {pid} or as root")),
        _ => Failure::new(ExitStatus::Io, message),
    }
}

fn json(survey: &Survey) -> Result<String, Failure> {
    serde_json::to_string_pretty(survey)
        .map(|json| format!("{json}\n"))
        .map_err(|error| Failure::new(ExitStatus::Internal, format!("cannot write JSON: {error}")))
}
