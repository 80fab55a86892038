//! The pools of a process, seen from outside.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{Known, Pid, Pool, Reach, Runtime, Scope, Tid};

use super::facts::Subject;
use crate::attribution::{Owner, owner};
use crate::distribution::Shippers;
use crate::processes::{self, Modules};
use crate::remote::Remote;
use crate::runtimes;

/// How often a thread that was on a core is looked at again.
const PASSES: usize = 3;

/// The pools that a process has, each with the place in [`Modules::list`] of the module that
/// stands for it. Without the process's help and without stopping it.
///
/// Some 10 ms the first time for each file (its version is searched for in its data, its package on
/// the disk), then 20 µs for each thread.
#[must_use]
pub fn of_process(pid: Pid, modules: &Modules) -> Vec<(usize, Pool)> {
    with_owners(pid, modules, &owners(pid, modules))
}

/// The same for a caller that finds the threads' owners by itself: the pools' `threads` are empty.
///
/// Below 1 ms once each file has been looked at.
#[must_use]
pub fn without_threads(pid: Pid, modules: &Modules) -> Vec<(usize, Pool)> {
    with_owners(pid, modules, &[])
}

/// The threads of a process with their owners.
pub(super) fn owners(pid: Pid, modules: &Modules) -> Vec<(Tid, Owner)> {
    let mut owners: BTreeMap<Tid, Owner> = BTreeMap::new();
    for _ in 0..PASSES {
        for tid in processes::threads(pid).unwrap_or_default() {
            let known = owners.get(&tid).is_some_and(|owner| !matches!(owner, Owner::NotYet(_)));
            if !known {
                owners.insert(tid, owner(pid, tid, modules));
            }
        }
    }
    let now: BTreeSet<Tid> = processes::threads(pid).unwrap_or_default().into_iter().collect();
    owners.retain(|tid, _| now.contains(tid));
    owners.into_iter().collect()
}

/// The pools, with the threads among these that belong to them.
pub(super) fn with_owners(
    pid: Pid,
    modules: &Modules,
    owners: &[(Tid, Owner)],
) -> Vec<(usize, Pool)> {
    let remote = Remote::new(pid);
    let shippers = Shippers::of_process(pid);
    let indices = (0..modules.list().len()).filter(|index| modules.pool_of(*index) == *index);
    let pools = indices.filter_map(|index| {
        let module = modules.get(index)?;
        let entry = runtimes::entry(module.runtime?)?;
        let distribution = shippers.of(&module.path);
        let subject = Subject { entry, module, modules, remote, distribution: &distribution };
        let layer = subject.layer();
        // A build without threads of a runtime that mostly has some.
        let serial = layer.get().is_some_and(|layer| layer == "none");
        let number = |question| if serial { Known::Known(1) } else { subject.number(question) };
        Some((
            index,
            Pool {
                runtime: entry.runtime,
                version: subject.text(&entry.version),
                size: number(&entry.size),
                maximum: number(&entry.maximum),
                scope: if serial { Scope::None } else { entry.scope },
                governed: reach(entry.runtime, layer.get().map(String::as_str), modules),
                threading_layer: layer,
                architecture: entry.architecture.as_ref().map(|question| subject.text(question)),
                path: module.path.clone(),
                base: module.base,
                distribution,
                threads: threads_of(index, owners),
            },
        ))
    });
    pools.collect()
}

/// Whether the governor could reach a pool of this process.
fn reach(runtime: Runtime, layer: Option<&str>, modules: &Modules) -> Reach {
    let is_musl = |name: &str| name.starts_with("ld-musl") || name.starts_with("libc.musl");
    if modules.list().iter().any(|module| is_musl(module.name())) {
        return match runtime.reach(layer) {
            Reach::EachRegion => runtime.reach_at_start(),
            reach => reach,
        };
    }
    Reach::of(runtime, layer, std::env::consts::ARCH)
}

fn threads_of(index: usize, owners: &[(Tid, Owner)]) -> Known<Vec<Tid>> {
    let missing = owners.iter().find_map(|(tid, owner)| match owner {
        Owner::NotYet(reason) => Some(format!("thread {tid} could not be attributed: {reason}")),
        _ => None,
    });
    let own = owners.iter().filter(|(_, owner)| *owner == Owner::Pool(index));
    match missing {
        Some(reason) => Known::Unknown(reason),
        None => Known::Known(own.map(|(tid, _)| *tid).collect()),
    }
}
