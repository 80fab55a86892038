//! Where cgroup hierarchies are mounted.

use super::groups::Group;

/// The two interfaces of cgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// One hierarchy for each controller or pair of controllers.
    V1,
    /// The unified hierarchy.
    V2,
}

/// A mount of a cgroup hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) version: Version,
    /// The group that stands at the mount point, as the reader's cgroup namespace names it. Not
    /// `/` for a bind mount of a part (Docker without a private cgroup namespace), and `/..` and
    /// above where the mount was made outside the reader's cgroup namespace.
    pub(super) root: String,
    /// The folder.
    pub(super) point: String,
    /// The mount's options; of v1 they name the controllers.
    controllers: String,
}

impl Mount {
    /// Whether this v1 mount has `controller`. A v2 mount tells by the files in its groups.
    pub(super) fn has(&self, controller: &str) -> bool {
        self.version == Version::V2 || self.controllers.split(',').any(|name| name == controller)
    }

    /// Whether this is a mount of the hierarchy that `group` belongs to.
    pub(super) fn serves(&self, group: &Group) -> bool {
        self.version == group.version && group.controllers().all(|name| self.has(name))
    }
}

/// The cgroup mounts of a `mountinfo` file: `ID parent major:minor root point options [tags] -
/// type source super-options`, see `proc_pid_mountinfo(5)`.
pub(super) fn parse(mountinfo: &str) -> Vec<Mount> {
    mountinfo.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Mount> {
    let (mount, filesystem) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, point) = (mount.next()?, mount.next()?);
    let mut filesystem = filesystem.split(' ');
    let version = match filesystem.next()? {
        "cgroup" => Version::V1,
        "cgroup2" => Version::V2,
        _ => return None,
    };
    let controllers = filesystem.nth(1).unwrap_or_default().to_owned();
    Some(Mount { version, root: unescape(root), point: unescape(point), controllers })
}

/// Undoes the kernel's octal escapes of space, tab, newline and backslash.
fn unescape(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let escape = escapes.iter().find(|(code, _)| rest.starts_with(code));
        let (length, character) =
            escape.map_or((1, "\\"), |(code, character)| (code.len(), character));
        plain.push_str(character);
        rest = &rest[length..];
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cgroup_mounts_are_taken() {
        let mounts = parse(
            "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
             31 22 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
             32 22 0:28 /a\\040b /mnt/x\\134y rw - cgroup2 none rw,nsdelegate\n\
             broken line\n",
        );
        assert_eq!(mounts.len(), 2);
        assert!(mounts[0].has("cpu") && mounts[0].has("cpuacct") && !mounts[0].has("cpuset"));
        assert_eq!((mounts[1].root.as_str(), mounts[1].point.as_str()), ("/a b", "/mnt/x\\y"));
    }
}
