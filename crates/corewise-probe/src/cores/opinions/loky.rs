//! joblib and loky: `cpu_count` in joblib/externals/loky/backend/context.py of joblib 1.6.

use corewise_model::{Known, Opinion};

use super::quota::{cfs, whole};
use super::{Facts, NO_ROOT, no_opinion, opinion, python};

const WHY: &str = "affinity mask, LOKY_MAX_CPU_COUNT, and a quota at the cgroup mount point \
                   alone, rounded up";

pub(super) fn cpu_count(facts: &Facts) -> Opinion {
    let who = "joblib.cpu_count()";
    match user_count(facts) {
        Ok(user) => opinion(who, user.min(online(facts)).max(1), WHY),
        Err(reason) => no_opinion(who, reason, WHY),
    }
}

/// What scikit-learn sizes its OpenMP loops by, and joblib a worker's inner pools.
pub(super) fn physical_cpu_count(facts: &Facts) -> Opinion {
    let who = "joblib.cpu_count(only_physical_cores=True)";
    let why = "physical cores, unless the line above leaves fewer CPUs; scikit-learn's OpenMP \
               loops use it";
    match (user_count(facts), &facts.machine.physical_cores) {
        (Err(reason), _) => no_opinion(who, reason, why),
        (Ok(user), _) if user < online(facts) => opinion(who, user.max(1), why),
        (Ok(_), Known::Known(physical)) => opinion(who, *physical, why),
        (Ok(_), Known::Unknown(reason)) => no_opinion(who, reason, why),
    }
}

/// loky's own `os.cpu_count()`.
fn online(facts: &Facts) -> u32 {
    python::forced(facts).unwrap_or(facts.online)
}

/// Its `_cpu_count_user`; an error where it would raise one.
fn user_count(facts: &Facts) -> Result<u32, String> {
    let told = match facts.target.variable("LOKY_MAX_CPU_COUNT") {
        None => online(facts),
        Some(text) => match text.trim().parse::<i64>() {
            Ok(n) => u32::try_from(n.max(0)).unwrap_or(u32::MAX),
            Err(_) => return Err("it raises ValueError for LOKY_MAX_CPU_COUNT".to_owned()),
        },
    };
    Ok(facts.affinity.min(quota(facts)?).min(told))
}

fn quota(facts: &Facts) -> Result<u32, String> {
    if !facts.target.root_is_visible() {
        return Err(NO_ROOT.to_owned());
    }
    let path = facts.target.inside("/sys/fs/cgroup/cpu.max");
    if let Ok(text) = facts.target.world.read(path)
        && let [quota, period] = text.split_whitespace().collect::<Vec<_>>()[..]
    {
        if quota == "max" {
            return Ok(online(facts));
        }
        return match (quota.parse::<i64>(), period.parse::<i64>()) {
            (Ok(quota), Ok(period)) if quota > 0 && period > 0 => {
                Ok(whole((quota as f64 / period as f64).ceil()))
            }
            (Ok(_), Ok(_)) => Ok(online(facts)),
            _ => Err("it raises ValueError for /sys/fs/cgroup/cpu.max".to_owned()),
        };
    }
    let v1 = cfs(facts, &facts.target.inside("/sys/fs/cgroup/cpu"));
    Ok(v1.map_or(online(facts), |(quota, period)| whole((quota as f64 / period as f64).ceil())))
}
