//! The pools that a fresh interpreter has after some imports.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use corewise_model::Pid;
use serde_json::Value;
use thiserror::Error;

use super::Survey;
use super::request::{self, Answer};
use crate::processes::{Modules, ProbeError};

/// The program that the interpreter runs.
const DRIVER: &str = include_str!("driver.py");

/// Why a fresh interpreter did not show its pools.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The interpreter could not be started.
    #[error("cannot start {python}: {source}")]
    Start {
        /// Its path, as it was given.
        python: String,
        /// Why.
        source: io::Error,
    },
    /// A module could not be imported.
    #[error("cannot import {module}: {reason}")]
    Import {
        /// Its name.
        module: String,
        /// The exception, as Python prints it.
        reason: String,
    },
    /// The interpreter ended by itself.
    #[error("{python} ended ({status}){during}")]
    Ended {
        /// Its path, as it was given.
        python: String,
        /// How it ended.
        status: String,
        /// What it was doing, as the end of the sentence.
        during: String,
    },
    /// It could not be looked at.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// Starts `python`, has it import these modules, and looks at its pools. What they print goes to
/// stderr. The interpreter ends before this returns.
pub fn of_imports(python: &Path, imports: &[String]) -> Result<Survey, ImportError> {
    let mut interpreter = Interpreter::start(python)?;
    let result = interpreter.survey(imports);
    let status = interpreter.end();
    result.map_err(|error| match error {
        Failure::Import { module, reason } => ImportError::Import { module, reason },
        Failure::Probe(error) => ImportError::Probe(error),
        Failure::Gone(during) => {
            ImportError::Ended { python: python.display().to_string(), status, during }
        }
    })
}

enum Failure {
    Import { module: String, reason: String },
    Probe(ProbeError),
    Gone(String),
}

struct Interpreter {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Interpreter {
    fn start(python: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Start { python: python.display().to_string(), source };
        let mut command = Command::new(python);
        command.arg("-c").arg(DRIVER).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let missing = || failed(io::ErrorKind::BrokenPipe.into());
        let input = child.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(child.stdout.take().ok_or_else(missing)?);
        Ok(Self { child, input, output })
    }

    fn survey(&mut self, imports: &[String]) -> Result<Survey, Failure> {
        self.send(&Value::from(imports))?;
        self.import()?;
        let pid = Pid(self.child.id());
        let modules = Modules::read(pid).map_err(Failure::Probe)?;
        let (mut survey, indices) = Survey::with(pid, &modules).map_err(Failure::Probe)?;
        let requests = request::requests(&modules, &indices, &survey.pools);
        let hows: Vec<_> = requests.iter().map(|request| &request.how).collect();
        self.send(&serde_json::to_value(hows).unwrap_or_default())?;
        let answers: Vec<Answer> = self
            .line()
            .and_then(|line| serde_json::from_str(&line).ok())
            .ok_or_else(|| Failure::Gone(" while its runtimes were asked".to_owned()))?;
        request::apply(&mut survey.pools, &requests, answers);
        Ok(survey)
    }

    /// Follows the imports up to the last one.
    fn import(&mut self) -> Result<(), Failure> {
        let mut during = " before it imported anything".to_owned();
        loop {
            let line = self.line().ok_or_else(|| Failure::Gone(during.clone()))?;
            let value: Value = serde_json::from_str(&line).unwrap_or_default();
            let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
            if let Some(module) = text("importing") {
                during = format!(" while it imported {module}");
            } else if let (Some(module), Some(reason)) = (text("failed"), text("reason")) {
                return Err(Failure::Import { module, reason });
            } else if value.get("ready").is_some() {
                return Ok(());
            }
        }
    }

    fn send(&mut self, value: &Value) -> Result<(), Failure> {
        let gone = |_| Failure::Gone(String::new());
        writeln!(self.input, "{value}").and_then(|()| self.input.flush()).map_err(gone)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.output.read_line(&mut line).ok().filter(|length| *length > 0).map(|_| line)
    }

    /// Closes its input, which ends it, and says how it ended.
    fn end(self) -> String {
        let Self { mut child, input, output } = self;
        drop(input);
        // Its threads may keep it from ending.
        let _ = child.kill();
        drop(output);
        child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
    }
}
