//! What a user is told when something does not work.

use crate::ExitStatus;

/// What failed, what to do about it, and the exit status.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What was wrong, as a fragment that names it: `no process with PID 4711`.
    pub message: String,
    /// What to do, each a line of its own.
    pub hints: Vec<String>,
    /// How the command ends.
    pub status: ExitStatus,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new(), status }
    }

    /// With a further hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
