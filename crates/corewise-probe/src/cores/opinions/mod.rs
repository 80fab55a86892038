//! What others would call the core count: each by the rule in its own source code, applied to the
//! same files and variables.

mod coreutils;
mod dask;
mod loky;
mod openblas;
mod openmp;
mod own;
mod python;
mod quota;
mod rust;

use corewise_model::{CpuSet, Known, Machine, Opinion};

use super::target::Target;

/// What the rules look at.
pub(super) struct Facts<'a> {
    target: &'a Target<'a>,
    /// CPUs online.
    online: u32,
    /// CPUs of the affinity mask that are online.
    affinity: u32,
    machine: &'a Machine,
}

/// The opinions, Python's first.
pub(super) fn all(target: &Target, machine: &Machine, usable: &CpuSet) -> Vec<Opinion> {
    let whole = |set: &CpuSet| u32::try_from(set.len()).unwrap_or(u32::MAX);
    let facts = Facts { target, online: whole(&machine.online), affinity: whole(usable), machine };
    let rules = [
        python::cpu_count,
        python::process_cpu_count,
        loky::cpu_count,
        loky::physical_cpu_count,
        dask::cpu_count,
        openmp::num_procs,
        openmp::max_threads,
        openblas::threads,
        coreutils::nproc,
        coreutils::nproc_with_quota,
        rust::available_parallelism,
    ];
    rules.into_iter().map(|rule| rule(&facts)).collect()
}

fn opinion(who: &str, cores: u32, why: impl Into<String>) -> Opinion {
    Opinion { who: who.to_owned(), cores: Known::Known(cores), why: why.into() }
}

fn no_opinion(who: &str, reason: impl Into<String>, why: impl Into<String>) -> Opinion {
    Opinion { who: who.to_owned(), cores: Known::unknown(reason), why: why.into() }
}

/// The reason for an opinion that needs files of the process's own root folder.
const NO_ROOT: &str = "the process's own files may not be read";
