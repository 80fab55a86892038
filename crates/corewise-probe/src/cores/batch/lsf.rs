//! IBM Spectrum LSF.

use corewise_model::{Cores, Limit, LimitSource};

use super::super::variables::{limit, nonsense, positive};
use crate::cores::target::Target;

/// This host's slots in `LSB_MCPU_HOSTS` (`hosta 4 hostb 2`), and `LSB_DJOB_NUMPROC`, the slots
/// granted on all hosts. `LSB_MAX_NUM_PROCESSORS`, the slots requested at most, counts where the
/// grant is not told.
pub(super) fn limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    let granted = limit(target, LimitSource::BatchSystem, "LSB_DJOB_NUMPROC", gaps)
        .or_else(|| limit(target, LimitSource::BatchSystem, "LSB_MAX_NUM_PROCESSORS", gaps));
    on_this_host(target, gaps).into_iter().chain(granted).collect()
}

fn on_this_host(target: &Target, gaps: &mut Vec<String>) -> Option<Limit> {
    let name = "LSB_MCPU_HOSTS";
    let text = target.variable(name)?;
    let hostname = target.world.read("/proc/sys/kernel/hostname").ok()?;
    let short = |host: &str| host.trim().split('.').next().unwrap_or_default().to_owned();
    let here = short(&hostname);
    let words: Vec<&str> = text.split_whitespace().collect();
    let (host, slots) = words
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .find(|(host, _)| short(host) == here)?;
    let Some(cores) = positive(slots) else {
        gaps.push(nonsense(name, text));
        return None;
    };
    Some(Limit {
        source: LimitSource::BatchSystem,
        cores: Cores(f64::from(cores)),
        from: name.to_owned(),
        detail: format!("{cores} slots on {host}"),
    })
}
