//! `corewise report`.

pub(crate) mod input;
mod outfile;
pub(crate) mod terminal;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use corewise_model::{Finding, Known, Recording};
use corewise_present::{PresentError, export, html, summary_text};

use self::outfile::Target;
use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The recording; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print everything: all findings, evidence, fixes, notices
    #[arg(long, conflicts_with_all = ["html", "json", "speedscope", "chrome_trace", "firefox"])]
    all: bool,
    /// Write one self-contained HTML page to OUT
    #[arg(long, value_name = "OUT", help_heading = EXPORTS)]
    html: Option<OsString>,
    /// Write JSON: the summary, findings, processes, threads and pools
    #[arg(long, value_name = "OUT", num_args = 0..=1, default_missing_value = "-", help_heading = EXPORTS)]
    json: Option<OsString>,
    /// Write Python stacks for <https://www.speedscope.app>
    #[arg(long, value_name = "OUT", num_args = 0..=1, default_missing_value = "-", help_heading = EXPORTS)]
    speedscope: Option<OsString>,
    /// Write a Chrome trace for <https://ui.perfetto.dev>
    #[arg(long, value_name = "OUT", num_args = 0..=1, default_missing_value = "-", help_heading = EXPORTS)]
    chrome_trace: Option<OsString>,
    /// Write a profile for <https://profiler.firefox.com>
    #[arg(long, value_name = "OUT", num_args = 0..=1, default_missing_value = "-", help_heading = EXPORTS)]
    firefox: Option<OsString>,
}

const EXPORTS: &str = "Exports (instead of the text; OUT is a file, or - for standard output)";

/// The formats of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Json,
    Speedscope,
    ChromeTrace,
    Firefox,
}

impl Format {
    fn write(
        self,
        recording: &Recording,
        findings: &[Finding],
        out: &mut dyn Write,
    ) -> Result<(), PresentError> {
        match self {
            Self::Html => Ok(out.write_all(html(recording, findings)?.as_bytes())?),
            Self::Json => export::json(recording, findings, out),
            Self::Speedscope => export::speedscope(recording, out),
            Self::ChromeTrace => export::chrome_trace(recording, findings, out),
            Self::Firefox => export::firefox(recording, findings, out),
        }
    }

    /// Whether it consists of Python stacks and is nothing without them.
    fn needs_stacks(self) -> bool {
        self == Self::Speedscope
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let exports = exports(arguments);
    let targets = exports
        .iter()
        .map(|(_, out)| Target::new(out, &arguments.file))
        .collect::<Result<Vec<_>, _>>()?;
    outfile::distinct(&targets)?;
    let recording = input::read(&arguments.file)?;
    let findings = corewise_analyse::findings(&recording);
    if exports.is_empty() {
        let text = summary_text(&recording, &findings, &terminal::for_stdout(arguments.all));
        output.data(&text)?;
        return Ok(ExitStatus::Success);
    }
    remarks(&recording, &exports, output);
    for ((format, _), target) in exports.iter().zip(&targets) {
        target.write(&mut |out| format.write(&recording, &findings, out))?;
    }
    Ok(ExitStatus::Success)
}

/// Where `--html` of `record` and `run` goes. Made before the program starts, so that a wrong path
/// is said at once.
pub(crate) struct HtmlFile(Target);

impl HtmlFile {
    pub(crate) fn new(out: &Path, recording: Option<&Path>) -> Result<Self, Failure> {
        Target::new(out.as_os_str(), recording.unwrap_or(Path::new(""))).map(Self)
    }

    pub(crate) fn write(&self, recording: &Recording, findings: &[Finding]) -> Result<(), Failure> {
        self.0.write(&mut |out| Format::Html.write(recording, findings, out))
    }
}

/// What was asked for, in the order of the help.
fn exports(arguments: &Arguments) -> Vec<(Format, &OsString)> {
    [
        (Format::Html, &arguments.html),
        (Format::Json, &arguments.json),
        (Format::Speedscope, &arguments.speedscope),
        (Format::ChromeTrace, &arguments.chrome_trace),
        (Format::Firefox, &arguments.firefox),
    ]
    .into_iter()
    .filter_map(|(format, out)| out.as_ref().map(|out| (format, out)))
    .collect()
}

/// What an export does not show of itself, said beside it.
fn remarks(recording: &Recording, exports: &[(Format, &OsString)], output: &mut Output) {
    if !recording.complete {
        let after = recording.duration;
        output.talk(&format!("note: the recording was cut off after {after}\n"));
    }
    if recording.stack_ticks.is_empty() && exports.iter().any(|(format, _)| format.needs_stacks()) {
        output.talk("note: the recording has no Python stacks, so the speedscope file is empty\n");
        let reason = recording.processes.iter().find_map(|process| {
            match &process.interpreter.as_ref()?.stacks {
                Known::Unknown(reason) => Some(reason),
                Known::Known(()) => None,
            }
        });
        if let Some(reason) = reason {
            let reason = corewise_present::escape::text(reason, true);
            output.talk(&format!("note: they could not be read: {reason}\n"));
        }
    }
}
