//! Why the allowed cores of a process cannot be told at all.

use std::io;

use corewise_model::Pid;
use thiserror::Error;

/// Why the allowed cores of a process cannot be told at all. What merely is missing becomes a gap
/// of the answer instead.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CoresError {
    /// The process is not there, or is hidden (`hidepid` option of the /proc mount).
    #[error("no process with PID {0}")]
    NoProcess(Pid),
    /// The process is there and may not be looked at.
    #[error("no permission to look at process {0}")]
    Permission(Pid),
    /// The process is there and its status cannot be read for another reason.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}
