//! Which pools the governor does not reach, and why.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{Pool, PoolId, ProcessId, Reach, Runtime, ThreadId};

use crate::facts::Facts;
use crate::governed::Governed;
use crate::stretches::Stretches;

/// Pools of one runtime that are out of reach for one reason.
pub(crate) struct Group {
    pub(crate) runtime: Runtime,
    pub(crate) why: Why,
    /// Runnable threads times time.
    pub(crate) runnable: f64,
    pub(crate) processes: BTreeSet<ProcessId>,
    pub(crate) threads: BTreeSet<ThreadId>,
    pub(crate) pools: BTreeSet<PoolId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// The governor has no hooks for it.
    Runtime,
    /// The interpreter has not joined the session.
    Interpreter,
    /// The process is not Python.
    Program,
    /// The process is in the session, and none of its regions ever leased.
    Unhooked,
}

/// The pools out of reach with threads that were runnable in these ticks.
pub(crate) fn out_of_reach(
    facts: &Facts<'_>,
    stretches: &Stretches,
    governed: &Governed,
) -> Vec<Group> {
    let joined: BTreeMap<ProcessId, u64> =
        governed.processes.iter().map(|process| (process.process, process.regions)).collect();
    let mut groups: BTreeMap<(Runtime, Why), Group> = BTreeMap::new();
    for k in stretches.ticks() {
        let tick = &facts.activity.ticks[k];
        for t in &tick.threads {
            let Some((id, pool)) = facts.pool_of(t.thread) else { continue };
            let Some(process) = facts.process_of(t.thread) else { continue };
            let Some(why) = why(facts, process, pool, &joined) else { continue };
            let group = groups.entry((pool.runtime, why)).or_insert_with(|| Group {
                runtime: pool.runtime,
                why,
                runnable: 0.0,
                processes: BTreeSet::new(),
                threads: BTreeSet::new(),
                pools: BTreeSet::new(),
            });
            group.runnable += t.runnable() * tick.interval.as_secs_f64();
            group.processes.insert(process);
            group.threads.insert(t.thread);
            group.pools.insert(id);
        }
    }
    groups.into_values().collect()
}

/// Why a pool is out of reach; `None` for one that is not.
fn why(
    facts: &Facts<'_>,
    process: ProcessId,
    pool: &Pool,
    joined: &BTreeMap<ProcessId, u64>,
) -> Option<Why> {
    let python = || {
        let process = facts.recording.processes.get(process.index());
        process.is_some_and(|process| process.interpreter.is_some())
    };
    let layer = pool.threading_layer.get().map(String::as_str);
    match joined.get(&process) {
        _ if pool.runtime.reach(layer) != Reach::EachRegion => Some(Why::Runtime),
        None if python() => Some(Why::Interpreter),
        None => Some(Why::Program),
        Some(0) => Some(Why::Unhooked),
        Some(_) => None,
    }
}

impl Why {
    /// The same in words, for so many processes.
    pub(crate) fn words(self, processes: usize) -> &'static str {
        match (self, processes) {
            (Self::Runtime, _) => "the governor has no hooks for it",
            (Self::Interpreter, 1) => "in an interpreter outside the session",
            (Self::Interpreter, _) => "in interpreters outside the session",
            (Self::Program, 1) => "in a program that is not Python",
            (Self::Program, _) => "in programs that are not Python",
            (Self::Unhooked, _) => "none of its calls was hooked",
        }
    }
}
