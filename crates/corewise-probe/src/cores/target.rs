//! The process that is asked about: its folder in /proc and its environment.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use corewise_model::Pid;
use rustix::io::Errno;

use super::CoresError;
use crate::World;

/// A process in a world.
pub(super) struct Target<'w> {
    pub(super) world: &'w World,
    pub(super) pid: Option<Pid>,
    /// The text of its `status` file; empty where /proc is not mounted.
    pub(super) status: String,
    /// Another process's environment as it was started with; `None` where it may not be read.
    environment: Option<BTreeMap<String, String>>,
}

impl<'w> Target<'w> {
    /// The process `pid`, or the one that asks.
    pub(super) fn new(
        world: &'w World,
        pid: Option<Pid>,
        gaps: &mut Vec<String>,
    ) -> Result<Self, CoresError> {
        let mut target = Self { world, pid, status: String::new(), environment: None };
        match (world.read(target.file("status")), pid) {
            (Ok(status), _) => target.status = status,
            (Err(error), None) => gaps.push(format!(
                "/proc/self/status cannot be read ({error}): the affinity mask is unknown"
            )),
            (Err(error), Some(pid)) => return Err(refusal(pid, &target.file("status"), error)),
        }
        if let Some(pid) = pid {
            match world.read(target.file("environ")) {
                Ok(text) => target.environment = Some(variables(&text)),
                Err(error) => gaps.push(format!(
                    "the environment of process {pid} cannot be read ({error}): limits by a batch \
                     system or by PYTHON_CPU_COUNT and LOKY_MAX_CPU_COUNT are unknown"
                )),
            }
            if target.status_field("State").is_some_and(|state| state.starts_with('Z')) {
                gaps.push(format!("process {pid} has ended and waits for its parent (a zombie)"));
            }
        }
        Ok(target)
    }

    /// A file in the process's folder of /proc.
    pub(super) fn file(&self, name: &str) -> String {
        match self.pid {
            Some(pid) => format!("/proc/{pid}/{name}"),
            None => format!("/proc/self/{name}"),
        }
    }

    /// `path` as this process would find it: through its own root for another process, which may
    /// live in a container.
    pub(super) fn inside(&self, path: &str) -> PathBuf {
        match self.pid {
            Some(pid) => PathBuf::from(format!("/proc/{pid}/root{path}")),
            None => PathBuf::from(path),
        }
    }

    /// Whether the process's own files can be reached by [`Self::inside`].
    pub(super) fn root_is_visible(&self) -> bool {
        self.pid.is_none() || self.world.list(self.inside("/")).is_ok()
    }

    /// An environment variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        match (&self.environment, self.pid) {
            (_, None) => self.world.variable(name),
            (Some(environment), _) => {
                environment.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
            }
            (None, Some(_)) => None,
        }
    }

    /// A field of its `status` file.
    pub(super) fn status_field(&self, name: &str) -> Option<&str> {
        self.status.lines().find_map(|line| {
            let (field, value) = line.split_once(':')?;
            (field == name).then(|| value.trim())
        })
    }
}

fn refusal(pid: Pid, path: &str, error: io::Error) -> CoresError {
    // A process that dies between opening and reading its file gives ESRCH.
    let gone = Errno::from_io_error(&error) == Some(Errno::SRCH);
    match error.kind() {
        ErrorKind::NotFound => CoresError::NoProcess(pid),
        _ if gone => CoresError::NoProcess(pid),
        ErrorKind::PermissionDenied => CoresError::Permission(pid),
        _ => CoresError::Unreadable { path: path.to_owned(), source: error },
    }
}

/// The variables of an `environ` file. Of a name that stands twice the first counts, as for
/// `getenv`.
fn variables(text: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (name, value) in text.split('\0').filter_map(|entry| entry.split_once('=')) {
        variables.entry(name.to_owned()).or_insert_with(|| value.to_owned());
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn the_first_of_two_variables_counts() {
        let environment = variables("A=1\0B=x=y\0A=2\0nonsense\0");
        assert_eq!(environment["A"], "1");
        assert_eq!(environment["B"], "x=y");
        assert_eq!(environment.len(), 2);
    }
}
