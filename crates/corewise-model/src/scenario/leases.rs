//! What the processes of a governed scenario lease.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Scenario, count, nanos, overlap};
use crate::{Entry, Held, LeaseTick, Mode, ProcessId, ProcessLeases, Session};

/// What one process leases in a stretch of a scenario.
#[derive(Debug, Clone)]
pub struct Leasing {
    process: Option<ProcessId>,
    range: Range<f64>,
    held: Held,
    regions: f64,
    withheld: f64,
}

impl Leasing {
    /// It leases for this many parallel regions a second, from which it withholds as many threads a
    /// second.
    pub fn regions(&mut self, per_second: f64, withheld: f64) -> &mut Self {
        self.regions = per_second;
        self.withheld = withheld;
        self
    }
}

impl Scenario {
    /// A session governs the program with this budget.
    pub fn govern(&mut self, budget: u32) {
        self.header.mode = Mode::Run;
        self.governed = true;
        let session = Session { at: nanos(0.0), budget, deterministic: false };
        self.define(0.0, Entry::Session(session));
    }

    /// This many callers of a process hold cores; by default without a further region.
    pub fn leases(
        &mut self,
        process: ProcessId,
        range: Range<f64>,
        callers: u32,
        cores: u32,
    ) -> &mut Leasing {
        self.lease_of(Some(process), range, Held { callers, cores })
    }

    /// Callers of another program in the same session hold cores.
    pub fn leases_outside(&mut self, range: Range<f64>, callers: u32, cores: u32) {
        self.lease_of(None, range, Held { callers, cores });
    }

    fn lease_of(
        &mut self,
        process: Option<ProcessId>,
        range: Range<f64>,
        held: Held,
    ) -> &mut Leasing {
        let at = self.leasing.len();
        self.leasing.push(Leasing { process, range, held, regions: 0.0, withheld: 0.0 });
        &mut self.leasing[at]
    }
}

/// One look at the table: a moment for what is held, the time since the last one for the counters.
pub(super) fn tick(scenario: &Scenario, start: f64, end: f64) -> Option<LeaseTick> {
    if !scenario.governed {
        return None;
    }
    let mut outside = Held::default();
    let mut processes: BTreeMap<ProcessId, ProcessLeases> = BTreeMap::new();
    for leasing in &scenario.leasing {
        if overlap(&leasing.range, start, end) == 0.0 {
            continue;
        }
        let Some(process) = leasing.process else {
            outside = outside + leasing.held;
            continue;
        };
        let held = Held::default();
        let entry = processes.entry(process).or_insert(ProcessLeases {
            process,
            held,
            regions: 0,
            withheld: 0,
        });
        entry.held = entry.held + leasing.held;
        entry.regions += count(&leasing.range, leasing.regions, start, end);
        entry.withheld += count(&leasing.range, leasing.withheld, start, end);
    }
    let something = !processes.is_empty() || outside != Held::default();
    something.then(|| LeaseTick {
        at: nanos(end),
        interval: nanos(end) - nanos(start),
        processes: processes.into_values().collect(),
        outside,
    })
}
