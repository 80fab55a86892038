//! What went on beside the program: throttling, pressure, the rest of the machine.

use corewise_model::{Nanos, Recording, SystemTick};
use serde::Serialize;

use super::columns::Columns;
use super::grid::Grid;

/// Finer than the recorder looks.
const FINEST: Nanos = Nanos::from_millis(100);

/// More than a screen shows, even zoomed in by ten.
const MOST_BINS: usize = 40_000;

const TOO_SHORT: &str = "the recording is too short";

/// A strip below the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Strip {
    pub(super) column: &'static str,
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    /// What it says and how it is computed.
    pub(super) detail: &'static str,
    /// Its greatest value.
    pub(super) most: f64,
    /// Why there is nothing to show.
    pub(super) missing: Option<String>,
}

/// The strips and the time between their values, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Surroundings {
    pub(super) width: f64,
    pub(super) strips: Vec<Strip>,
}

/// Adds a column for each strip.
pub(super) fn write(recording: &Recording, columns: &mut Columns) -> Surroundings {
    let grid = Grid::new(recording.duration, FINEST, MOST_BINS);
    let mut strips = Vec::new();
    let mut strip = |column, label, unit, detail, values: Vec<f32>, missing: Option<String>| {
        let most = values.iter().copied().fold(0.0_f32, f32::max).into();
        columns.levels(column, &values, 1.0 / 4096.0);
        strips.push(Strip { column, label, unit, detail, most, missing });
    };
    strip(
        "throttled",
        "Throttled",
        "cores",
        "Time in which the cgroup's quota kept threads stopped, summed over CPUs, per second.",
        rates(recording, grid, |tick| throttled(tick).map(|t| t.0)),
        throttling_missing(recording),
    );
    strip(
        "pressure",
        "CPU pressure",
        "% of time",
        "Part of the time in which some task of the machine waited for a CPU (PSI, some).",
        rates(recording, grid, |tick| tick.pressure.get().map(|t| t.0)),
        pressure_missing(recording),
    );
    strip(
        "others",
        "Other programs",
        "cores",
        "Cores of the machine that were busy with something else than this program.",
        rates(recording, grid, |tick| Some((tick.machine_busy - tick.program_busy).0)),
        (recording.system.len() < 2).then(|| TOO_SHORT.to_owned()),
    );
    Surroundings { width: grid.width.as_secs_f64(), strips }
}

fn throttled(tick: &SystemTick) -> Option<Nanos> {
    // Nested groups count the same stop several times: the greatest is the one that binds.
    tick.throttling.iter().map(|group| group.throttled).max()
}

fn throttling_missing(recording: &Recording) -> Option<String> {
    if recording.system.is_empty() {
        return Some(TOO_SHORT.to_owned());
    }
    let none = recording.system.iter().all(|tick| tick.throttling.is_empty());
    none.then(|| "no cgroup of the program has a quota".to_owned())
}

fn pressure_missing(recording: &Recording) -> Option<String> {
    if recording.system.iter().any(|tick| tick.pressure.get().is_some()) {
        return None;
    }
    let reason = recording.system.iter().find_map(|tick| match &tick.pressure {
        corewise_model::Known::Unknown(reason) => Some(reason.clone()),
        corewise_model::Known::Known(_) => None,
    });
    Some(reason.unwrap_or_else(|| TOO_SHORT.to_owned()))
}

/// How fast a counter of nanoseconds grew: nanoseconds per nanosecond in each bin.
#[expect(clippy::cast_possible_truncation, reason = "drawn, not summed")]
fn rates(
    recording: &Recording,
    grid: Grid,
    counter: impl Fn(&SystemTick) -> Option<u64>,
) -> Vec<f32> {
    let mut values = vec![0.0_f32; grid.bins];
    let mut before = (Nanos::ZERO, 0);
    for tick in &recording.system {
        let Some(count) = counter(tick) else { continue };
        let grown = count.saturating_sub(before.1) as f64;
        grid.spread(before.0, tick.at, grown, |bin, level| values[bin] += level as f32);
        before = (tick.at, count);
    }
    values
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn counters_become_rates() {
        let mut s = Scenario::new(2.0, 10.0);
        s.throttled(4.0..6.0, 0.5);
        s.strangers(0.0..10.0, 1.25);
        let mut columns = Columns::default();
        let surroundings = write(&s.recording(), &mut columns);
        let strips = &surroundings.strips;
        assert!((strips[0].most - 0.5).abs() < 0.01, "{}", strips[0].most);
        assert!((strips[2].most - 1.25).abs() < 0.01, "{}", strips[2].most);
        assert_eq!(strips[1].missing.as_deref(), Some("a test"));
        assert_eq!(strips[0].missing, None);
    }
}
