//! Limits that name CPUs: the affinity mask and the cpuset cgroup.

use corewise_model::{Cores, CpuSet, Limit, LimitSource};

use super::hierarchy::Hierarchy;
use super::mounts::Version;
use super::target::Target;
use crate::World;

/// The affinity mask, and the CPUs of it that are online. The kernel's mask may name CPUs that are
/// offline or were never there.
pub(super) fn affinity(
    target: &Target,
    online: &CpuSet,
    gaps: &mut Vec<String>,
) -> Option<(Limit, CpuSet)> {
    if target.status.is_empty() {
        return None;
    }
    let from = format!("Cpus_allowed_list in {}", target.file("status"));
    let Some(text) = target.status_field("Cpus_allowed_list") else {
        gaps.push(format!("there is no {from}: the affinity mask is unknown"));
        return None;
    };
    limit(LimitSource::Affinity, text, from, online, gaps)
}

/// The CPUs of the nearest group that names any.
pub(super) fn cpuset(
    world: &World,
    hierarchies: &[Hierarchy],
    online: &CpuSet,
    gaps: &mut Vec<String>,
) -> Option<Limit> {
    hierarchies.iter().find_map(|hierarchy| {
        // An empty v1 file and a v2 group without the controller take what the parent has.
        let (from, text) = hierarchy.folders.iter().find_map(|folder| {
            let names: &[&str] = match hierarchy.version {
                Version::V1 => &["cpuset.effective_cpus", "cpuset.cpus"],
                Version::V2 => &["cpuset.cpus.effective"],
            };
            names.iter().find_map(|name| {
                let path = folder.join(name);
                let text = world.read(&path).ok().filter(|text| !text.trim().is_empty())?;
                Some((path.to_string_lossy().into_owned(), text))
            })
        })?;
        limit(LimitSource::Cpuset, text.trim(), from, online, gaps).map(|(limit, _)| limit)
    })
}

fn limit(
    source: LimitSource,
    text: &str,
    from: String,
    online: &CpuSet,
    gaps: &mut Vec<String>,
) -> Option<(Limit, CpuSet)> {
    let cpus = match text.parse::<CpuSet>() {
        Ok(cpus) => cpus.intersection(online),
        Err(error) => {
            gaps.push(format!("{from} is {error}: ignored"));
            return None;
        }
    };
    if cpus.is_empty() {
        let text: String = text.chars().take(60).collect();
        gaps.push(format!("{from} names no CPU that is online but {text:?}: ignored"));
        return None;
    }
    let cores = Cores(cpus.len() as f64);
    Some((Limit { source, cores, from, detail: format!("CPUs {cpus}") }, cpus))
}
