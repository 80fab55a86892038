//! A process's cgroups by the names that it sees itself.

use std::fs;
use std::path::PathBuf;

use super::Facts;
use crate::cores::groups::{self, Group};
use crate::cores::mounts;

/// The memberships as the process's own `/proc/self/cgroup` has them. What we read is named from
/// our cgroup namespace; in another one the names begin at its root, which is the root of the
/// cgroup mount that was made in it.
pub(super) fn groups(facts: &Facts) -> Vec<Group> {
    let world = facts.target.world;
    let text = world.read(facts.target.file("cgroup")).unwrap_or_default();
    let mut groups = groups::parse(&text);
    let namespace = |path: PathBuf| fs::read_link(world.path(path)).ok();
    let ours = namespace(PathBuf::from("/proc/self/ns/cgroup"));
    if facts.target.pid.is_some() && ours != namespace(facts.target.file("ns/cgroup").into()) {
        let text = world.read(facts.target.file("mountinfo")).unwrap_or_default();
        let mounts = mounts::parse(&text);
        for group in &mut groups {
            let root = mounts.iter().find_map(|mount| {
                let rest = group.path.strip_prefix(mount.root.trim_end_matches('/'))?;
                (mount.serves(group) && (rest.is_empty() || rest.starts_with('/')))
                    .then(|| rest.to_owned())
            });
            if let Some(rest) = root {
                group.path = if rest.is_empty() { "/".to_owned() } else { rest };
            }
        }
    }
    groups
}
