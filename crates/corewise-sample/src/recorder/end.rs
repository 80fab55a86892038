//! The last moments of a recording.

use corewise_model::{Entry, Known, Nanos, Tick};

use super::Recorder;
use crate::cputime;
use crate::program::Outcome;

impl Recorder {
    /// Closes the recording, waits for a program that outlives it, and gives both.
    pub(super) fn end(mut self) -> Outcome {
        self.record_switches(self.last);
        self.once_a_second();
        for found in self.inspector.stop() {
            self.take_found(found);
        }
        if self.lost_samples > 0 {
            let text = format!("{} kernel events were lost", self.lost_samples);
            self.journal.notice(self.last, text, None);
        }
        let at = self.now();
        let ended = self.program.has_ended();
        let (status, waited) = if ended && self.program.child {
            self.program.reap()
        } else {
            (None, Known::unknown("the program had not ended"))
        };
        let charged = self.charged(waited);
        self.record_rest(at, &charged);
        let recorder = cputime::of_self();
        self.journal.push(Entry::End { at, status, charged, recorder });
        let (storage, failure) = self.journal.finish();
        let status = match status {
            None if self.program.child => self.program.wait(&self.signals),
            status => status,
        };
        Outcome { status, storage, failure }
    }

    /// What the kernel charged the processes. `wait4` leaves out children that nobody waited for,
    /// the processes' own clocks leave out what was used after the last look: the larger is nearer.
    fn charged(&self, waited: Known<Nanos>) -> Known<Nanos> {
        let live: Nanos =
            self.processes.live.values().map(|process| process.clock - process.before).sum();
        let clocks = live + self.charged_to_gone;
        match waited {
            Known::Known(waited) => Known::Known(waited.max(clocks)),
            Known::Unknown(_) if clocks > Nanos::ZERO => Known::Known(clocks),
            unknown @ Known::Unknown(_) => unknown,
        }
    }

    /// What was charged and not seen: processes and threads that ended between two ticks.
    fn record_rest(&mut self, at: Nanos, charged: &Known<Nanos>) {
        let rest = charged.get().map_or(Nanos::ZERO, |charged| charged.saturating_sub(self.busy));
        if let Some(root) = self.known.get(&self.program.pid).copied()
            && rest > Nanos::ZERO
        {
            let unattributed = vec![(root, rest)];
            let interval = at - self.last;
            self.journal.push(Entry::Tick(Tick {
                at,
                interval,
                threads: Vec::new(),
                unattributed,
            }));
        }
    }
}
