//! What a batch system granted to the job on this node.
//!
//! A variable is a limit where the batch system itself sets it to CPUs of this node, or to a total
//! over nodes, which bounds this node's part. What a user requested in a form that may span nodes
//! and was not granted is left out, and so are the ranks of an MPI launcher, which counts processes
//! and binds them by affinity.

mod lsf;
mod pbs;
mod sge;
mod slurm;

use corewise_model::Limit;

use super::target::Target;

/// The limits of every batch system whose variables are set. Jobs that start jobs have several.
pub(super) fn limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    let systems = [slurm::limits, pbs::limits, lsf::limits, sge::limits];
    systems.into_iter().flat_map(|system| system(target, gaps)).collect()
}
