//! The native `corewise` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(corewise_cli::run(std::env::args_os()).code())
}
