//! `std::thread::available_parallelism`: library/std/src/sys/thread/unix.rs of Rust 1.95.

use std::path::PathBuf;

use corewise_model::Opinion;

use super::own;
use super::quota::{cfs, cpu_max};
use super::{Facts, NO_ROOT, no_opinion, opinion};
use crate::cores::groups::Group;
use crate::cores::hierarchy::locate;
use crate::cores::mounts::{self, Version};

pub(super) fn available_parallelism(facts: &Facts) -> Opinion {
    let who = "Rust's available_parallelism()";
    let why = "affinity mask and the tightest quota rounded down (rayon, Polars)";
    if !facts.target.root_is_visible() {
        return no_opinion(who, NO_ROOT, why);
    }
    let quota = quota(facts).unwrap_or(u64::MAX).max(1);
    opinion(who, facts.affinity.min(u32::try_from(quota).unwrap_or(u32::MAX)).max(1), why)
}

/// A v1 hierarchy with the cpu controller goes before the unified one.
fn quota(facts: &Facts) -> Option<u64> {
    let groups = own::groups(facts);
    let mut candidates = groups.iter().filter(|group| group.may_have("cpu"));
    let group = candidates.clone().find(|g| g.version == Version::V1).or(candidates.next())?;
    let quota = |(quota, period): (u64, u64)| quota / period;
    match group.version {
        Version::V1 => {
            v1_folders(facts, group)?.iter().filter_map(|f| cfs(facts, f)).map(quota).min()
        }
        Version::V2 => {
            let folders = climb(facts, "/sys/fs/cgroup", &group.path);
            let is_v2 = facts.target.world.read(folders[0].join("cgroup.controllers")).is_ok();
            let quotas = folders.iter().filter_map(|f| cpu_max(facts, f.join("cpu.max")));
            is_v2.then(|| quotas.map(quota).min())?
        }
    }
}

/// Two usual mount points, then mountinfo, which alone is right about bind mounts.
fn v1_folders(facts: &Facts, group: &Group) -> Option<Vec<PathBuf>> {
    let usual = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"];
    let exists = |folders: &Vec<PathBuf>| facts.target.world.path(&folders[0]).exists();
    usual.iter().map(|place| climb(facts, place, &group.path)).find(exists).or_else(|| {
        let mounts = mounts::parse(&facts.target.world.read(facts.target.file("mountinfo")).ok()?);
        let folders = locate(group, "cpu", &mounts)?.folders;
        Some(folders.iter().map(|f| facts.target.inside(&f.to_string_lossy())).collect())
    })
}

/// The group's folder below a mount point, and those above it.
fn climb(facts: &Facts, place: &str, group: &str) -> Vec<PathBuf> {
    let names: Vec<&str> = group.split('/').filter(|name| !name.is_empty()).collect();
    let folder = |depth: usize| {
        let names = names[..depth].iter();
        facts.target.inside(&names.fold(place.to_owned(), |path, name| path + "/" + name))
    };
    (0..=names.len()).rev().map(folder).collect()
}
