//! How many cores ran each thread, and how many it waited for, tick by tick.

use std::collections::BTreeMap;

use corewise_model::{Nanos, Recording, ThreadId, Tick};
use serde::Serialize;

/// What the threads did, tick by tick.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Activity {
    /// One for each tick of the recording, in its order.
    pub ticks: Vec<TickActivity>,
    /// Run-queue delay that fits nowhere: it lies before its thread was first seen.
    pub unplaced: Nanos,
}

/// What the threads did in one tick.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TickActivity {
    /// The tick's end.
    pub at: Nanos,
    /// How long it is.
    pub interval: Nanos,
    /// The threads that ran or waited.
    pub threads: Vec<ThreadActivity>,
    /// Cores used by threads that were never seen.
    pub unattributed: f32,
}

/// What one thread did in one tick, on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThreadActivity {
    /// Which.
    pub thread: ThreadId,
    /// Cores that ran it: 0 to 1, and a little above where the tick's reading took time.
    pub running: f32,
    /// The part of the tick in which it was runnable and had no core: 0 to 1.
    pub waiting: f32,
}

impl TickActivity {
    /// The tick's beginning.
    #[must_use]
    pub fn start(&self) -> Nanos {
        self.at - self.interval
    }

    /// Cores that ran the program, threads that were never seen included.
    #[must_use]
    pub fn running(&self) -> f64 {
        self.threads.iter().map(|t| f64::from(t.running)).sum::<f64>()
            + f64::from(self.unattributed)
    }

    /// Threads that were runnable and had no core, on average.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        self.threads.iter().map(|t| f64::from(t.waiting)).sum()
    }
}

/// Running and waiting threads, tick by tick.
///
/// The kernel adds a run-queue delay to a thread's counter when the delay ends, so a thread that
/// waited for a second shows it in one tick of 20 ms. What exceeds the tick is put where it must
/// have been: into the ticks before, backwards without a gap, as much as each has room for beside
/// the time in which the thread ran. The sum is kept, up to [`Activity::unplaced`].
///
/// A wait that has not ended when the recording does is in no counter, and so not here.
#[must_use]
pub fn activity(recording: &Recording) -> Activity {
    let mut owed: BTreeMap<ThreadId, u64> = BTreeMap::new();
    let mut unplaced = 0;
    let mut ticks: Vec<TickActivity> = Vec::with_capacity(recording.ticks.len());
    for tick in recording.ticks.iter().rev() {
        ticks.push(place(recording, tick, &mut owed, &mut unplaced));
    }
    ticks.reverse();
    let unplaced = owed.values().fold(unplaced, |sum: u64, ns| sum.saturating_add(*ns));
    Activity { ticks, unplaced: Nanos(unplaced) }
}

/// One tick, with what later ticks owe to it; leaves in `owed` what earlier ticks must take.
fn place(
    recording: &Recording,
    tick: &Tick,
    owed: &mut BTreeMap<ThreadId, u64>,
    unplaced: &mut u64,
) -> TickActivity {
    let interval = tick.interval.0;
    let part = |ns: u64| part(ns, interval);
    let mut threads = Vec::with_capacity(tick.threads.len() + owed.len());
    let mut carried = std::mem::take(owed);
    for t in &tick.threads {
        let due = carried.remove(&t.thread).unwrap_or(0).saturating_add(t.wait.0);
        let wait = due.min(interval.saturating_sub(t.run.0));
        if due > wait {
            owed.insert(t.thread, due - wait);
        }
        threads.push(ThreadActivity {
            thread: t.thread,
            running: part(t.run.0),
            waiting: part(wait),
        });
    }
    // Threads that this tick does not name, because they waited all through it.
    for (thread, due) in carried {
        let start = recording.threads.get(thread.index()).map_or(Nanos::ZERO, |t| t.start);
        if tick.at <= start {
            *unplaced = unplaced.saturating_add(due);
            continue;
        }
        let wait = due.min(interval);
        if due > wait {
            owed.insert(thread, due - wait);
        }
        threads.push(ThreadActivity { thread, running: 0.0, waiting: part(wait) });
    }
    let unattributed: Nanos = tick.unattributed.iter().map(|(_, run)| *run).sum();
    TickActivity {
        at: tick.at,
        interval: tick.interval,
        threads,
        unattributed: part(unattributed.0),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "24 bits are enough for a part of a tick")]
