//! Sessions: a table under a name that other processes find.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use crate::{Liveness, Settings, Table, TableError, liveness, this_process};

/// The environment variable by which processes inherit a session: the path of its file.
pub const SESSION_VARIABLE: &str = "COREWISE_SESSION";

/// A session that this process began or shares. Ends when dropped: the file is removed, unless it
/// has a name and other processes are still in it. Processes in it go on with what they have mapped.
#[derive(Debug)]
pub struct Session {
    path: PathBuf,
    table: Table,
    named: bool,
}

impl Session {
    /// Begins a session that only those find who inherit its path.
    pub fn begin(settings: Settings) -> Result<Self, TableError> {
        let folder = folder();
        let user = user();
        let mut last = TableError::System("open", libc::EEXIST);
        for attempt in 0..100_u32 {
            // The start time tells it from one that an earlier process with this PID left behind.
            let start = this_process().map_or(0, crate::Owner::start);
            let name = format!("corewise-{user}-{}-{start}-{attempt}", process::id());
            let path = folder.join(name);
            match Table::create(&c_string(&path)?, settings) {
                Ok(table) => return Ok(Self { path, table, named: false }),
                Err(TableError::System(_, libc::EEXIST)) => {}
                Err(error) => {
                    last = error;
                    break;
                }
            }
        }
        Err(last)
    }

    /// Begins the session `name`, or shares it where it is there already: then its settings count.
    pub fn share(name: &str, settings: Settings) -> Result<Self, TableError> {
        let path = folder().join(format!("corewise-{}.{name}", user()));
        let target = c_string(&path)?;
        for _ in 0..100 {
            match Table::open(&target) {
                Ok(table) => return Ok(Self { path, table, named: true }),
                Err(TableError::System(_, libc::ENOENT)) => {}
                Err(error) => return Err(error),
            }
            // Finished first, then named: nobody finds half of it.
            let new = Self::begin(settings)?;
            match fs::hard_link(&new.path, &path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(TableError::System("link", error.raw_os_error().unwrap_or(0)));
                }
            }
        }
        Err(TableError::NotATable)
    }

    /// What other processes need to share it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its table.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn is_in_use(&self) -> bool {
        let slots = self.table.slots();
        (0..slots.high())
            .filter_map(|index| slots.read(index, 0))
            .any(|reading| liveness(reading.owner) != Liveness::Dead)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.named || !self.is_in_use() {
            // Where it is gone already, so much the better.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the table of a session by its path.
pub fn open(path: &Path) -> Result<Table, TableError> {
    Table::open(&c_string(path)?)
}

/// Where sessions live: in memory, so that no disk is written.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        return memory.to_owned();
    }
    env::var_os("XDG_RUNTIME_DIR").map_or_else(env::temp_dir, PathBuf::from)
}

fn user() -> u32 {
    // SAFETY: `geteuid` has no preconditions.
    unsafe { libc::geteuid() }
}

fn c_string(path: &Path) -> Result<CString, TableError> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| TableError::System("open", libc::EINVAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Settings = Settings { budget: 2, deterministic: false };

    #[test]
    fn a_session_ends_with_its_value() {
        let session = Session::begin(TWO).unwrap();
        let path = session.path().to_owned();
        assert_eq!(open(&path).unwrap().settings(), TWO);
        drop(session);
        assert_eq!(open(&path).unwrap_err(), TableError::System("open", libc::ENOENT));
    }

    #[test]
    fn a_named_session_is_shared_until_the_last_process_leaves() {
        let name = format!("test-{}", process::id());
        let first = Session::share(&name, TWO).unwrap();
        let slot = first.table().slots().claim(this_process().unwrap(), 0, 0).unwrap();
        let other = Settings { budget: 7, deterministic: true };
        let second = Session::share(&name, other).unwrap();
        assert_eq!(second.table().settings(), TWO);
        let path = second.path().to_owned();
        drop(second);
        assert!(path.exists());
        first.table().slots().release(slot);
        drop(first);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_session_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, b"text").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(open(&path).unwrap_err(), TableError::NotATable);
        fs::write(&path, vec![0; Table::BYTES]).unwrap();
        assert_eq!(open(&path).unwrap_err(), TableError::NotATable);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(open(&path).unwrap_err(), TableError::NotOurs);
        assert!(matches!(open(folder.path()).unwrap_err(), TableError::System("open", _)));
    }
}
