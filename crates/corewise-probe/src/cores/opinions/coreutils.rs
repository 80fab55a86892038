//! `nproc`: lib/nproc.c of gnulib, before and since coreutils 9.8.

use corewise_model::Opinion;

use super::openmp::variable;
use super::own;
use super::quota::{cpu_max, whole};
use super::{Facts, NO_ROOT, no_opinion, opinion};
use crate::cores::mounts::{self, Version};

pub(super) fn nproc(facts: &Facts) -> Opinion {
    opinion(
        "nproc (coreutils before 9.8)",
        count(facts, u32::MAX),
        "OMP_NUM_THREADS and OMP_THREAD_LIMIT, else affinity mask; no quota",
    )
}

pub(super) fn nproc_with_quota(facts: &Facts) -> Opinion {
    let who = "nproc (coreutils 9.8 and newer)";
    let why = "as before, and the tightest v2 quota rounded half up";
    if !facts.target.root_is_visible() {
        return no_opinion(who, NO_ROOT, why);
    }
    opinion(who, count(facts, quota(facts).unwrap_or(u32::MAX)), why)
}

fn count(facts: &Facts, quota: u32) -> u32 {
    let limit = variable(facts, "OMP_THREAD_LIMIT").unwrap_or(u32::MAX);
    match variable(facts, "OMP_NUM_THREADS") {
        Some(n) => n.min(limit),
        None => limit.min(quota).min(facts.affinity).max(1),
    }
}

/// It appends the process's group to the mount point without regard to the mount's root.
fn quota(facts: &Facts) -> Option<u32> {
    let groups = own::groups(facts);
    let group = &groups.iter().find(|group| group.version == Version::V2)?.path;
    let world = facts.target.world;
    let usual = "/sys/fs/cgroup";
    let marker = facts.target.inside("/sys/fs/cgroup/cgroup.controllers");
    let point = if world.read(marker).is_ok() {
        usual.to_owned()
    } else {
        let mounts = mounts::parse(&world.read(facts.target.file("mountinfo")).ok()?);
        mounts.into_iter().find(|mount| mount.version == Version::V2)?.point
    };
    let names: Vec<&str> = group.split('/').filter(|name| !name.is_empty()).collect();
    (0..=names.len())
        .filter_map(|depth| {
            let folder = names[..depth].iter().fold(point.clone(), |path, name| path + "/" + name);
            let (quota, period) = cpu_max(facts, facts.target.inside(&(folder + "/cpu.max")))?;
            Some(whole(quota as f64 / period as f64 + 0.5).max(1))
        })
        .min()
}
