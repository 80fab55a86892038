//! The environment variables that size thread pools before a program starts.

/// A variable that sizes a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadVariable {
    /// Its name.
    pub name: &'static str,
    /// What reads it.
    pub read_by: &'static str,
    /// Variables that are read where this one is not set. Setting this one would override them.
    pub instead_of: &'static [&'static str],
}

const fn variable(
    name: &'static str,
    read_by: &'static str,
    instead_of: &'static [&'static str],
) -> ThreadVariable {
    ThreadVariable { name, read_by, instead_of }
}

/// Every variable that `corewise run` sets.
///
/// Sources: OpenMP 5.2 section 21.1.2; OpenBLAS 0.3.31 `driver/others/openblas_env.c` and
/// `memory.c`; oneMKL developer guide 2026; BLIS `docs/Multithreading.md`; NumExpr 2.14
/// `numexpr/utils.py`; Numba 0.68 `core/config.py`; rayon-core 1.13 `lib.rs`; Polars user guide;
/// c-blosc2 `blosc2.c`; loky 3.5 `backend/context.py`; CPython 3.13 `-X cpu_count`.
pub const THREAD_VARIABLES: &[ThreadVariable] = &[
    variable("OMP_NUM_THREADS", "OpenMP runtimes, PyTorch, Arrow", &[]),
    variable("OPENBLAS_NUM_THREADS", "OpenBLAS", &["GOTO_NUM_THREADS", "OMP_NUM_THREADS"]),
    variable("MKL_NUM_THREADS", "MKL", &["OMP_NUM_THREADS"]),
    variable("BLIS_NUM_THREADS", "BLIS", &["OMP_NUM_THREADS"]),
    variable("NUMEXPR_NUM_THREADS", "numexpr", &["NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS"]),
    variable("NUMBA_NUM_THREADS", "Numba", &[]),
    variable("RAYON_NUM_THREADS", "rayon", &[]),
    variable("POLARS_MAX_THREADS", "Polars", &["RAYON_NUM_THREADS"]),
    variable("BLOSC_NTHREADS", "blosc2", &[]),
    variable("LOKY_MAX_CPU_COUNT", "joblib and loky", &[]),
    variable("PYTHON_CPU_COUNT", "CPython 3.13 and later: os.process_cpu_count", &[]),
];

/// The variables to set for `threads` threads, given those that `is_set` already.
///
/// What the user set is left alone, and so is every variable that would take the place of one that
/// the user set.
#[must_use]
pub fn to_set(threads: u32, is_set: impl Fn(&str) -> bool) -> Vec<(&'static str, String)> {
    THREAD_VARIABLES
        .iter()
        .filter(|variable| {
            !is_set(variable.name) && !variable.instead_of.iter().any(|other| is_set(other))
        })
        .map(|variable| (variable.name, threads.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(user: &[&str]) -> Vec<&'static str> {
        to_set(2, |name| user.contains(&name)).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn all_are_set_where_the_user_set_none() {
        assert_eq!(names(&[]).len(), THREAD_VARIABLES.len());
    }

    #[test]
    fn what_the_user_set_is_not_overridden_by_a_more_special_variable() {
        let set = names(&["OMP_NUM_THREADS"]);
        for name in
            ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"]
        {
            assert!(!set.contains(&name), "{name}");
        }
        assert!(set.contains(&"NUMBA_NUM_THREADS"));
        assert!(names(&["MKL_NUM_THREADS"]).contains(&"OMP_NUM_THREADS"));
    }
}
