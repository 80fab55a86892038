//! Evenly spaced time, onto which everything is brought before it is drawn.

use corewise_analyse::Activity;
use corewise_model::{Nanos, Recording, ThreadId};

/// Bins of one width that cover a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) width: Nanos,
    pub(super) bins: usize,
}

impl Grid {
    /// Bins of `finest` width; of twice that, four times that … where there would be more than
    /// `most` of them.
    pub(super) fn new(duration: Nanos, finest: Nanos, most: usize) -> Self {
        let mut width = finest.0.max(1);
        while duration.0.div_ceil(width) > most.max(1) as u64 {
            width = width.saturating_mul(2);
        }
        let bins = usize::try_from(duration.0.div_ceil(width)).unwrap_or(most).max(1);
        Self { width: Nanos(width), bins }
    }

    /// The bin in which a moment lies; the last one for what lies behind it.
    pub(super) fn bin(&self, at: Nanos) -> usize {
        usize::try_from(at.0 / self.width.0).map_or(self.bins - 1, |bin| bin.min(self.bins - 1))
    }

    /// Shares `amount` (nanoseconds of running, say) evenly over the time from `from` to `to` and
    /// gives `add` each bin with the level it adds there: nanoseconds per nanosecond.
    pub(super) fn spread(
        &self,
        from: Nanos,
        to: Nanos,
        amount: f64,
        mut add: impl FnMut(usize, f64),
    ) {
        if amount <= 0.0 || to <= from {
            return;
        }
        let level = amount / (to - from).0 as f64;
        let (first, last) = (self.bin(from), self.bin(Nanos(to.0 - 1)));
        for bin in first..=last {
            let start = self.width.0.saturating_mul(bin as u64);
            let here =
                to.0.min(start.saturating_add(self.width.0)).saturating_sub(from.0.max(start));
            add(bin, level * here as f64 / self.width.0 as f64);
        }
    }
}

/// The distance of a recording's ticks as it was asked for; 20 ms where the rate makes no sense.
pub(super) fn tick_distance(recording: &Recording) -> Nanos {
    let rate = recording.header.rate;
    if rate.is_finite() && rate > 0.0 {
        Nanos::from_secs_f64((1.0 / rate).clamp(1e-3, 3600.0))
    } else {
        Nanos::from_millis(20)
    }
}

/// An amount of time that a thread ran or waited, in nanoseconds, and the stretch in which it did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Piece {
    pub(super) thread: ThreadId,
    pub(super) waiting: bool,
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    pub(super) amount: f64,
}

/// Everything that the threads did, tick by tick.
pub(super) fn pieces(activity: &Activity, mut take: impl FnMut(Piece)) {
    for tick in &activity.ticks {
        let length = tick.interval.0 as f64;
        for t in &tick.threads {
            for (waiting, level) in [(false, t.running), (true, t.waiting)] {
                if level > 0.0 {
                    take(Piece {
                        thread: t.thread,
                        waiting,
                        from: tick.start(),
                        to: tick.at,
                        amount: f64::from(level) * length,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_recording_gets_wider_bins() {
        let hour = Nanos(3600 * Nanos::SECOND.0);
        assert_eq!(Grid::new(hour, Nanos::from_millis(20), 200_000).bins, 180_000);
        let grid = Grid::new(hour, Nanos::from_millis(20), 100_000);
        assert_eq!((grid.width, grid.bins), (Nanos::from_millis(40), 90_000));
        assert_eq!(Grid::new(Nanos::ZERO, Nanos::from_millis(20), 10).bins, 1);
    }

    #[test]
    fn spreading_keeps_the_amount() {
        let grid = Grid { width: Nanos(10), bins: 10 };
        let mut bins = [0.0; 10];
        grid.spread(Nanos(5), Nanos(38), 16.5, |bin, level| bins[bin] += level);
        assert_eq!(bins[..5], [0.25, 0.5, 0.5, 0.4, 0.0]);
        assert!((bins.iter().sum::<f64>() * 10.0 - 16.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_spread_over_no_time() {
        let grid = Grid { width: Nanos(10), bins: 1 };
        grid.spread(Nanos(5), Nanos(5), 1.0, |_, _| panic!("a bin"));
    }
}
