//! Throttling counters of cgroups.

use std::path::Path;

use corewise_model::{Nanos, Throttling};

use super::mounts::Version;
use crate::World;

/// The counters in a group's `cpu.stat`; `None` where there are none. v2 counts the throttled time
/// in microseconds, v1 in nanoseconds.
pub(super) fn read(world: &World, folder: &Path, version: Version) -> Option<Throttling> {
    let text = world.read(folder.join("cpu.stat")).ok()?;
    let counter = |name: &str| {
        text.lines().find_map(|line| {
            let (field, value) = line.split_once(' ')?;
            (field == name).then(|| value.trim().parse::<u64>().ok()).flatten()
        })
    };
    let throttled = match version {
        Version::V1 => counter("throttled_time")?,
        Version::V2 => counter("throttled_usec")?.saturating_mul(1000),
    };
    Some(Throttling {
        path: folder.to_string_lossy().into_owned(),
        periods: counter("nr_periods")?,
        throttled_periods: counter("nr_throttled")?,
        throttled: Nanos(throttled),
    })
}
