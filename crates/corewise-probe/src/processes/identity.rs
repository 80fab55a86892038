//! The numbers of a process and of its threads.

use std::fs;

use corewise_model::{Pid, Tid};

use super::ProbeError;

/// The threads that a process has now, in ascending order.
pub fn threads(pid: Pid) -> Result<Vec<Tid>, ProbeError> {
    let path = format!("/proc/{pid}/task");
    let entries = fs::read_dir(&path).map_err(|error| ProbeError::reading(pid, &path, error))?;
    let mut tids: Vec<Tid> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok().map(Tid))
        .collect();
    tids.sort_unstable();
    Ok(tids)
}

/// The number that a thread has in its own PID namespace: what its C library knows it by.
#[must_use]
pub fn namespace_tid(pid: Pid, tid: Tid) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_ascii_whitespace().last()?.parse().ok()
}

/// Whether a process has the same PID namespace as we, so that its numbers are ours. Where that
/// cannot be read it is taken to be so.
pub(super) fn same_namespace(pid: Pid) -> bool {
    let theirs = fs::read_link(format!("/proc/{pid}/ns/pid"));
    let ours = fs::read_link("/proc/self/ns/pid");
    !matches!((theirs, ours), (Ok(theirs), Ok(ours)) if theirs != ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_threads_are_listed_and_numbered() {
        let pid = Pid(std::process::id());
        assert!(same_namespace(pid));
        let tids = threads(pid).unwrap();
        assert!(tids.contains(&Tid(pid.0)));
        assert!(namespace_tid(pid, Tid(pid.0)).is_some());
        assert!(matches!(threads(Pid(u32::MAX)), Err(ProbeError::NoSuchProcess(_))));
    }
}
