//! The cores that callers held, as changes of a counter.

use corewise_model::{LeaseTick, Nanos, Recording};

/// What is held from this moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: Nanos,
    /// By the program's callers.
    pub(crate) program: u32,
    /// By other programs in the session.
    pub(crate) outside: u32,
    /// What is left of the budget.
    pub(crate) free: u32,
}

/// The changes in order; none for a program that was not governed. What a look saw stands for the
/// time since the look before.
pub(crate) fn changes(recording: &Recording) -> Vec<Change> {
    let mut sessions = recording.sessions.iter().peekable();
    let Some(mut session) = sessions.next() else { return Vec::new() };
    let mut changes = vec![change(session.at, session.budget, None)];
    let mut until = session.at;
    for tick in &recording.leases {
        while let Some(next) = sessions.next_if(|next| next.at <= tick.at) {
            session = next;
        }
        let start = tick.at - tick.interval;
        if start > until {
            changes.push(change(until, session.budget, None));
        }
        changes.push(change(start.max(until), session.budget, Some(tick)));
        until = until.max(tick.at);
    }
    changes.push(change(until, session.budget, None));
    changes.dedup_by(|next, last| Change { at: last.at, ..*next } == *last);
    changes
}

fn change(at: Nanos, budget: u32, tick: Option<&LeaseTick>) -> Change {
    let program = tick.map_or(0, |tick| tick.held().cores);
    let outside = tick.map_or(0, |tick| tick.outside.cores);
    Change { at, program, outside, free: budget.saturating_sub(program.saturating_add(outside)) }
}

#[cfg(test)]
mod tests {
    use corewise_model::Session;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn a_counter_changes_where_what_it_counts_does() {
        let mut s = Scenario::new(4.0, 1.0);
        s.govern(4);
        s.leases(s.root(), 0.2..0.4, 1, 3);
        s.leases_outside(0.3..0.5, 1, 1);
        let session = Session { at: Nanos::from_millis(360), budget: 2, deterministic: false };
        s.define(0.36, corewise_model::Entry::Session(session));
        let changes: Vec<_> = changes(&s.recording())
            .iter()
            .map(|c| (c.at.0 / 1_000_000, c.program, c.outside, c.free))
            .collect();
        let expected =
            [(0, 0, 0, 4), (200, 3, 0, 1), (300, 3, 1, 0), (400, 0, 1, 1), (500, 0, 0, 2)];
        assert_eq!(changes, expected);
    }

    #[test]
    fn an_observed_program_has_no_counter() {
        assert_eq!(changes(&Scenario::new(2.0, 1.0).recording()), []);
    }
}
