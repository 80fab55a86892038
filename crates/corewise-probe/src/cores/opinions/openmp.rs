//! OpenMP: libgomp's and LLVM libomp's core count and default pool size.

use corewise_model::Opinion;

use super::{Facts, opinion};
use crate::cores::variables::positive;

pub(super) fn num_procs(facts: &Facts) -> Opinion {
    opinion("omp_get_num_procs()", facts.affinity, "affinity mask; no quota (libgomp, libomp)")
}

pub(super) fn max_threads(facts: &Facts) -> Opinion {
    let who = "omp_get_max_threads()";
    let limit = variable(facts, "OMP_THREAD_LIMIT").unwrap_or(u32::MAX);
    match variable(facts, "OMP_NUM_THREADS") {
        Some(n) => opinion(who, n.min(limit), "OMP_NUM_THREADS: the default pool size"),
        None => opinion(
            who,
            facts.affinity.min(limit),
            "the default pool size: OMP_NUM_THREADS, else affinity mask; no quota",
        ),
    }
}

/// The first of the numbers, one for each nesting level, in an OpenMP variable.
pub(super) fn variable(facts: &Facts, name: &str) -> Option<u32> {
    facts.target.variable(name)?.split(',').next().and_then(positive)
}
