//! What the governor's table says: the session, and the cores that its processes lease.

use serde::{Deserialize, Serialize};

use crate::{Nanos, ProcessId};

/// What the processes of a session agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// From when on.
    pub at: Nanos,
    /// Cores that the parallel regions of all its processes share.
    pub budget: u32,
    /// Whether thread counts are fixed, so that they do not depend on what else runs.
    pub deterministic: bool,
}

/// One look at the session's table. Looks at which nothing was held or counted are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseTick {
    /// When.
    pub at: Nanos,
    /// The time that it stands for: since the previous tick.
    pub interval: Nanos,
    /// Those of the program's processes that have something to say. Each is named at least once,
    /// when it joins the session.
    pub processes: Vec<ProcessLeases>,
    /// What processes of other programs hold, where the session is shared with them.
    pub outside: Held,
}

/// Callers and cores at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Held {
    /// Callers in a parallel region.
    pub callers: u32,
    /// The cores that they hold. Each caller holds one at least, which is its own thread's.
    pub cores: u32,
}

/// What one process leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessLeases {
    /// Which.
    pub process: ProcessId,
    /// What it holds at this moment.
    pub held: Held,
    /// Parallel regions that it leased for since the previous look.
    pub regions: u64,
    /// Threads that those regions asked for and did not get.
    pub withheld: u64,
}

impl LeaseTick {
    /// What the program's own processes hold together.
    #[must_use]
    pub fn held(&self) -> Held {
        self.processes.iter().fold(Held::default(), |sum, process| sum + process.held)
    }
}

impl std::ops::Add for Held {
    type Output = Self;

    /// Saturates: a damaged table must not end the report.
    fn add(self, other: Self) -> Self {
        Self {
            callers: self.callers.saturating_add(other.callers),
            cores: self.cores.saturating_add(other.cores),
        }
    }
}
