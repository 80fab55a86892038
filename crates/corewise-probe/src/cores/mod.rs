//! How many cores a process may really use, and the chain of reasons.
//!
//! # What counts as a limit
//!
//! What the kernel enforces: online CPUs, the affinity mask, the cpuset, and the CPU quotas of the
//! process's cgroup and of every group above it. What a batch system granted: it may enforce that
//! or not, the job's neighbours rely on it either way. What the user told Python or loky. A pool
//! size such as `OMP_NUM_THREADS` is no limit of cores and is left out.
//!
//! # What cannot be seen
//!
//! In a private cgroup namespace the groups above the container have no name and no folder, so a
//! tighter quota there stays unknown. Another process's environment is the one it was started
//! with. Affinity is that of the process's main thread. Quotas do not bind threads under a
//! real-time policy.

mod batch;
mod cgroups;
mod error;
mod groups;
mod hierarchy;
mod machine;
mod masks;
mod mounts;
mod opinions;
mod quota;
mod target;
mod throttling;
mod variables;

use corewise_model::{Allowed, Cores, Limit, LimitSource, Pid};

pub use error::CoresError;

use crate::World;
use cgroups::Cgroups;
use target::Target;

/// The cores that `pid`, or this process, may use, and why.
///
/// What cannot be read or believed is left out of the limits and named in the answer's `gaps`; an
/// error is returned only where the process itself cannot be looked at.
///
/// ```
/// use corewise_probe::{World, cores};
///
/// let allowed = cores::allowed(&World::system(), None)?;
/// assert!(allowed.cores.0 > 0.0 && allowed.threads >= 1);
/// assert_eq!(allowed.limits[0].source, corewise_model::LimitSource::Online);
/// # Ok::<(), corewise_probe::cores::CoresError>(())
/// ```
pub fn allowed(world: &World, pid: Option<Pid>) -> Result<Allowed, CoresError> {
    let mut gaps = Vec::new();
    let target = Target::new(world, pid, &mut gaps)?;
    let (machine, online_from) = machine::survey(world, &mut gaps);

    let mut limits = vec![Limit {
        source: LimitSource::Online,
        cores: Cores(machine.online.len() as f64),
        from: online_from.to_owned(),
        detail: format!("CPUs {}", machine.online),
    }];
    let affinity = masks::affinity(&target, &machine.online, &mut gaps);
    let usable = affinity.as_ref().map_or_else(|| machine.online.clone(), |(_, cpus)| cpus.clone());
    limits.extend(affinity.map(|(limit, _)| limit));

    let cgroups = Cgroups::read(&target, &mut gaps);
    let cpusets = cgroups.hierarchies("cpuset", &mut gaps);
    limits.extend(masks::cpuset(world, &cpusets, &machine.online, &mut gaps));
    let mut throttling = Vec::new();
    for hierarchy in cgroups.hierarchies("cpu", &mut gaps) {
        let (quotas, counters) = quota::limits(world, &hierarchy, &mut gaps);
        limits.extend(quotas);
        throttling.extend(counters);
    }
    limits.extend(batch::limits(&target, &mut gaps));
    limits.extend(variables::user_limits(&target, &mut gaps));

    let opinions = opinions::all(&target, &machine, &usable);
    let cores = limits.iter().map(|limit| limit.cores.0).fold(f64::INFINITY, f64::min);
    let decided_by = (0..).zip(&limits).filter(|(_, limit)| limit.cores.0 <= cores);
    let decided_by = decided_by.map(|(index, _)| index).collect();
    gaps.dedup();
    Ok(Allowed {
        cores: Cores(cores),
        threads: Cores(cores).threads(),
        limits,
        decided_by,
        machine,
        throttling,
        opinions,
        gaps,
    })
}
