//! Quota files as the simpler readers take them.

use std::path::Path;

use super::Facts;

/// Quota and period of a `cpu.max` that holds two numbers.
pub(super) fn cpu_max(facts: &Facts, path: impl AsRef<Path>) -> Option<(u64, u64)> {
    let text = facts.target.world.read(path).ok()?;
    let mut words = text.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok().filter(|n| *n > 0)?))
}

/// Quota and period of a v1 group with a quota.
pub(super) fn cfs(facts: &Facts, folder: &Path) -> Option<(u64, u64)> {
    let read = |name: &str| facts.target.world.read(folder.join(name)).ok()?.trim().parse().ok();
    Some((read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us").filter(|n| *n > 0)?))
}

/// A count as it is shown.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(super) fn whole(n: f64) -> u32 {
    n.clamp(0.0, f64::from(u32::MAX)) as u32
}
