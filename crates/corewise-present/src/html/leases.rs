//! The cores that callers held, against the budget that they share.

use corewise_model::Recording;
use serde::Serialize;

use super::columns::Columns;
use super::grid::Grid;

/// Thirty-second parts of a core: below what a curve can show.
const STEP: f64 = 1.0 / 32.0;

/// The track of a governed program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Leases {
    /// The time between two values, in seconds.
    pub(super) width: f64,
    /// From when on which budget counted: seconds and cores.
    pub(super) budgets: Vec<(f64, u32)>,
    /// Whether other programs in the session held cores.
    pub(super) shared: bool,
}

/// Adds `lease.held`, `lease.outside` and `lease.callers`; nothing for a program that was not
/// governed.
pub(super) fn write(recording: &Recording, grid: Grid, columns: &mut Columns) -> Option<Leases> {
    if recording.sessions.is_empty() {
        return None;
    }
    let empty = || vec![0.0_f32; grid.bins];
    let (mut held, mut outside, mut callers) = (empty(), empty(), empty());
    for tick in &recording.leases {
        let start = tick.at.saturating_sub(tick.interval);
        let own = tick.held();
        let length = tick.interval.0 as f64;
        for (curve, value) in [
            (&mut held, own.cores),
            (&mut outside, tick.outside.cores),
            (&mut callers, own.callers),
        ] {
            grid.spread(start, tick.at, f64::from(value) * length, |bin, level| {
                add(curve, bin, level);
            });
        }
    }
    columns.levels("lease.held", &held, STEP);
    columns.levels("lease.outside", &outside, STEP);
    columns.levels("lease.callers", &callers, STEP);
    Some(Leases {
        width: grid.width.as_secs_f64(),
        budgets: recording.sessions.iter().map(|s| (s.at.as_secs_f64(), s.budget)).collect(),
        shared: outside.iter().any(|cores| *cores > 0.0),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "curves are drawn, not summed")]
fn add(curve: &mut [f32], bin: usize, level: f64) {
    curve[bin] += level as f32;
}

#[cfg(test)]
mod tests {
    use corewise_model::Nanos;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn a_track_holds_what_was_held() {
        let mut s = Scenario::new(4.0, 1.0);
        s.govern(4);
        s.leases(s.root(), 0.5..1.0, 1, 3);
        s.leases_outside(0.0..0.2, 1, 1);
        let mut columns = Columns::default();
        let recording = s.recording();
        let grid = Grid::new(recording.duration, Nanos::from_millis(20), 1000);
        let leases = write(&recording, grid, &mut columns).unwrap();
        assert_eq!((leases.budgets, leases.shared), (vec![(0.0, 4)], true));
        let value = |name: &str, bin: usize| {
            let place = columns.places[name];
            let at = place.offset + bin * 2;
            let bytes = [columns.bytes()[at], columns.bytes()[at + 1]];
            f64::from(u16::from_le_bytes(bytes)) * place.scale
        };
        let at = |name| [value(name, 5), value(name, 30)].map(|cores| cores.to_string());
        assert_eq!(at("lease.held"), ["0", "3"]);
        assert_eq!(at("lease.outside"), ["1", "0"]);
        assert_eq!(at("lease.callers"), ["0", "1"]);
    }

    #[test]
    fn an_observed_program_has_no_track() {
        let recording = Scenario::new(2.0, 1.0).recording();
        let grid = Grid::new(recording.duration, Nanos::from_millis(20), 1000);
        let mut columns = Columns::default();
        assert_eq!(write(&recording, grid, &mut columns), None);
        assert!(columns.places.is_empty());
    }
}
