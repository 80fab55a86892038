//! What the program's processes lease, where a session governs it.

use std::path::Path;

use corewise_model::{Entry, Nanos};

use super::Recorder;
use crate::leases::{Leases, Recorded};

impl Recorder {
    /// Opens the session's table. Without it the recording lacks what it says, and nothing else.
    pub(super) fn open_session(&mut self, path: &Path) {
        match corewise_arbiter::open(path) {
            Ok(table) => self.leases = Some(Leases::new(table)),
            Err(error) => {
                let text =
                    format!("what the governor does is not recorded: {}: {error}", path.display());
                self.journal.notice(Nanos::ZERO, text, None);
            }
        }
    }

    /// Looks at the table, after the processes that may be in it were looked at. What they have
    /// counted before the recording began, when the interval is nothing, is not the recording's.
    pub(super) fn take_leases(&mut self, at: Nanos, interval: Nanos) {
        let Some(leases) = &mut self.leases else { return };
        if let Some(session) = leases.session(at) {
            self.journal.push(Entry::Session(session));
        }
        let (live, known) = (&self.processes.live, &self.known);
        let tick = leases.tick(at, interval, |pid| match live.get(&pid) {
            Some(process) => Some(Recorded { process: process.id, alive: true }),
            None => known.get(&pid).map(|id| Recorded { process: *id, alive: false }),
        });
        if let Some(mut tick) = tick {
            if interval == Nanos::ZERO {
                for process in &mut tick.processes {
                    (process.regions, process.withheld) = (0, 0);
                }
            }
            self.journal.push(Entry::Leases(tick));
        }
    }
}
