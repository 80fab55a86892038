//! `corewise run`.

use std::ffi::OsString;
use std::fmt::Write;

use corewise_arbiter::Settings;
use corewise_model::{Cores, Mode};
use corewise_probe::{World, cores, variables};

use super::record::RecordOptions;
use crate::governing::{self, Governing};
use crate::raising;
use crate::session::{Session, Target};
use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise run`.
///
/// As `corewise record`, but the thread pools of the program and of every process that it starts
/// share one budget of cores: each parallel region gets what is free when it starts. What you set
/// yourself, in the environment or in the program, stays the limit that it is.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(after_help = "Examples:
  corewise run -- python train.py
  corewise run --cores 4 -- python train.py
  corewise run --session lab -- python train.py   # twice: both share one budget
  corewise run --no-record -- python train.py     # govern, and nothing else
  corewise run --defaults -- python train.py      # and use all cores where one is the default")]
pub struct Arguments {
    /// The budget of cores, instead of the allowed ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub cores: Option<u32>,

    /// Share the budget with every other `corewise run` of this user that names the same session
    #[arg(long, value_name = "NAME", value_parser = session_name)]
    pub session: Option<String>,

    /// Fix thread counts, so that results are equal bit for bit from run to run: the whole budget
    /// for each region of the first process, one thread in every other process
    #[arg(long)]
    pub deterministic: bool,

    /// Raise the defaults that are too timid to the budget: joblib's and scikit-learn's one job,
    /// the one worker of `scipy.fft`, the limit of numexpr. What the program sets itself stays
    #[arg(long, conflicts_with = "deterministic")]
    pub defaults: bool,

    /// Only observe: change nothing, as `corewise record`; --defaults still raises
    #[arg(long, conflicts_with_all = ["cores", "session", "deterministic"])]
    pub no_govern: bool,

    /// Do not record: no report, no cost
    #[arg(long, conflicts_with_all = ["output", "html", "rate", "duration", "max_size", "status"])]
    pub no_record: bool,

    /// The recording and what to do with it.
    #[command(flatten)]
    pub options: RecordOptions,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let (mut environment, mut mode, mut governing) = (Vec::new(), Mode::Record, None);
    if !arguments.no_govern {
        let governed = govern(arguments, output)?;
        (environment, mode, governing) = (governed.environment, Mode::Run, governed.session);
    }
    if arguments.defaults {
        let cores = match (&governing, arguments.cores) {
            (Some(session), _) => session.budget(),
            (None, Some(cores)) => cores,
            (None, None) => governing::allowed_threads()?,
        };
        if !arguments.options.quiet {
            output.talk(&format!("corewise: defaults that are too timid are raised to {cores}\n"));
        }
        // A variable that sizes pools may be there already, with the same number.
        for (name, value) in raising::environment(cores) {
            if !environment.iter().any(|(set, _)| *set == name) {
                environment.push((name, value));
            }
        }
    }
    let command = arguments.command.clone();
    if arguments.no_record {
        return Session::run_only(&command, &environment);
    }
    // Lives until the program has ended: the session goes with it.
    let session = governing.as_ref().map(|governing| governing.path().to_owned());
    let target = Target::Command { command, environment, mode, session };
    Session { options: arguments.options.clone(), target }.run(output)
}

/// What a governed program is started with.
struct Governed {
    environment: Vec<(String, String)>,
    /// The session that the environment names, which lasts as long as this.
    session: Option<Governing>,
}

fn govern(arguments: &Arguments, output: &mut Output) -> Result<Governed, Failure> {
    let allowed = cores::allowed(&World::system(), None)
        .map_err(|error| Failure::new(ExitStatus::Unavailable, error.to_string()))?;
    let budget = arguments.cores.unwrap_or(allowed.threads);
    let settings = Settings { budget, deterministic: arguments.deterministic };
    let session = match Governing::with(settings, arguments.session.as_deref()) {
        Ok(session) => Some(session),
        // The user asked for this one by name.
        Err(failure) if arguments.session.is_some() => return Err(failure),
        Err(failure) => {
            output.talk(&format!(
                "corewise: {}; pools are sized before the program starts, and no more\n",
                failure.message
            ));
            None
        }
    };
    let budget = session.as_ref().map_or(budget, Governing::budget);
    let is_set = |name: &str| std::env::var_os(name).is_some();
    if !arguments.options.quiet && session.is_some() {
        output.talk(&announcement(allowed.cores, budget, arguments.session.as_deref(), is_set));
    }
    let environment =
        session.as_ref().map_or_else(|| governing::sizes(budget), Governing::environment);
    Ok(Governed { environment, session })
}

/// A name becomes a part of a file's name.
fn session_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 100 || !text.chars().all(fits) {
        return Err("a session's name has 1 to 100 letters, digits, `-`, `_` or `.`".to_owned());
    }
    Ok(text.to_owned())
}

/// The budget, and what was left alone.
fn announcement(
    allowed: Cores,
    budget: u32,
    session: Option<&str>,
    is_set: impl Fn(&str) -> bool,
) -> String {
    let cores = |count: Cores| if count == Cores(1.0) { "core" } else { "cores" };
    let mut text = format!(
        "corewise: {allowed} {} allowed; all pools share a budget of {budget}",
        cores(allowed)
    );
    if let Some(name) = session {
        let _ = write!(text, ", with every program of session {name}");
    }
    text.push('\n');
    let kept: Vec<&str> = variables::THREAD_VARIABLES
        .iter()
        .map(|variable| variable.name)
        .filter(|name| is_set(name))
        .collect();
    if !kept.is_empty() {
        let _ = writeln!(text, "corewise: a limit, as you set it: {}", kept.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_left_alone() {
        let text = announcement(Cores(1.5), 2, None, |name| name == "OMP_NUM_THREADS");
        assert_eq!(
            text,
            "corewise: 1.5 cores allowed; all pools share a budget of 2\n\
             corewise: a limit, as you set it: OMP_NUM_THREADS\n"
        );
        let text = announcement(Cores(1.0), 1, Some("lab"), |_| false);
        assert_eq!(
            text,
            "corewise: 1 core allowed; all pools share a budget of 1, with every program of \
             session lab\n"
        );
    }

    #[test]
    fn session_names_are_file_names() {
        assert!(session_name("lab-1_x.y").is_ok());
        for wrong in ["", "a/b", "ä", "a b", &"x".repeat(101)] {
            assert!(session_name(wrong).is_err(), "{wrong}");
        }
    }
}
