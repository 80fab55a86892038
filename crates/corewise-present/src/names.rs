//! What things of a recording are called in every output. Nothing here is escaped.

use corewise_model::{Pool, Process, Recording, Role, StartMethod, ThreadId};

/// A pool by its runtime, version and shipper: `OpenBLAS 0.3.31 (numpy)`. Copies of one library in
/// several processes have one name.
pub(crate) fn pool(pool: &Pool) -> String {
    let mut name = pool.runtime.to_string();
    if let Some(version) = pool.version.get() {
        name.push(' ');
        name.push_str(version);
    }
    if let Some(distribution) = pool.distribution.get() {
        name.push_str(" (");
        name.push_str(&distribution.name);
        name.push(')');
    }
    name
}

/// A process by what it runs: the command line for a program, the kind for a worker.
pub(crate) fn process(process: &Process) -> String {
    match start_method(process.method) {
        Some(kind) => kind.to_owned(),
        None if process.command.iter().all(String::is_empty) => process.name.clone(),
        None => command(&process.command),
    }
}

/// A command line with the first word's folder left out: `python train.py`.
pub(crate) fn command(words: &[String]) -> String {
    let mut out = String::new();
    for (at, word) in words.iter().enumerate() {
        if at == 0 {
            out.push_str(file_name(word));
        } else {
            out.push(' ');
            out.push_str(word);
        }
    }
    out
}

/// The last part of a path; the path where it ends in a slash.
pub(crate) fn file_name(path: &str) -> &str {
    match path.rsplit('/').next() {
        Some(name) if !name.is_empty() => name,
        _ => path,
    }
}

/// A library that starts threads but is no runtime, in few words. Ours has the same file name as
/// other packages' modules, and starts threads for nothing but random numbers.
pub(crate) fn native(path: &str) -> &str {
    if path.ends_with("/corewise/_native.abi3.so") { "corewise.random" } else { file_name(path) }
}

/// The kind of worker; `None` for what is better named by its command.
pub(crate) fn start_method(method: StartMethod) -> Option<&'static str> {
    match method {
        StartMethod::Root | StartMethod::Subprocess => None,
        StartMethod::Fork => Some("forked process"),
        StartMethod::Spawn => Some("spawned process"),
        StartMethod::ForkServer => Some("forkserver process"),
        StartMethod::Loky => Some("loky worker"),
        StartMethod::Dask => Some("Dask worker"),
        StartMethod::Tracker => Some("multiprocessing helper"),
    }
}

/// A thread by its place in the program: `main`, `OpenBLAS 0.3.31 (numpy)`, its own name.
pub(crate) fn thread(recording: &Recording, id: ThreadId) -> String {
    let Some(thread) = recording.threads.get(id.index()) else { return String::new() };
    match &thread.role {
        Role::Main => "main".to_owned(),
        Role::Pool(owner) => match recording.pools.get(owner.index()) {
            Some((_, owner)) => pool(owner),
            None => thread.name.clone(),
        },
        Role::Native(library) => format!("{} ({})", thread.name, native(library)),
        Role::Python | Role::Unknown(_) => thread.name.clone(),
    }
}

/// A source file without the folder of its environment: `sklearn/ensemble/_forest.py`.
pub(crate) fn module_path(path: &str) -> &str {
    ["/site-packages/", "/dist-packages/"]
        .iter()
        .find_map(|folder| path.rfind(folder).map(|at| &path[at + folder.len()..]))
        .unwrap_or_else(|| file_name(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_threads_are_named_after_what_they_do() {
        assert_eq!(native("/x/site-packages/corewise/_native.abi3.so"), "corewise.random");
        assert_eq!(native("/x/site-packages/polars/_native.abi3.so"), "_native.abi3.so");
    }
}
