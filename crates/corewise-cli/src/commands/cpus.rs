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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use corewise_model::Pid;

    use super::*;

    fn world(name: &str) -> World {
        let worlds = concat!(env!("CARGO_MANIFEST_DIR"), "/../corewise-probe/tests/worlds");
        World::recorded(format!("{worlds}/{name}"), BTreeMap::new())
    }

    fn view(name: &str, pid: Option<u32>) -> String {
        let text = text::render(&ask(&world(name), pid.map(Pid)).unwrap());
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn the_text_names_what_decides() {
        insta::assert_snapshot!("a_fraction", view("docker-v2-private", None));
        insta::assert_snapshot!("another_process", view("kubernetes-node", Some(4711)));
        insta::assert_snapshot!("a_gap", view("empty-cpu-max", None));
    }

    #[test]
    fn json_is_the_whole_answer() {
        let allowed = ask(&world("docker-v2-private"), None).unwrap();
        let read: Allowed = serde_json::from_str(&json(&allowed).unwrap()).unwrap();
        assert_eq!(read, allowed);
    }

    #[test]
    fn an_unknown_process_is_a_failure_with_a_hint() {
        let failure = ask(&world("docker-v2-private"), Some(Pid(4711))).unwrap_err();
        assert_eq!(failure.status, ExitStatus::NotFound);
        assert_eq!(failure.message, "no process with PID 4711");
        assert_eq!(failure.hints.len(), 1);
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(text::plain("a\x1b[31mb\nc\u{9b}d"), "a?[31mb?c?d");
    }
}
