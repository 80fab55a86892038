//! OpenMP: libgomp's and LLVM libomp's core count and default pool size.

use corewise_model::Opinion;

use super::{Facts, opinion};
use crate::cores::variables::positive;

pub(super) fn num_procs(facts: &Facts) -> Opinion {
    opinion("omp_get_num_procs()", facts.affinity, "affinity mask; no quota (libgomp, libomp)")
}

/// libgomp answers without regard to `OMP_THREAD_LIMIT`, and cuts the pool when a region begins.
pub(super) fn max_threads(facts: &Facts) -> Opinion {
    let (cores, why) = match variable(facts, "OMP_NUM_THREADS") {
        Some(n) => (n, "OMP_NUM_THREADS"),
        None => (facts.affinity, "OMP_NUM_THREADS, else affinity mask; no quota"),
    };
    let cut = variable(facts, "OMP_THREAD_LIMIT").filter(|limit| *limit < cores);
    let cut = cut.map(|n| format!("; OMP_THREAD_LIMIT cuts pools to {n}")).unwrap_or_default();
    opinion("omp_get_max_threads()", cores, format!("{why}{cut}"))
}

/// The first of the numbers, one for each nesting level, in an OpenMP variable.
pub(super) fn variable(facts: &Facts, name: &str) -> Option<u32> {
    facts.target.variable(name)?.split(',').next().and_then(positive)
}
