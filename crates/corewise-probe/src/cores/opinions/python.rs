//! `os.cpu_count()` and `os.process_cpu_count()`: Lib/os.py and Python/initconfig.c of CPython.

use corewise_model::Opinion;

use super::{Facts, opinion};
use crate::cores::variables::positive;

/// What `PYTHON_CPU_COUNT` makes of both, from Python 3.13 on.
pub(super) fn forced(facts: &Facts) -> Option<u32> {
    facts.target.variable("PYTHON_CPU_COUNT").and_then(positive)
}

pub(super) fn cpu_count(facts: &Facts) -> Opinion {
    let who = "os.cpu_count()";
    match forced(facts) {
        Some(n) => opinion(
            who,
            n,
            format!("PYTHON_CPU_COUNT; before Python 3.13 {}, the online CPUs", facts.online),
        ),
        None => opinion(who, facts.online, "online CPUs; no affinity, no quota"),
    }
}

pub(super) fn process_cpu_count(facts: &Facts) -> Opinion {
    let who = "os.process_cpu_count()";
    match forced(facts) {
        Some(n) => opinion(who, n, "PYTHON_CPU_COUNT (Python 3.13 and newer)"),
        None => opinion(who, facts.affinity, "affinity mask; no quota (Python 3.13 and newer)"),
    }
}
