//! `corewise cpus`.

use corewise_model::{Allowed, Pid};
use corewise_probe::World;
use corewise_probe::cores::{self, CoresError};

use crate::{ExitStatus, Failure, Output};

mod text;

/// Arguments of `corewise cpus`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: OMP_NUM_THREADS=$(corewise cpus --quiet) python train.py")]
pub struct Arguments {
    /// Ask for this process instead of the calling one
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    pub pid: Option<u32>,
    /// Print only the number of threads that a pool should have
    #[arg(long, short, conflicts_with = "json")]
    pub quiet: bool,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let allowed = ask(&World::system(), arguments.pid.map(Pid))?;
    if arguments.quiet {
        output.data(&format!("{}\n", allowed.threads))?;
        // A gap may make the number too large, and nobody reads the rest of the answer.
        for gap in &allowed.gaps {
            output.talk(&format!("warning: {}\n", text::plain(gap)));
        }
    } else if arguments.json {
        output.data(&format!("{}\n", json(&allowed)?))?;
    } else {
        output.data(&text::render(&allowed))?;
    }
    Ok(ExitStatus::Success)
}

fn ask(world: &World, pid: Option<Pid>) -> Result<Allowed, Failure> {
    cores::allowed(world, pid).map_err(|error| {
        let message = error.to_string();
        match error {
            CoresError::NoProcess(_) => Failure::new(ExitStatus::NotFound, message)
                .hint("ps -e lists the processes of this PID namespace"),
            CoresError::Permission(pid) => Failure::new(ExitStatus::Permission, message)
                .hint(format!("run it as the owner of process {pid} or as root")),
            _ => Failure::new(ExitStatus::Io, message),
        }
    })
}

fn json(allowed: &Allowed) -> Result<String, Failure> {
    serde_json::to_string_pretty(allowed)
        .map_err(|error| Failure::new(ExitStatus::Internal, format!("cannot write JSON: {error}")))
}
