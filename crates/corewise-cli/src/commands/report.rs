//! `corewise report`.

use crate::{ExitStatus, Failure, Output};

/// Arguments of `corewise report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub(crate) fn run(_arguments: &Arguments, _output: &mut Output) -> Result<ExitStatus, Failure> {
    Err(Failure::new(ExitStatus::Internal, "not written yet"))
}
