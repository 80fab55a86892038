//! One recording from the command line: start or attach, record, report.

mod status;

use std::ffi::OsString;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use corewise_model::{Mode, Pid, codec};
use corewise_present::summary_text;
use corewise_sample::{Options, Outcome, Program, Recorder, SampleError, Signals, Storage};

pub(crate) use self::status::Status;
use self::status::StatusLine;
use crate::commands::record::RecordOptions;
use crate::commands::report::{HtmlFile, terminal};
use crate::{ExitStatus, Failure, Output};

/// What to record.
pub(crate) enum Target {
    /// A program to start.
    Command {
        /// Its name and arguments.
        command: Vec<OsString>,
        /// What to add to its environment.
        environment: Vec<(String, String)>,
        /// Which subcommand asks for it.
        mode: Mode,
        /// Where the table of the session is that governs it, if one does.
        session: Option<PathBuf>,
    },
    /// A program that runs already.
    Process {
        pid: Pid,
        /// Whether to say on standard output that it is recorded now.
        ready: bool,
    },
}

/// A recording that is about to be made.
pub(crate) struct Session {
    pub(crate) options: RecordOptions,
    pub(crate) target: Target,
}

impl Session {
    /// Runs the program without recording it, and gives its own status.
    pub(crate) fn run_only(
        command: &[OsString],
        environment: &[(String, String)],
    ) -> Result<ExitStatus, Failure> {
        let signals = Signals::block().map_err(|error| failure(&error))?;
        let program =
            Program::start(command, environment, &signals).map_err(|error| failure(&error))?;
        Ok(program.wait(&signals).map_or(ExitStatus::Success, program_status))
    }

    /// Records, prints the summary, and gives the program's own status.
    pub(crate) fn run(self, output: &mut Output) -> Result<ExitStatus, Failure> {
        let storage = match &self.options.output {
            Some(path) => Storage::create(path),
            None => Storage::memory(),
        }
        .map_err(|error| failure(&error))?;
        let html = match &self.options.html {
            Some(path) => Some(HtmlFile::new(path, self.options.output.as_deref())?),
            None => None,
        };
        let mut options = Options {
            rate: self.options.rate,
            duration: self.options.duration.map(Duration::from_secs_f64),
            max_bytes: self.options.max_size << 20,
            ..Options::default()
        };
        // From here on signals are the program's.
        let signals = Signals::block().map_err(|error| failure(&error))?;
        let recorder = match &self.target {
            Target::Command { command, environment, mode, session } => {
                options.mode = *mode;
                options.session.clone_from(session);
                options.set_by_corewise =
                    environment.iter().map(|(name, _)| name.clone()).collect();
                let program = match Program::start(command, environment, &signals) {
                    Ok(program) => program,
                    Err(error) => {
                        storage.discard();
                        return Err(failure(&error));
                    }
                };
                Recorder::launch(program, signals, storage, options)
            }
            Target::Process { pid, .. } => {
                let program = match Program::attach(*pid) {
                    Ok(program) => program,
                    Err(error) => {
                        storage.discard();
                        return Err(failure(&error));
                    }
                };
                Recorder::attach(program, signals, storage, options)
            }
        }
        .map_err(|error| failure(&error))?;
        let shared = matches!(self.target, Target::Command { .. });
        let mut line = StatusLine::new(self.options.status, shared);
        if matches!(self.target, Target::Process { ready: true, .. }) {
            output.data("ready\n")?;
            output.flush()?;
        }
        let outcome = recorder.run(|progress| line.show(progress, output));
        line.clear(output);
        Ok(self.report(outcome, html.as_ref(), output))
    }

    fn report(
        &self,
        mut outcome: Outcome,
        html: Option<&HtmlFile>,
        output: &mut Output,
    ) -> ExitStatus {
        let status = outcome.status.map_or(ExitStatus::Success, program_status);
        let mut ended = ExitStatus::Success;
        if let Some(error) = outcome.failure.take() {
            let mut failure = failure(&error).hint("the program itself was not harmed");
            if let Some(path) = &self.options.output {
                let _ = write!(failure.message, ", {}", path.display());
            }
            ended = output.fail(&failure);
        }
        // Of a recording that could not be written there may be nothing to show.
        if let Err(failure) = self.present(&mut outcome, html, output)
            && ended == ExitStatus::Success
        {
            ended = output.fail(&failure);
        }
        // What fails here must not hide how the program ended.
        status.or(ended)
    }

    fn present(
        &self,
        outcome: &mut Outcome,
        html: Option<&HtmlFile>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let silent = self.options.quiet && html.is_none();
        if silent || outcome.storage.is_empty() {
            return Ok(());
        }
        let bytes = outcome.storage.read_back().map_err(|error| failure(&error))?;
        let recording = codec::decode(&bytes)
            .map_err(|error| Failure::new(ExitStatus::Internal, error.to_string()))?;
        drop(bytes);
        let findings = corewise_analyse::findings(&recording);
        if !self.options.quiet {
            let text = summary_text(&recording, &findings, &terminal::for_stderr(false));
            output.talk(&format!("\n{text}"));
        }
        html.map_or(Ok(()), |html| html.write(&recording, &findings))
    }
}

/// The exit status of a program as shells give it: 128 + N where signal N ended it.
fn program_status(status: i32) -> ExitStatus {
    let code = if libc::WIFSIGNALED(status) {
        128 + libc::WTERMSIG(status)
    } else {
        libc::WEXITSTATUS(status)
    };
    match u8::try_from(code) {
        Ok(0) => ExitStatus::Success,
        Ok(code) => ExitStatus::Program(code),
        Err(_) => ExitStatus::Program(255),
    }
}

/// What a user is told of it.
pub(crate) fn failure(error: &SampleError) -> Failure {
    let message = error.to_string();
    let (status, hints): (ExitStatus, Vec<&str>) = match error {
        SampleError::NoSuchProgram { .. } => {
            (ExitStatus::NoSuchProgram, vec!["is it installed and in PATH?"])
        }
        SampleError::CannotStart { .. } => (ExitStatus::CannotStart, vec!["is it executable?"]),
        SampleError::NoSuchProcess(_) => {
            (ExitStatus::NotFound, vec!["`pgrep -a python` lists Python processes"])
        }
        SampleError::Probe(error) => return crate::commands::pools::of_probe(error),
        SampleError::CannotCreate { .. } => {
            (ExitStatus::CannotCreate, vec!["name a file in a folder that you may write to"])
        }
        SampleError::Storage(_) => (ExitStatus::Io, vec!["is the disk full?"]),
        _ => (ExitStatus::Unavailable, Vec::new()),
    };
    let failure = Failure::new(status, message);
    hints.into_iter().fold(failure, Failure::hint)
}
