//! Sessions: a table under a name that other processes find.

use std::ffi::CString;
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io, process};

use crate::{Settings, Table, TableError, this_process};

/// The environment variable by which processes inherit a session: the path of its file.
pub const SESSION_VARIABLE: &str = "COREWISE_SESSION";

/// A session that this process began or shares. Ends when dropped: the file is removed, unless
/// others hold it too. Processes in it go on with what they have mapped.
#[derive(Debug)]
pub struct Session {
    path: PathBuf,
    table: Table,
    /// Locked in common by each who holds the session; a lock ends with its process.
    file: File,
    /// A forked process has a copy of this value, which means nothing.
    holder: u32,
}

/// Sessions that this process has begun: each has a name of its own.
static BEGUN: AtomicU32 = AtomicU32::new(0);

impl Session {
    /// Begins a session that only those find who inherit its path.
    pub fn begin(settings: Settings) -> Result<Self, TableError> {
        remove_abandoned();
        let start = this_process().map_or(0, crate::Owner::start);
        for _ in 0..100_u32 {
            let number = BEGUN.fetch_add(1, Ordering::Relaxed);
            // The start time tells it from one that an earlier process with this PID left behind.
            let name = format!("{}{}-{start}-{number}", prefix(), process::id());
            let path = folder().join(name);
            match Table::create(&c_string(&path)?, settings) {
                Ok(table) => return Self::hold(path, table),
                Err(TableError::System(_, libc::EEXIST)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TableError::System("open", libc::EEXIST))
    }

    /// Begins the session `name`, or shares it where it is there already: then its settings count.
    pub fn share(name: &str, settings: Settings) -> Result<Self, TableError> {
        let path = folder().join(format!("corewise-{}.{name}", user()));
        let target = c_string(&path)?;
        for _ in 0..100 {
            match Table::open(&target) {
                Ok(table) => {
                    let session = Self::hold(path.clone(), table)?;
                    // The last holder may have removed the file before it was locked here.
                    if session.is_at_its_path() {
                        return Ok(session);
                    }
                    continue;
                }
                Err(TableError::System(_, libc::ENOENT)) => {}
                Err(error) => return Err(error),
            }
            // Finished first, then named: nobody finds half of it.
            let new = Self::begin(settings)?;
            match fs::hard_link(&new.path, &path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(system("link", &error)),
            }
        }
        Err(TableError::NotATable)
    }

    fn hold(path: PathBuf, table: Table) -> Result<Self, TableError> {
        let file = File::open(&path).map_err(|error| system("open", &error))?;
        file.lock_shared().map_err(|error| system("flock", &error))?;
        Ok(Self { path, table, file, holder: process::id() })
    }

    fn is_at_its_path(&self) -> bool {
        let same = |a: Metadata, b: Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(there), Ok(here)) => same(there, here),
            _ => false,
        }
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
}

impl Drop for Session {
    fn drop(&mut self) {
        // The lock of the last one becomes exclusive.
        if self.holder == process::id() && self.file.try_lock().is_ok() && self.is_at_its_path() {
            // Where it is gone already, so much the better.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what this user's processes left behind that were killed while they held a session.
fn remove_abandoned() {
    let prefix = prefix();
    for entry in fs::read_dir(folder()).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(&prefix) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.metadata().is_ok_and(|data| data.uid() == user() && is_old(&data))
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file was made long enough ago for its maker to have locked it.
fn is_old(data: &Metadata) -> bool {
    data.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age.as_secs() > 60)
}

/// Opens the table of a session by its path.
pub fn open(path: &Path) -> Result<Table, TableError> {
    Table::open(&c_string(path)?)
}

/// Whether a path is one of a session of this user, by its name.
#[must_use]
pub fn is_session(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let rest = name.strip_prefix(&format!("corewise-{}", user()));
    path.parent() == Some(&folder()) && rest.is_some_and(|rest| rest.starts_with(['-', '.']))
}

/// Where sessions live: in memory, so that no disk is written.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        return memory.to_owned();
    }
    env::var_os("XDG_RUNTIME_DIR").map_or_else(env::temp_dir, PathBuf::from)
}

/// What the names of sessions without a name begin with.
fn prefix() -> String {
    format!("corewise-{}-", user())
}

fn system(call: &'static str, error: &io::Error) -> TableError {
    TableError::System(call, error.raw_os_error().unwrap_or(0))
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
    fn a_named_session_is_shared_until_the_last_one_leaves() {
        let name = format!("test-{}", process::id());
        let first = Session::share(&name, TWO).unwrap();
        let other = Settings { budget: 7, deterministic: true };
        let second = Session::share(&name, other).unwrap();
        assert_eq!(second.table().settings(), TWO);
        let path = second.path().to_owned();
        drop(second);
        assert!(path.exists());
        let third = Session::share(&name, other).unwrap();
        drop(first);
        assert_eq!(third.table().settings(), TWO);
        drop(third);
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
