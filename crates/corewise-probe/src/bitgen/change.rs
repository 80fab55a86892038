//! Whether one state follows from another by drawing.

use super::{State, mt19937, pcg64, philox, sfc64};

/// What happened to a bit generator between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// Nothing was drawn.
    Untouched,
    /// Numbers were drawn from the stream that was there.
    Drawn,
    /// Another stream or another place in it: seeded anew, advanced, jumped, rewound, or drawn from
    /// more often than can be followed (2²⁷ steps).
    Replaced,
}

/// How many steps of a generator without a formula are followed: 2²⁷ for SFC64 and as many 32-bit
/// numbers for MT19937, up to 0.1 s.
const REACH: u64 = 1 << 27;

/// How many draws are believed where a formula gives their number. What lies farther was advanced
/// or jumped: workers that take turns in one stream are put 2⁶⁴ and more apart.
pub(super) const NEAR: u64 = 1 << 48;

/// What happened from `before` to `after`.
#[must_use]
pub fn change(before: &State, after: &State) -> Change {
    change_within(before, after, REACH)
}

/// Whether numbers were drawn, from the stream that was there, between `before` and `after`.
#[must_use]
pub fn drawn(before: &State, after: &State) -> bool {
    change(before, after) == Change::Drawn
}

/// The same, where no more than `reach` steps are followed.
pub(super) fn change_within(before: &State, after: &State, reach: u64) -> Change {
    if before == after {
        return Change::Untouched;
    }
    let drawn = match (before, after) {
        (State::Mt19937 { key, position }, State::Mt19937 { key: later, position: end }) => {
            mt19937::follows((key, *position), (later, *end), reach)
        }
        (State::Pcg64 { state, increment }, State::Pcg64 { state: later, increment: same }) => {
            increment == same && pcg64::follows(*state, *later, *increment)
        }
        (
            State::Philox { counter, key, position },
            State::Philox { counter: later, key: same, position: end },
        ) => key == same && philox::follows((*counter, *position), (*later, *end)),
        (State::Sfc64 { words }, State::Sfc64 { words: later }) => {
            sfc64::follows(*words, *later, reach)
        }
        _ => false,
    };
    if drawn { Change::Drawn } else { Change::Replaced }
}
