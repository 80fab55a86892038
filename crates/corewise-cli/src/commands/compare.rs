//! `corewise compare`.

mod execute;
mod figures;
mod json;
mod judgement;
mod measure;
mod order;
mod outputs;
mod progress;
mod settings;
mod statistics;
mod table;
#[cfg(test)]
mod tests;
mod verdict;

use std::ffi::OsString;
use std::time::Duration;

use corewise_probe::{World, cores};
use corewise_sample::Signals;

use self::execute::Program;
use self::measure::{Event, Measured, Plan, Stop, measure};
use self::progress::Progress;
use self::settings::Setting;
use self::verdict::wrapped;
use crate::session::failure;
use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise compare`.
///
/// The program is run in turn without and with the governor.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(
    after_help = "The program's input is /dev/null, because it is run more than once. What it prints is compared and
not shown. Exit status 0: every run ended and printed to stdout the same; 79: they did not.

Examples:
  corewise compare -- python train.py
  corewise compare --static --runs 8 -- python train.py
  corewise compare --json -- python train.py > compared.json"
)]
pub struct Arguments {
    /// How many rounds are measured; a round runs every setting once. Fewer than 5 give no interval
    #[arg(short, long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,

    /// How many rounds are run before, and not measured
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=1000))]
    warmup: u16,

    /// The cores that the governor hands out, --static sizes pools to and --defaults raises to,
    /// instead of the allowed ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    cores: Option<u32>,

    /// Compare with pools of 1 thread and of as many threads as cores too, whatever you have set
    #[arg(long = "static")]
    statics: bool,

    /// Compare with the governor and raised defaults too, as `corewise run --defaults`
    #[arg(long)]
    defaults: bool,

    /// End a run that takes longer than this many seconds, and run its setting no more
    #[arg(long, value_name = "SECONDS", value_parser = super::record::seconds)]
    timeout: Option<f64>,

    /// Measure a program that fails in every setting nonetheless
    #[arg(short, long)]
    ignore_failure: bool,

    /// Show on stderr what each run printed, after it has ended
    #[arg(long)]
    show_output: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// The program and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let plan = Plan {
        settings: Setting::list(arguments.defaults, arguments.statics, told_cores(arguments)?),
        warmups: usize::from(arguments.warmup),
        rounds: usize::from(arguments.runs),
        ignore_failure: arguments.ignore_failure,
    };
    output.talk(&progress::announcement(&plan, |name| std::env::var_os(name).is_some()));
    let mut program = Program {
        command: &arguments.command,
        cores: arguments.cores,
        timeout: arguments.timeout.map(Duration::from_secs_f64),
        // From here on signals are for the run that is going on.
        signals: Signals::block().map_err(|error| failure(&error))?,
    };
    let mut progress = Progress::new(&plan);
    let measured = measure(plan, &mut program, &mut |event: &Event<'_>| {
        progress.show(event, output);
        if let (true, Event::Ended { setting, ended }) = (arguments.show_output, event) {
            progress.clear(output);
            output.talk(&progress::printed(*setting, ended));
        }
    });
    progress.clear(output);
    report(&measured?, arguments, output)
}

/// The cores that settings name, asked for only where one does.
fn told_cores(arguments: &Arguments) -> Result<u32, Failure> {
    match arguments.cores {
        Some(cores) => Ok(cores),
        None if arguments.statics || arguments.defaults => cores::allowed(&World::system(), None)
            .map(|allowed| allowed.threads)
            .map_err(|error| Failure::new(ExitStatus::Unavailable, error.to_string())),
        None => Ok(1),
    }
}

fn report(
    measured: &Measured,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<ExitStatus, Failure> {
    output.talk(&verdict::tails(measured));
    let status = judgement::status(measured);
    let timed = measured.runs.iter().any(|run| !run.warmup);
    if arguments.json {
        let words = arguments.command.iter().map(|word| word.to_string_lossy().into_owned());
        let document = json::document(measured, &words.collect::<Vec<_>>());
        output.data(&format!("{document:#}\n"))?;
    } else if timed && measured.stop != Some(Stop::Failing) {
        output.data(&format!(
            "{}\n{}",
            table::render(measured),
            wrapped(&verdict::render(measured))
        ))?;
    } else if measured.stop != Some(Stop::Failing) {
        output.talk("corewise: ended before anything was measured\n");
    }
    if measured.stop == Some(Stop::Failing) {
        let failure = Failure::new(status, verdict::failing(measured));
        return Err(if status == ExitStatus::TimedOut {
            failure.hint("give it more time: --timeout")
        } else {
            failure.hint("--ignore-failure measures it nonetheless")
        });
    }
    Ok(status)
}
