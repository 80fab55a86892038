//! OpenBLAS with its own threads: `get_num_procs` and `blas_get_cpu_number` in
//! driver/others/memory.c.

use corewise_model::Opinion;

use super::{Facts, opinion};
use crate::cores::variables::positive;

/// The most threads that the OpenBLAS in NumPy's and SciPy's wheels is built for.
const WHEEL_LIMIT: u32 = 64;

pub(super) fn threads(facts: &Facts) -> Opinion {
    let who = "OpenBLAS";
    let number = |name: &&str| facts.target.variable(name).and_then(positive);
    let told = ["OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"]
        .into_iter()
        .find_map(|name| Some((name, number(&name)?)));
    let most = facts.affinity.min(WHEEL_LIMIT);
    match told {
        Some((name, n)) => opinion(
            who,
            n.min(most),
            format!("{name}, cut to the affinity mask and to {WHEEL_LIMIT} (NumPy's wheels)"),
        ),
        None => opinion(
            who,
            most,
            format!("affinity mask, at most {WHEEL_LIMIT} (NumPy's wheels); no quota"),
        ),
    }
}
