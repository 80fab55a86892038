//! The timeline's curves: how many threads of each layer ran and waited.

use corewise_analyse::Activity;

use super::columns::Columns;
use super::grid::{Grid, pieces};
use super::groups::Groups;

/// An hour at 50 Hz keeps each tick.
pub(super) const MOST_BINS: usize = 200_000;

/// Thirty-second parts of a thread: below what a curve can show.
const STEP: f64 = 1.0 / 32.0;

/// Adds `layer.N.run` and `layer.N.wait` for each layer.
pub(super) fn write(activity: &Activity, groups: &Groups, grid: Grid, columns: &mut Columns) {
    let empty = || vec![vec![0.0_f32; grid.bins]; groups.all.len()];
    let (mut run, mut wait) = (empty(), empty());
    pieces(activity, |piece| {
        let group = groups.of_thread[piece.thread.index()];
        let curve = if piece.waiting { &mut wait[group] } else { &mut run[group] };
        grid.spread(piece.from, piece.to, piece.amount, |bin, level| add(curve, bin, level));
    });
    for tick in &activity.ticks {
        let lost = f64::from(tick.unattributed) * tick.interval.0 as f64;
        grid.spread(tick.start(), tick.at, lost, |bin, level| {
            add(&mut run[groups.unattributed], bin, level);
        });
    }
    for (index, (run, wait)) in run.iter().zip(&wait).enumerate() {
        columns.levels(&format!("layer.{index}.run"), run, STEP);
        columns.levels(&format!("layer.{index}.wait"), wait, STEP);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "curves are drawn, not summed")]
fn add(curve: &mut [f32], bin: usize, level: f64) {
    curve[bin] += level as f32;
}
