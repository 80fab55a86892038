//! How many cores a process may use, and why.

use serde::{Deserialize, Serialize};

use crate::{Cores, CpuSet, Known, Nanos};

/// The cores that the machine, affinity, cpuset, quota and batch system leave to a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allowed {
    /// The tightest of `limits`, as a fraction of cores.
    pub cores: Cores,
    /// `cores` as a number of threads for a pool: see [`Cores::threads`].
    pub threads: u32,
    /// Every limit that was found, in the order in which it was looked for. The first is what the
    /// machine has online, so the list is never empty.
    pub limits: Vec<Limit>,
    /// The limits of `limits` that decided, as indices; several where they agree.
    pub decided_by: Vec<u32>,
    /// What the machine has, whoever may use it.
    pub machine: Machine,
    /// Throttling since the cgroup was made, one entry for each group with a quota.
    pub throttling: Vec<Throttling>,
    /// What other libraries and commands would say instead.
    pub opinions: Vec<Opinion>,
    /// What could not be read or believed, each one sentence; a limit may be missing for it.
    pub gaps: Vec<String>,
}

/// One reason why a process may not use more cores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// What kind of limit it is.
    pub source: LimitSource,
    /// What it leaves.
    pub cores: Cores,
    /// Where it was read: a path, or the name of an environment variable.
    pub from: String,
    /// What was read there, in words: `200 ms in 100 ms`, `0-3`.
    pub detail: String,
}

/// The kinds of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    /// Logical CPUs that are online.
    Online,
    /// The affinity mask of the process (`sched_setaffinity`, `taskset`).
    Affinity,
    /// The cpuset cgroup (`docker --cpuset-cpus`).
    Cpuset,
    /// The CPU quota of a cgroup (`docker --cpus`, a Kubernetes CPU limit).
    Quota,
    /// What a batch system granted (Slurm, PBS, LSF, SGE).
    BatchSystem,
    /// What the user told Python or loky (`PYTHON_CPU_COUNT`, `LOKY_MAX_CPU_COUNT`).
    Environment,
}

/// What the machine has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Logical CPUs that are online.
    pub online: CpuSet,
    /// Physical cores among them (distinct package and core numbers).
    pub physical_cores: Known<u32>,
    /// Logical CPUs per physical core (SMT siblings): 1 without SMT.
    pub threads_per_core: Known<u32>,
    /// NUMA nodes with at least one online CPU.
    pub numa_nodes: Known<u32>,
    /// The processor's name, as /proc/cpuinfo has it.
    pub cpu_model: Known<String>,
}

/// What the kernel counts when a CPU quota is used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttling {
    /// The cgroup's folder.
    pub path: String,
    /// Enforcement periods that have passed with work in them.
    pub periods: u64,
    /// Periods in which the group was stopped.
    pub throttled_periods: u64,
    /// How long it was stopped, summed over CPUs.
    pub throttled: Nanos,
}

/// What somebody else would call the core count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// Who: `os.cpu_count()`, `nproc`, `joblib.cpu_count()` …
    pub who: String,
    /// What it would answer.
    pub cores: Known<u32>,
    /// Why it answers that: what it looks at.
    pub why: String,
}
