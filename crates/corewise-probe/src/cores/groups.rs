//! The cgroups that a process belongs to.

use super::mounts::Version;

/// Membership in one hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) version: Version,
    controllers: String,
    /// The group, relative to the root of the reader's cgroup namespace: it begins with `/..`
    /// where the group lies outside of that.
    pub(super) path: String,
}

impl Group {
    /// The controllers of its v1 hierarchy, `name=…` among them; none of the unified one.
    pub(super) fn controllers(&self) -> impl Iterator<Item = &str> {
        self.controllers.split(',').filter(|name| !name.is_empty())
    }

    /// Whether the hierarchy may have `controller`.
    pub(super) fn may_have(&self, controller: &str) -> bool {
        self.version == Version::V2 || self.controllers().any(|name| name == controller)
    }
}

/// The lines of a `cgroup` file: `ID:controllers:path`, of which the path may have colons.
pub(super) fn parse(text: &str) -> Vec<Group> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.splitn(3, ':');
            let (id, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            let v2 = id == "0" && controllers.is_empty();
            let version = if v2 { Version::V2 } else { Version::V1 };
            Some(Group { version, controllers: controllers.to_owned(), path: path.to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_colons() {
        let groups = parse("4:cpu,cpuacct:/a:b\n0::/\nx\n1:name=systemd:/\n");
        assert_eq!(groups.len(), 3);
        assert_eq!(groups[0].path, "/a:b");
        assert!(groups[0].may_have("cpu") && !groups[0].may_have("cpuset"));
        assert_eq!(groups[1].version, Version::V2);
        assert!(!groups[2].may_have("cpu"));
    }
}
