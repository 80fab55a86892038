//! The lanes: what each single thread did, in as much detail as the page can carry.

use corewise_analyse::Activity;
use corewise_model::{Nanos, Recording};
use serde::Serialize;

use super::columns::{self, Columns};
use super::grid::{Grid, pieces, tick_distance};
use super::layers::MOST_BINS;
use crate::PresentError;

/// What the lanes may take of the page, compressed. As base64 it is a third more.
const MOST_BYTES: usize = 6 << 20;

/// What they may take in the browser's memory.
const MOST_CELLS: usize = 24 << 20;

/// A bin's full share in the accumulators.
const FULL: f64 = 4096.0;

/// How the lanes were written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Lanes {
    /// The width of a cell in seconds.
    pub(super) width: f64,
    /// Ticks in a cell: above 1 the lanes are coarser than the recording.
    pub(super) coarser: u64,
}

/// Adds `lane.cells`, one byte a cell (running in the high half, waiting in the low half, each in
/// fifteenths), and for each thread `lane.first`, its first cell's time, and `lane.offset`.
pub(super) fn write(
    recording: &Recording,
    activity: &Activity,
    columns: &mut Columns,
) -> Result<Lanes, PresentError> {
    write_within(recording, activity, columns, MOST_BYTES)
}

fn write_within(
    recording: &Recording,
    activity: &Activity,
    columns: &mut Columns,
    most_bytes: usize,
) -> Result<Lanes, PresentError> {
    let finest = tick_distance(recording);
    let mut grid = Grid::new(recording.duration, finest, MOST_BINS);
    loop {
        let places = Places::of(recording, grid);
        if places.cells() <= MOST_CELLS || grid.bins == 1 {
            let cells = cells(activity, grid, &places);
            if grid.bins == 1 || columns::compressed(&cells)?.len() <= most_bytes {
                columns.u8("lane.cells", &cells);
                columns.u32("lane.first", &places.first);
                columns.u32("lane.offset", &places.offset);
                let coarser = (grid.width.0 / finest.0).max(1);
                return Ok(Lanes { width: grid.width.as_secs_f64(), coarser });
            }
        }
        grid = Grid::new(recording.duration, Nanos(grid.width.0 * 2), MOST_BINS);
    }
}

/// Where each thread's cells are: only those between its start and its end.
struct Places {
    first: Vec<u32>,
    offset: Vec<u32>,
}

impl Places {
    fn of(recording: &Recording, grid: Grid) -> Self {
        let mut first = Vec::with_capacity(recording.threads.len());
        let mut offset = vec![0];
        let mut end = 0;
        for thread in &recording.threads {
            let start = grid.bin(thread.start);
            end += grid.bin(thread.end.unwrap_or(recording.duration)).max(start) - start + 1;
            first.push(u32::try_from(start).unwrap_or(u32::MAX));
            offset.push(u32::try_from(end).unwrap_or(u32::MAX));
        }
        Self { first, offset }
    }

    fn cells(&self) -> usize {
        self.offset.last().map_or(0, |end| *end as usize)
    }
}

fn cells(activity: &Activity, grid: Grid, places: &Places) -> Vec<u8> {
    let mut run = vec![0_u16; places.cells()];
    let mut wait = vec![0_u16; places.cells()];
    pieces(activity, |piece| {
        let thread = piece.thread.index();
        let (first, start) = (places.first[thread] as usize, places.offset[thread] as usize);
        let last = places.offset[thread + 1] as usize - 1;
        let sums = if piece.waiting { &mut wait } else { &mut run };
        grid.spread(piece.from, piece.to, piece.amount, |bin, level| {
            // A wait that began before the thread was first seen counts where its lane begins.
            let cell = (start + bin.saturating_sub(first)).min(last);
            sums[cell] = sums[cell].saturating_add(part(level * FULL));
        });
    });
    run.iter().zip(&wait).map(|(run, wait)| fifteenths(*run) << 4 | fifteenths(*wait)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn part(value: f64) -> u16 {
    value.round() as u16
}

/// Nothing is 0, and whatever can be seen at all is at least 1.
fn fifteenths(sum: u16) -> u8 {
    let share = f64::from(sum) / FULL;
    let rounded = u8::try_from(part(share * 15.0)).unwrap_or(15).min(15);
    if share > 0.01 { rounded.max(1) } else { rounded }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn a_cell_holds_running_and_waiting() {
        let mut s = Scenario::new(2.0, 1.0);
        let main = s.main(s.root());
        s.busy(main, 0.0..0.5).run(1.0);
        s.busy(main, 0.5..1.0).run(0.2).wait(0.8);
        let mut columns = Columns::default();
        let recording = s.recording();
        let activity = corewise_analyse::activity(&recording);
        let lanes = write(&recording, &activity, &mut columns).unwrap();
        assert_eq!(lanes, Lanes { width: 0.02, coarser: 1 });
        let cells = &columns.bytes()[..50];
        assert_eq!((cells[10], cells[40]), (0xf0, 0x3c));
    }

    #[test]
    fn lanes_get_coarser_until_they_fit() {
        let mut s = Scenario::new(2.0, 20.0);
        let main = s.main(s.root());
        for second in 0..20_u8 {
            let at = f64::from(second);
            s.busy(main, at..at + 0.37).run(0.04 * at).wait(0.1);
        }
        let recording = s.recording();
        let activity = corewise_analyse::activity(&recording);
        let mut columns = Columns::default();
        let lanes = write_within(&recording, &activity, &mut columns, 60).unwrap();
        assert!(lanes.coarser > 1, "{lanes:?}");
        let kept = columns.places["lane.cells"].length as f64;
        assert!((kept * lanes.width - 20.0).abs() <= 2.0 * lanes.width, "{lanes:?}, {kept} cells");
        assert!(
            columns::compressed(&columns.bytes()[..columns.places["lane.cells"].length])
                .unwrap()
                .len()
                <= 60
        );
    }

    #[test]
    fn little_is_not_nothing() {
        assert_eq!(
            [fifteenths(0), fifteenths(20), fifteenths(60), fifteenths(9999)],
            [0, 0, 1, 15]
        );
    }
}
