//! Sun, Univa, Altair and Son of Grid Engine.

use corewise_model::{Limit, LimitSource};

use super::super::variables::limit;
use crate::cores::target::Target;

/// `NSLOTS` is the slots of the job's parallel environment, on all its hosts.
pub(super) fn limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    limit(target, LimitSource::BatchSystem, "NSLOTS", gaps).into_iter().collect()
}
