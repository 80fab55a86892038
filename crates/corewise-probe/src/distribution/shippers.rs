//! Asking each kind of package in turn.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use corewise_model::{Distribution, Known, Pid};

use super::{conda, debian, wheel};

/// Answers by root and path: the workers of a process pool all have the same files, and a search
/// may read some megabytes of lists.
type Answers = HashMap<(PathBuf, String), Known<Distribution>>;
static ANSWERS: Mutex<Option<Answers>> = Mutex::new(None);

/// The packages of one root file system.
#[derive(Debug, Clone)]
pub struct Shippers {
    root: PathBuf,
}

impl Shippers {
    /// The packages under a root: `/`, or a container's.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The packages that a process sees.
    #[must_use]
    pub fn of_process(pid: Pid) -> Self {
        let theirs = PathBuf::from(format!("/proc/{pid}/root"));
        let identity = |path: &Path| fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
        let foreign = identity(&theirs).is_some_and(|root| Some(root) != identity(Path::new("/")));
        Self::under(if foreign { theirs } else { PathBuf::from("/") })
    }

    /// Who shipped the file with this path, as the kernel has it: absolute, without symbolic links.
    #[must_use]
    pub fn of(&self, path: &str) -> Known<Distribution> {
        let key = (self.root.clone(), path.to_owned());
        let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = answers.get_or_insert_with(HashMap::new);
        answers.entry(key).or_insert_with(|| self.find(path)).clone()
    }

    fn find(&self, path: &str) -> Known<Distribution> {
        let inside = Path::new(path);
        if !inside.is_absolute() {
            return Known::unknown("it has no path");
        }
        conda::find(&self.root, inside)
            .or_else(|| wheel::find(&self.root, inside))
            .or_else(|| debian::find(&self.root, inside))
            .map_or_else(
                || Known::unknown("no conda package, wheel or Debian package lists the file"),
                Known::Known,
            )
    }
}

/// Where an absolute path is to be found under a root.
pub(super) fn under(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// The path without `.` and `..`, by its words alone.
pub(super) fn lexical(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut lexical, component| {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                lexical.pop();
            }
            other => lexical.push(other),
        }
        lexical
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_taken_out() {
        let path = Path::new("/v/lib/python3.11/site-packages/../../libiomp5.so");
        assert_eq!(lexical(path), Path::new("/v/lib/libiomp5.so"));
    }

    #[test]
    fn what_nobody_lists_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let shippers = Shippers::under(folder.path());
        assert!(shippers.of("/home/me/libx.so").get().is_none());
        assert!(shippers.of("[vdso]").get().is_none());
    }
}
