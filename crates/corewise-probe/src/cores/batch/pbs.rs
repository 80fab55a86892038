//! PBS Professional, its free successor, and Torque.

use corewise_model::{Limit, LimitSource};

use super::super::variables::limit;
use crate::cores::target::Target;

/// `NCPUS` is what PBS Professional sets to the CPUs of the job's chunk on its first node (pbs(1)
/// calls it `ncpus`); the name is used elsewhere too, so it counts inside a PBS job alone.
/// `PBS_NUM_PPN` is Torque's number of processors per node. `PBS_NP`, a total over nodes, follows.
pub(super) fn limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    let job = ["PBS_JOBID", "PBS_ENVIRONMENT"].iter().any(|name| target.variable(name).is_some());
    let mut names = Vec::new();
    if job {
        names.push("NCPUS");
    }
    names.extend(["PBS_NUM_PPN", "PBS_NP"]);
    names
        .into_iter()
        .filter_map(|name| limit(target, LimitSource::BatchSystem, name, gaps))
        .collect()
}
