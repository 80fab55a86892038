//! All that is to be said of a process's pools and threads.

use std::fs;

use corewise_model::{Known, Pid, Pool, Tid};
use serde::Serialize;

use super::outside;
use crate::attribution::Owner;
use crate::processes::{Modules, ProbeError};

/// The pools of one process, its interpreter, and whose each of its threads is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// The process.
    pub pid: Pid,
    /// The kernel's name for it (`comm`), as it is: a process may put anything there.
    pub name: String,
    /// The interpreter in it: implementation and version; `None` where none was found.
    pub python: Option<(String, Known<String>)>,
    /// Its pools, ordered by runtime and path.
    pub pools: Vec<Pool>,
    /// Its threads that belong to no pool.
    pub threads: Threads,
}

/// The threads of a process that belong to no pool.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Threads {
    /// Threads that Python started, the main thread not included.
    pub python: Vec<Tid>,
    /// Threads of libraries that are no known runtime, with the library's path.
    pub native: Vec<(Tid, String)>,
    /// Threads whose owner could not be found out, with the reason.
    pub unknown: Vec<(Tid, String)>,
}

impl Survey {
    /// Looks at a process from outside.
    ///
    /// # Errors
    ///
    /// Those of [`Modules::read`], and [`ProbeError::NoSuchProcess`] where the process ended while
    /// it was looked at.
    pub fn of_process(pid: Pid) -> Result<Self, ProbeError> {
        let modules = Modules::read(pid)?;
        Self::with(pid, &modules).map(|(survey, _)| survey)
    }

    /// The survey, and for each of its pools the place of its module.
    pub(super) fn with(pid: Pid, modules: &Modules) -> Result<(Self, Vec<usize>), ProbeError> {
        let owners = outside::owners(pid, modules);
        let mut pools = outside::with_owners(pid, modules, &owners);
        if owners.is_empty() {
            return Err(ProbeError::NoSuchProcess(pid));
        }
        pools.sort_by(|(_, a), (_, b)| {
            (a.runtime, &a.path, a.base).cmp(&(b.runtime, &b.path, b.base))
        });
        let (indices, pools) = pools.into_iter().unzip();
        let mut threads = Threads::default();
        for (tid, owner) in owners {
            match owner {
                Owner::Main | Owner::Pool(_) => {}
                Owner::Python => threads.python.push(tid),
                Owner::Native(path) => threads.native.push((tid, path)),
                Owner::NotYet(reason) => threads.unknown.push((tid, reason)),
            }
        }
        let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
        let name = String::from_utf8_lossy(name.strip_suffix(b"\n").unwrap_or(&name)).into_owned();
        let python = modules.python().map(|p| (p.implementation.to_string(), p.version.clone()));
        Ok((Self { pid, name, python, pools, threads }, indices))
    }
}
