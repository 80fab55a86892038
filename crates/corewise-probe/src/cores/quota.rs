//! CPU quotas of cgroups, v1 and v2, from a group up to the highest that can be seen.

use std::path::Path;

use corewise_model::{Cores, Limit, LimitSource, Throttling};

use super::hierarchy::Hierarchy;
use super::mounts::Version;
use super::throttling;
use crate::World;

/// The kernel takes no quota under 1 ms and no period over 1 s; less is not believed.
const LEAST: f64 = 0.001;

/// Every quota on the way up, the group's own first, with its throttling counters.
pub(super) fn limits(
    world: &World,
    hierarchy: &Hierarchy,
    gaps: &mut Vec<String>,
) -> (Vec<Limit>, Vec<Throttling>) {
    let mut limits = Vec::new();
    let mut counters = Vec::new();
    for folder in &hierarchy.folders {
        let found = match hierarchy.version {
            Version::V1 => v1(world, folder, gaps),
            Version::V2 => v2(world, folder, gaps),
        };
        if let Some(limit) = found {
            limits.push(limit);
            counters.extend(throttling::read(world, folder, hierarchy.version));
        }
    }
    (limits, counters)
}

fn v2(world: &World, folder: &Path, gaps: &mut Vec<String>) -> Option<Limit> {
    let from = folder.join("cpu.max").to_string_lossy().into_owned();
    let text = world.read(&from).ok()?;
    let mut words = text.split_whitespace();
    let Some(quota) = words.next() else {
        // Seen in containers whose runtime makes the file before the controller is enabled.
        gaps.push(format!("{from} is empty: taken for no quota"));
        return None;
    };
    if quota == "max" {
        return None;
    }
    // The period may be left out when the file is written; the kernel's default is 100 ms.
    let period = words.next().unwrap_or("100000");
    limit(quota, period, from, gaps)
}

fn v1(world: &World, folder: &Path, gaps: &mut Vec<String>) -> Option<Limit> {
    let from = folder.join("cpu.cfs_quota_us").to_string_lossy().into_owned();
    let quota = world.read(&from).ok()?;
    if quota.trim().starts_with('-') {
        return None;
    }
    let period = world.read(folder.join("cpu.cfs_period_us")).unwrap_or_default();
    limit(quota.trim(), period.trim(), from, gaps)
}

fn limit(quota: &str, period: &str, from: String, gaps: &mut Vec<String>) -> Option<Limit> {
    let microseconds = |text: &str| text.parse::<u64>().ok().filter(|n| *n > 0).map(|n| n as f64);
    let parsed = microseconds(quota).zip(microseconds(period));
    let Some((quota, period)) = parsed.filter(|(quota, period)| quota / period >= LEAST) else {
        let text: String = format!("{quota} {period}").chars().take(60).collect();
        gaps.push(format!("{from} has no quota and period in microseconds but {text:?}: ignored"));
        return None;
    };
    let detail = format!("{} ms in {} ms", quota / 1000.0, period / 1000.0);
    Some(Limit { source: LimitSource::Quota, cores: Cores(quota / period), from, detail })
}
