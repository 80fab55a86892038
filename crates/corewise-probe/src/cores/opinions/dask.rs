//! Dask: `cpu_count` in dask/system.py of Dask 2026.8.

use corewise_model::Opinion;

use super::own;
use super::quota::{cfs, cpu_max, whole};
use super::{Facts, NO_ROOT, no_opinion, opinion, python};

pub(super) fn cpu_count(facts: &Facts) -> Opinion {
    let who = "dask.system.CPU_COUNT";
    let why = "affinity mask and the quota of its own group alone, rounded up";
    if !facts.target.root_is_visible() {
        return no_opinion(who, NO_ROOT, why);
    }
    let v1 = ["cpuacct,cpu", "cpu,cpuacct"]
        .iter()
        .find_map(|name| cfs(facts, &facts.target.inside(&format!("/sys/fs/cgroup/{name}"))));
    let affinity = python::forced(facts).unwrap_or(facts.affinity);
    let quota = v1.or_else(|| {
        // It takes the last line of /proc/self/cgroup, which is the unified group's.
        let groups = own::groups(facts);
        let group = groups.last()?.path.trim_end_matches('/');
        cpu_max(facts, facts.target.inside(&format!("/sys/fs/cgroup{group}/cpu.max")))
    });
    let quota = quota.map(|(quota, period)| whole((quota as f64 / period as f64).ceil()));
    opinion(who, affinity.min(quota.filter(|n| *n > 0).unwrap_or(u32::MAX)), why)
}
