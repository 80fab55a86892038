//! What a recording cannot tell.

use corewise_model::{Code, Known, Recording};
use serde::Serialize;

/// A finding that was not looked for, because the recording lacks what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// The finding.
    pub code: Code,
    /// What is missing, as a fragment.
    pub reason: String,
}

/// The findings that this recording cannot tell: their absence means nothing.
#[must_use]
pub fn unjudged(recording: &Recording) -> Vec<Unjudged> {
    let mut unjudged = Vec::new();
    if recording.native_ticks.is_empty() {
        let reason = "instruction pointers could not be sampled".to_owned();
        unjudged.push(Unjudged { code: Code::Cw104, reason });
    }
    if recording.stack_ticks.is_empty() {
        let why = recording
            .processes
            .iter()
            .filter_map(|process| process.interpreter.as_ref())
            .find_map(|interpreter| match &interpreter.stacks {
                Known::Known(()) => None,
                Known::Unknown(why) => Some(why.as_str()),
            })
            .unwrap_or("no Python interpreter was found");
        let reason = format!("there are no Python stacks: {why}");
        unjudged.push(Unjudged { code: Code::Cw202, reason });
    }
    unjudged
}

#[cfg(test)]
mod tests {
    use corewise_model::Gil;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn what_was_not_recorded_is_named() {
        let mut s = Scenario::new(2.0, 2.0);
        let codes: Vec<Code> = unjudged(&s.recording()).iter().map(|u| u.code).collect();
        assert_eq!(codes, [Code::Cw104, Code::Cw202]);
        s.native(s.main(s.root()), 0.0..2.0, 10, 0.0);
        s.stack(s.main(s.root()), 0.0..2.0, &["f a.py:1"], Gil::Free);
        assert_eq!(unjudged(&s.recording()), []);
    }
}
