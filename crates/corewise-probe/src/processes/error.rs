//! What can be wrong when a process is looked at.

use std::io;

use corewise_model::Pid;
use thiserror::Error;

/// Why something about this machine or a process could not be found out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// No process has this number, or it ended meanwhile.
    #[error("no process with PID {0}")]
    NoSuchProcess(Pid),
    /// The process ends or has ended: it has no memory any more, and its parent has not noticed.
    #[error("process {0} has ended: it has no memory any more")]
    Ended(Pid),
    /// A kernel thread: it has no program.
    #[error("process {0} is a thread of the kernel: it has no program")]
    Kernel(Pid),
    /// The kernel forbids a look at the process.
    #[error("no permission to look at process {0}")]
    Permission(Pid),
    /// Something else went wrong while a file was read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What went wrong.
        source: io::Error,
    },
}

impl ProbeError {
    /// The error for reading `path`, a file of process `pid` under /proc.
    pub(crate) fn reading(pid: Pid, path: &str, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::NotFound || source.raw_os_error() == Some(libc::ESRCH) {
            Self::NoSuchProcess(pid)
        } else if source.kind() == io::ErrorKind::PermissionDenied {
            Self::Permission(pid)
        } else {
            Self::Read { path: path.to_owned(), source }
        }
    }
}
