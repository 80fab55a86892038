//! Slurm. The variables are those of srun(1) and sbatch(1), "OUTPUT ENVIRONMENT VARIABLES".

use corewise_model::{Cores, Limit, LimitSource};

use super::super::variables::{limit, nonsense, positive};
use crate::cores::target::Target;

/// `SLURM_CPUS_PER_TASK` (set only where `--cpus-per-task` was given), the node's CPUs of the step
/// or job, and, in a step of several tasks without `--cpus-per-task`, the task's even share.
pub(super) fn limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    let source = LimitSource::BatchSystem;
    let per_task = limit(target, source, "SLURM_CPUS_PER_TASK", gaps);
    let node = limit(target, source, "SLURM_CPUS_ON_NODE", gaps)
        .or_else(|| this_node(target, "SLURM_JOB_CPUS_PER_NODE", gaps));
    let share = match (&per_task, &node) {
        (None, Some(node)) => share(target, node, gaps),
        _ => None,
    };
    [per_task, node, share].into_iter().flatten().collect()
}

/// The even share of a task. `SLURM_STEP_TASKS_PER_NODE` is set by `srun` alone, so a batch script,
/// which has the node's CPUs to itself until it starts steps, gets no share.
fn share(target: &Target, node: &Limit, gaps: &mut Vec<String>) -> Option<Limit> {
    let tasks = this_node(target, "SLURM_STEP_TASKS_PER_NODE", gaps)?;
    (tasks.cores.0 > 1.0).then(|| Limit {
        source: LimitSource::BatchSystem,
        cores: Cores(node.cores.0 / tasks.cores.0),
        detail: format!("{} CPUs for {} tasks on this node", node.cores, tasks.cores),
        from: format!("{} and SLURM_STEP_TASKS_PER_NODE", node.from),
    })
}

/// The entry of this node (`SLURM_NODEID`, else the first) in a list such as `4(x2),8`.
fn this_node(target: &Target, name: &str, gaps: &mut Vec<String>) -> Option<Limit> {
    let text = target.variable(name)?;
    let index = target.variable("SLURM_NODEID").and_then(|id| id.trim().parse().ok()).unwrap_or(0);
    let Some(cores) = entry(text, index) else {
        gaps.push(nonsense(name, text));
        return None;
    };
    Some(Limit {
        source: LimitSource::BatchSystem,
        cores: Cores(f64::from(cores)),
        from: name.to_owned(),
        detail: format!("{name}={}, node {index}", text.trim()),
    })
}

/// The entry with this index in `4(x2),8`, which is short for 4, 4, 8.
fn entry(text: &str, index: u32) -> Option<u32> {
    let mut left = index;
    for part in text.split(',') {
        let (count, times) = match part.trim().split_once("(x") {
            Some((count, times)) => (count, positive(times.strip_suffix(')')?)?),
            None => (part, 1),
        };
        let count = positive(count)?;
        if left < times {
            return Some(count);
        }
        left -= times;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::entry;

    #[test]
    fn repeated_entries_are_counted() {
        assert_eq!([0, 1, 2, 3].map(|i| entry("4(x2),8", i)), [Some(4), Some(4), Some(8), None]);
        assert_eq!(entry("16", 0), Some(16));
        for text in ["", "x", "4(x", "4(x)", "4(x0)", "-4", "4(x2"] {
            assert_eq!(entry(text, 0), None, "{text}");
        }
    }
}
