//! Why a recording could not be made.

use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

use corewise_model::Pid;
use thiserror::Error;

/// Why a recording could not be made. Once one has begun, what goes wrong becomes a notice in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The program is not there.
    #[error("no such program: {name}")]
    NoSuchProgram {
        /// As it was typed.
        name: String,
    },
    /// The program is there and cannot be started.
    #[error("cannot start {name}: {source}")]
    CannotStart {
        /// As it was typed.
        name: String,
        /// What the kernel says.
        source: io::Error,
    },
    /// There is no process with this number.
    #[error("no process with PID {0}")]
    NoSuchProcess(Pid),
    /// The process cannot be looked at.
    #[error(transparent)]
    Probe(#[from] corewise_probe::ProbeError),
    /// The recording's file cannot be made.
    #[error("cannot create {}: {source}", path.display())]
    CannotCreate {
        /// The file.
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// Not even the cores of the machine are known: /proc or /sys is missing.
    #[error(transparent)]
    Cores(#[from] corewise_probe::cores::CoresError),
    /// The recording cannot be written any further, or not read back.
    #[error("cannot write the recording: {0}")]
    Storage(io::Error),
    /// A system call that must work did not.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// What the kernel says.
        source: io::Error,
    },
}

impl SampleError {
    /// The program `name` did not start.
    pub(crate) fn start(name: &OsStr, source: io::Error) -> Self {
        let name = name.to_string_lossy().into_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoSuchProgram { name },
            _ => Self::CannotStart { name, source },
        }
    }

    /// For `map_err`: the last failed call was this.
    pub(crate) fn system<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::System { what, source: error.into() }
    }
}
