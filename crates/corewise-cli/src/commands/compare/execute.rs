//! Runs the real program.

use std::ffi::OsString;
use std::time::Duration;

use corewise_sample::{Ended, Launch, Signals, ending_signal};

use super::measure::Executor;
use super::settings::Setting;
use crate::Failure;
use crate::governing::Governing;
use crate::session::failure;

/// The program, and what its runs have in common.
pub(super) struct Program<'a> {
    pub(super) command: &'a [OsString],
    pub(super) cores: Option<u32>,
    pub(super) timeout: Option<Duration>,
    pub(super) signals: Signals,
}

impl Executor for Program<'_> {
    fn run(&mut self, setting: Setting) -> Result<Ended, Failure> {
        // A session a run: what one leaves in it must not help or harm the next.
        let session = match setting {
            Setting::Governed | Setting::Raised { .. } => Some(Governing::begin(self.cores)?),
            Setting::Without | Setting::Static { .. } => None,
        };
        let environment = setting.environment(session.as_ref());
        let launch =
            Launch { command: self.command, environment: &environment, timeout: self.timeout };
        launch.run(&self.signals).map_err(|error| failure(&error))
    }

    fn interrupted(&mut self) -> Option<i32> {
        ending_signal(&self.signals)
    }
}
