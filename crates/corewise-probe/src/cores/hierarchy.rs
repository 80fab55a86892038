//! The folders of a process's cgroup and of the groups above it.

use std::path::PathBuf;

use super::groups::Group;
use super::mounts::{Mount, Version};

/// A group and those above it, as far up as they can be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hierarchy {
    pub(super) version: Version,
    /// The group's own folder first, the mount point last.
    pub(super) folders: Vec<PathBuf>,
    /// Whether the folders begin above the group's own, whose name cannot be known.
    pub(super) own_is_hidden: bool,
}

/// Finds `group` below the mounts that have `controller`; the mount that shows the most is taken.
///
/// Both the group's path and a mount's root are named from the root of the reader's cgroup
/// namespace. `None`: no mount shows the group or one above it.
pub(super) fn locate(group: &Group, controller: &str, mounts: &[Mount]) -> Option<Hierarchy> {
    mounts
        .iter()
        .filter(|mount| mount.version == group.version && mount.has(controller))
        .filter_map(|mount| {
            let (names, hidden) = below(&mount.root, &group.path)?;
            Some((mount, names, hidden))
        })
        // The most names below the mount point are the most groups above; a later mount at the
        // same place covers an earlier one.
        .max_by_key(|(_, names, hidden)| (!*hidden, names.len()))
        .map(|(mount, names, hidden)| {
            let point = PathBuf::from(&mount.point);
            let folders = (0..=names.len())
                .rev()
                .map(|depth| {
                    names[..depth].iter().fold(point.clone(), |path, name| path.join(name))
                })
                .collect();
            Hierarchy { version: group.version, folders, own_is_hidden: hidden }
        })
}

/// The names from the group `root` down to the group `path`, and whether names between them are
/// hidden; `None` where `root` is not above `path`.
fn below<'a>(root: &str, path: &'a str) -> Option<(Vec<&'a str>, bool)> {
    let (root_up, root_names) = split(root)?;
    let (path_up, path_names) = split(path)?;
    if root_up > path_up {
        // The mount's root lies above the namespace's root, which has no name from here.
        return root_names.is_empty().then(|| (Vec::new(), true));
    }
    if root_up < path_up || !path_names.starts_with(&root_names) {
        return None;
    }
    Some((path_names[root_names.len()..].to_vec(), false))
}

/// How many times `..` leads, and the names that follow.
fn split(path: &str) -> Option<(usize, Vec<&str>)> {
    let names: Vec<&str> = path.split('/').filter(|n| !n.is_empty() && *n != ".").collect();
    let up = names.iter().take_while(|name| **name == "..").count();
    let names = names[up..].to_vec();
    (!names.contains(&"..")).then_some((up, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_named_from_its_mount() {
        let case = |root, path| below(root, path);
        assert_eq!(case("/", "/"), Some((vec![], false)));
        assert_eq!(case("/", "/a/b"), Some((vec!["a", "b"], false)));
        assert_eq!(case("/docker/x", "/docker/x"), Some((vec![], false)));
        assert_eq!(case("/docker/x", "/docker/x/y"), Some((vec!["y"], false)));
        assert_eq!(case("/..", "/../a"), Some((vec!["a"], false)));
        assert_eq!(case("/../..", "/a"), Some((vec![], true)));
        assert_eq!(case("/docker/x", "/docker/xy"), None);
        assert_eq!(case("/docker/x", "/"), None);
        assert_eq!(case("/", "/../a"), None);
        assert_eq!(case("/../b", "/"), None);
        assert_eq!(case("/", "/a/../../etc"), None);
    }

    #[test]
    fn the_mount_that_shows_the_most_is_taken() {
        let mounts = super::super::mounts::parse(
            "1 0 0:1 /pod/box /sys/fs/cgroup ro - cgroup2 none rw\n\
             2 0 0:1 / /host/cgroup ro - cgroup2 none rw\n\
             3 0 0:1 /.. /above ro - cgroup2 none rw\n",
        );
        let group = &super::super::groups::parse("0::/pod/box\n")[0];
        let hierarchy = locate(group, "cpu", &mounts).unwrap();
        let folders: Vec<_> = hierarchy.folders.iter().map(|f| f.to_str().unwrap()).collect();
        assert_eq!(folders, ["/host/cgroup/pod/box", "/host/cgroup/pod", "/host/cgroup"]);
    }
}
