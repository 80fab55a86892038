//! A recording's activity in equal stretches of time, for what has less room than it has ticks.

use corewise_analyse::Activity;
use corewise_model::{Nanos, Recording};

/// Means over one stretch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bucket {
    /// Cores that ran the program.
    pub(crate) running: f64,
    /// Threads that were runnable without a core.
    pub(crate) waiting: f64,
}

/// The activity of `duration` in `count` stretches. A tick that lies in several gives each its
/// part, so the sum over time is kept.
pub(crate) fn buckets(activity: &Activity, duration: Nanos, count: usize) -> Vec<Bucket> {
    let mut buckets = vec![Bucket::default(); count];
    let length = duration.0 as f64 / count as f64;
    if length <= 0.0 {
        return buckets;
    }
    for tick in &activity.ticks {
        let (running, waiting) = (tick.running(), tick.waiting());
        spread(tick.start(), tick.at, length, count, |at, part| {
            buckets[at].running += running * part;
            buckets[at].waiting += waiting * part;
        });
    }
    buckets
}

/// Cores that other programs on the machine used, in as many stretches.
pub(crate) fn others(recording: &Recording, count: usize) -> Vec<f64> {
    let mut cores = vec![0.0; count];
    let length = recording.duration.0 as f64 / count as f64;
    if length <= 0.0 {
        return cores;
    }
    let mut before = (Nanos::ZERO, Nanos::ZERO);
    for tick in &recording.system {
        let used = tick.machine_busy - tick.program_busy;
        let rate = (used - before.1).0 as f64 / (tick.at - before.0).0.max(1) as f64;
        spread(before.0, tick.at, length, count, |at, part| cores[at] += rate * part);
        before = (tick.at, used);
    }
    cores
}

/// Cores that callers of the program held, in as many stretches.
pub(crate) fn held(recording: &Recording, count: usize) -> Vec<f64> {
    let mut cores = vec![0.0; count];
    let length = recording.duration.0 as f64 / count as f64;
    if length <= 0.0 {
        return cores;
    }
    for tick in &recording.leases {
        let held = f64::from(tick.held().cores);
        let start = tick.at - tick.interval;
        spread(start, tick.at, length, count, |at, part| cores[at] += held * part);
    }
    cores
}

/// Calls `add` for each stretch of `length` ns that lies in `start..end` with the part of the
/// stretch that does.
fn spread(start: Nanos, end: Nanos, length: f64, count: usize, mut add: impl FnMut(usize, f64)) {
    let (start, end) = (start.0 as f64, end.0 as f64);
    let mut at = position(start / length).min(count.saturating_sub(1));
    while at < count && at as f64 * length < end {
        let from = start.max(at as f64 * length);
        let to = end.min((at + 1) as f64 * length);
        add(at, (to - from).max(0.0) / length);
        at += 1;
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
fn position(value: f64) -> usize {
    value.floor().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use corewise_analyse::activity;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn the_sum_over_time_is_kept_whatever_the_count() {
        let mut s = Scenario::new(2.0, 10.0);
        s.busy(s.main(s.root()), 1.0..4.03).run(0.75).wait(0.25);
        let recording = s.recording();
        let activity = activity(&recording);
        for count in [1, 3, 60, 777, 5000] {
            let buckets = buckets(&activity, recording.duration, count);
            let length = recording.duration.as_secs_f64() / count as f64;
            let run: f64 = buckets.iter().map(|b| b.running * length).sum();
            let wait: f64 = buckets.iter().map(|b| b.waiting * length).sum();
            assert!((run - 3.03 * 0.75).abs() < 1e-4, "{count}: {run}");
            assert!((wait - 3.03 * 0.25).abs() < 1e-4, "{count}: {wait}");
        }
    }

    #[test]
    fn held_cores_are_means_of_their_stretch() {
        let mut s = Scenario::new(4.0, 10.0);
        s.govern(4);
        s.leases(s.root(), 2.5..5.0, 1, 4);
        let held = held(&s.recording(), 5);
        assert_eq!(
            held.iter().map(|c| format!("{c:.3}")).collect::<Vec<_>>().join(" "),
            "0.000 3.000 2.000 0.000 0.000"
        );
    }

    #[test]
    fn other_programs_are_what_the_machine_did_beside_the_program() {
        let mut s = Scenario::new(4.0, 10.0);
        s.busy(s.main(s.root()), 0.0..10.0);
        s.strangers(5.0..10.0, 2.5);
        let others = others(&s.recording(), 10);
        assert!(others[..5].iter().all(|cores| *cores < 0.1), "{others:?}");
        assert!(others[6..].iter().all(|cores| (cores - 2.5).abs() < 0.1), "{others:?}");
    }

    #[test]
    fn a_recording_without_length_has_empty_buckets() {
        let buckets = buckets(&Activity::default(), Nanos::ZERO, 3);
        assert_eq!(buckets, [Bucket::default(); 3]);
    }
}
