//! The cgroup hierarchies of a process, by controller.

use super::groups::{self, Group};
use super::hierarchy::{Hierarchy, locate};
use super::mounts::{self, Mount, Version};
use super::target::Target;

/// A process's memberships and the mounts through which they may be seen.
pub(super) struct Cgroups {
    groups: Vec<Group>,
    mounts: Vec<Mount>,
    /// The process's own mounts, reached through its root folder; empty for the asking process.
    own_mounts: Vec<Mount>,
}

impl Cgroups {
    /// Reads memberships and mounts.
    pub(super) fn read(target: &Target, gaps: &mut Vec<String>) -> Self {
        let mut text = |path: String| {
            target.world.read(&path).unwrap_or_else(|error| {
                gaps.push(format!("{path} cannot be read ({error}): CPU quotas are unknown"));
                String::new()
            })
        };
        let groups = groups::parse(&text(target.file("cgroup")));
        let mounts = mounts::parse(&text("/proc/self/mountinfo".to_owned()));
        let mut own_mounts = Vec::new();
        if target.pid.is_some() {
            // Best effort: our own mounts show most processes, and another user's are closed.
            let text = target.world.read(target.file("mountinfo")).unwrap_or_default();
            own_mounts = mounts::parse(&text);
            for mount in &mut own_mounts {
                mount.point = target.inside(&mount.point).to_string_lossy().into_owned();
            }
        }
        Self { groups, mounts, own_mounts }
    }

    /// The hierarchies that may have `controller`: one of v1, the unified one, both or none. Which
    /// of them has it on a hybrid host is told by the files in its groups.
    pub(super) fn hierarchies(&self, controller: &str, gaps: &mut Vec<String>) -> Vec<Hierarchy> {
        let mut found = Vec::new();
        for group in self.groups.iter().filter(|group| group.may_have(controller)) {
            let ours = locate(group, controller, &self.mounts);
            let theirs = || locate(group, controller, &self.own_mounts);
            let hierarchy = match ours {
                Some(hierarchy) if !hierarchy.own_is_hidden => Some(hierarchy),
                other => theirs().filter(|hierarchy| !hierarchy.own_is_hidden).or(other),
            };
            let v1_has_it = || {
                let v1 =
                    |group: &&Group| group.version == Version::V1 && group.may_have(controller);
                self.groups.iter().find(v1).is_some()
            };
            match hierarchy {
                Some(hierarchy) => {
                    if hierarchy.own_is_hidden {
                        gaps.push(format!(
                            "only {} is visible of the groups above cgroup {:?}: a {controller} \
                             limit below it is unknown",
                            hierarchy.folders[0].display(),
                            group.path
                        ));
                    }
                    found.push(hierarchy);
                }
                // On a hybrid host the unified hierarchy is often not mounted in containers, and
                // has not the controller.
                None if group.version == Version::V2 && v1_has_it() => {}
                None => gaps.push(format!(
                    "cgroup {:?} is not visible through any cgroup mount: a {controller} limit of \
                     it is unknown",
                    group.path
                )),
            }
        }
        found
    }
}
