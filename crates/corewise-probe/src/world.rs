//! Where facts are read: the machine's own files, or a recorded tree of them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files and environment variables that facts are read from.
///
/// Every path is absolute as on the machine; a recorded world prefixes it with its root, so a test
/// is a folder with `proc/`, `sys/` and an environment.
#[derive(Debug, Clone)]
pub struct World {
    root: PathBuf,
    environment: BTreeMap<String, String>,
}

impl World {
    /// This machine and this process's environment. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn system() -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { root: PathBuf::from("/"), environment }
    }

    /// A recorded tree.
    #[must_use]
    pub fn recorded(root: impl Into<PathBuf>, environment: BTreeMap<String, String>) -> Self {
        Self { root: root.into(), environment }
    }

    /// Whether this is the running machine, so that system calls agree with the files.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.root == Path::new("/")
    }

    /// Where `path`, absolute as on the machine, is to be found.
    #[must_use]
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The text of a file; bytes that are not UTF-8 are replaced.
    pub fn read(&self, path: impl AsRef<Path>) -> io::Result<String> {
        fs::read(self.path(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names in a folder, sorted.
    pub fn list(&self, path: impl AsRef<Path>) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = fs::read_dir(self.path(path))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// An environment variable that is set and not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }
}
