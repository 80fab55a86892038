//! What the governor did, in figures.

use std::collections::BTreeMap;

use corewise_model::{Cores, Held, LeaseTick, Nanos, ProcessId, Recording};
use serde::Serialize;

/// What the governor did in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Governed {
    /// The session's budget of cores, the least and the greatest where it was changed.
    pub budget: (u32, u32),
    /// Whether thread counts were fixed: then a lease is one core, whatever the region used.
    pub deterministic: bool,
    /// Parallel regions that the program's processes leased for.
    pub regions: u64,
    /// Threads that those regions asked for and did not get.
    pub withheld: u64,
    /// Cores that the program's processes held, on average over the wall time.
    pub held: Cores,
    /// The most of them at one look.
    pub held_most: u32,
    /// The most callers in a parallel region at one look.
    pub callers_most: u32,
    /// Cores that other programs in the session held, on average over the wall time.
    pub outside: Cores,
    /// The processes that joined the session, in the order of the recording.
    pub processes: Vec<GovernedProcess>,
}

/// What one process leased.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GovernedProcess {
    /// Which.
    pub process: ProcessId,
    /// Parallel regions.
    pub regions: u64,
    /// Threads that those regions asked for and did not get.
    pub withheld: u64,
    /// Cores held, on average over the wall time.
    pub held: Cores,
    /// The most cores held at one look.
    pub held_most: u32,
}

/// What the governor did; `None` for a program that it did not govern.
#[must_use]
pub fn governed(recording: &Recording) -> Option<Governed> {
    let first = recording.sessions.first()?;
    let budgets = || recording.sessions.iter().map(|session| session.budget);
    let wall = recording.duration;
    let mut processes: BTreeMap<ProcessId, Sum> = BTreeMap::new();
    let (mut all, mut outside) = (Sum::default(), Sum::default());
    for tick in &recording.leases {
        all.hold(tick.held(), tick);
        outside.hold(tick.outside, tick);
        for leases in &tick.processes {
            let sum = processes.entry(leases.process).or_default();
            sum.hold(leases.held, tick);
            for sum in [sum, &mut all] {
                sum.regions = sum.regions.saturating_add(leases.regions);
                sum.withheld = sum.withheld.saturating_add(leases.withheld);
            }
        }
    }
    Some(Governed {
        budget: (budgets().min()?, budgets().max()?),
        deterministic: first.deterministic,
        regions: all.regions,
        withheld: all.withheld,
        held: all.mean(wall),
        held_most: all.most.cores,
        callers_most: all.most.callers,
        outside: outside.mean(wall),
        processes: processes
            .into_iter()
            .map(|(process, sum)| GovernedProcess {
                process,
                regions: sum.regions,
                withheld: sum.withheld,
                held: sum.mean(wall),
                held_most: sum.most.cores,
            })
            .collect(),
    })
}

#[derive(Default)]
struct Sum {
    /// Cores times ns: whole numbers, so that the order of sums does not matter.
    core_nanos: u128,
    most: Held,
    regions: u64,
    withheld: u64,
}

impl Sum {
    fn hold(&mut self, held: Held, tick: &LeaseTick) {
        self.core_nanos += u128::from(held.cores) * u128::from(tick.interval.0);
        self.most.cores = self.most.cores.max(held.cores);
        self.most.callers = self.most.callers.max(held.callers);
    }

    fn mean(&self, wall: Nanos) -> Cores {
        if wall == Nanos::ZERO {
            return Cores(0.0);
        }
        Cores(self.core_nanos as f64 / wall.0 as f64)
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::StartMethod;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn a_program_without_a_session_is_not_governed() {
        assert_eq!(governed(&Scenario::new(2.0, 1.0).recording()), None);
    }

    #[test]
    fn means_are_over_the_wall_time_and_peaks_over_all_processes() {
        let mut s = Scenario::new(4.0, 10.0);
        s.govern(4);
        let worker = s.process(s.root(), StartMethod::Loky, 0.0);
        s.leases(s.root(), 0.0..5.0, 1, 3).regions(10.0, 20.0);
        s.leases(worker, 4.0..6.0, 2, 2).regions(5.0, 0.0);
        s.leases_outside(0.0..10.0, 1, 1);
        let governed = governed(&s.recording()).unwrap();
        assert_eq!((governed.budget, governed.deterministic), ((4, 4), false));
        assert_eq!((governed.regions, governed.withheld), (60, 100));
        assert_eq!((governed.held_most, governed.callers_most), (5, 3));
        assert_eq!([governed.held, governed.outside].map(|c| c.to_string()), ["1.9", "1"]);
        let worker = &governed.processes[1];
        assert_eq!(
            (worker.regions, worker.held_most, worker.held.to_string()),
            (10, 2, "0.4".to_owned())
        );
    }

    #[test]
    fn a_session_in_which_nothing_was_leased_has_zeros() {
        let mut s = Scenario::new(2.0, 0.0).killed();
        s.govern(2);
        let governed = governed(&s.recording()).unwrap();
        assert_eq!((governed.regions, governed.held), (0, Cores(0.0)));
    }
}
