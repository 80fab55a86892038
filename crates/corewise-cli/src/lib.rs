//! The `corewise` command: one file a subcommand under `commands`, each with its clap arguments and
//! a `run`. The native binary and the Python console script both enter by [`run`].
//!
//! # Design constraints
//!
//! - Data goes to stdout, talk to stderr. A closed pipe is success.
//! - Every failure is a [`Failure`]: one sentence, `hint:` lines, and an [`ExitStatus`].
//! - No logic that a library crate could own.
//!
//! ```
//! let status = corewise_cli::run(["corewise", "explain", "CW101"]);
//! assert_eq!(status.code(), 0);
//! ```

mod arguments;
mod commands;
mod exit;
mod failure;
mod governing;
mod output;
mod raising;
mod reading;
mod session;

use std::ffi::OsString;

pub use arguments::{Cli, Command};
pub use exit::ExitStatus;
pub use failure::Failure;
pub use output::Output;
pub use reading::Reading;

/// Runs the command line `args`, the program's name first, and says how it ended.
///
/// Never panics for what a user types; never ends the process itself.
pub fn run<I, T>(args: I) -> ExitStatus
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let mut output = Output::standard();
    let result = match arguments::parse(args) {
        Ok(cli) => commands::run(cli, &mut output),
        Err(error) => return arguments::report(&error, &mut output),
    };
    let status = result.unwrap_or_else(|failure| output.fail(&failure));
    output.flush().unwrap_or_else(|failure| output.fail(&failure)).or(status)
}