fn part(ns: u64, interval: u64) -> f32 {
    if interval == 0 { 0.0 } else { (ns as f64 / interval as f64) as f32 }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;
    use corewise_model::{Header, Role, ThreadTick};
    use proptest::prelude::*;

    use super::*;

    fn waits(activity: &Activity) -> Vec<f64> {
        activity.ticks.iter().map(|t| (t.waiting() * 100.0).round() / 100.0).collect()
    }

    #[test]
    fn a_wait_within_its_tick_stays_there() {
        let mut s = Scenario::new(1.0, 0.06);
        s.busy(s.main(s.root()), 0.02..0.04).run(0.25).wait(0.5);
        let activity = activity(&s.recording());
        assert_eq!(waits(&activity), [0.0, 0.5, 0.0]);
        assert!((activity.ticks[1].running() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn a_long_wait_is_put_back_to_where_it_was() {
        let mut s = Scenario::new(1.0, 0.2);
        s.busy(s.main(s.root()), 0.03..0.15).run(0.0).wait(1.0).late();
        assert_eq!(
            waits(&activity(&s.recording())),
            // It ended in the middle of a tick, and the kernel does not say where in it.
            [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
        );
    }

    #[test]
    fn a_wait_takes_no_time_in_which_the_thread_ran() {
        let mut s = Scenario::new(1.0, 0.1);
        let main = s.main(s.root());
        s.busy(main, 0.02..0.06).run(0.75);
        s.busy(main, 0.02..0.08).run(0.0).wait(0.5).late();
        assert_eq!(waits(&activity(&s.recording())), [0.0, 0.25, 0.25, 1.0, 0.0]);
    }

    #[test]
    fn a_wait_from_before_the_thread_was_seen_is_named() {
        let mut s = Scenario::new(1.0, 0.2);
        let late = s.thread(s.root(), Role::Python, 0.1);
        s.busy(late, 0.1..0.16).run(0.0).wait(160.0 / 60.0).late();
        let activity = activity(&s.recording());
        assert_eq!(waits(&activity), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(activity.unplaced, Nanos::from_millis(100));
    }

    fn header() -> Header {
        Scenario::new(2.0, 1.0).header
    }

    proptest! {
        #[test]
        fn the_sum_is_kept_and_nobody_is_in_two_places(
            loads in prop::collection::vec((0u64..40_000_000, 0u64..200_000_000), 1..60)
        ) {
            let mut recording = Recording::new(header());
            recording.threads = Scenario::new(2.0, 1.0).recording().threads;
            recording.processes = Scenario::new(2.0, 1.0).recording().processes;
            for (k, (run, wait)) in loads.iter().enumerate() {
                let thread = ThreadTick {
                    thread: ThreadId(0), run: Nanos(*run), wait: Nanos(*wait), slices: 1,
                };
                recording.ticks.push(Tick {
                    at: Nanos::from_millis(20 * (k as u64 + 1)),
                    interval: Nanos::from_millis(20),
                    threads: if wait % 3 == 0 { Vec::new() } else { vec![thread] },
                    unattributed: Vec::new(),
                });
            }
            let activity = activity(&recording);
            let given: u64 = recording.ticks.iter().flat_map(|t| &t.threads).map(|t| t.wait.0).sum();
            let placed: f64 = activity.ticks.iter().map(|t| t.waiting() * t.interval.0 as f64).sum();
            let kept = placed + activity.unplaced.0 as f64;
            prop_assert!((kept - given as f64).abs() < 1e3 + given as f64 * 1e-6, "{} of {}", kept, given);
            for tick in &activity.ticks {
                for t in &tick.threads {
                    prop_assert!(t.waiting >= 0.0 && t.waiting <= (1.0 - t.running).max(0.0) + 1e-6);
                }
            }
        }
    }
}
