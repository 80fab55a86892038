//! CW303: fork while a pool is alive.

use std::collections::BTreeMap;

use corewise_model::{
    Code, Cost, Evidence, Finding, Fix, Known, Nanos, PoolId, Process, ProcessId, Role, Runtime,
    Severity, Span, StartMethod, ThreadId,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::rule::Rule;
use crate::words;

/// A child is thought to hang that used no CPU time for at least this long at its end …
const STUCK: Nanos = Nanos(5_000_000_000);
/// … and less than this before (a hang comes early: at the first region).
const STUCK_CPU: Nanos = Nanos(1_000_000_000);
/// A thread is at work in a tick from this part on.
const BUSY: f64 = 0.3;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw303,
        title: "fork while a pool is alive",
        meaning: "A process was forked while a thread pool existed in it. fork copies the memory \
                  but only the calling thread: in the child, the pool's bookkeeping names \
                  threads that are not there. libgomp, TBB, rayon, Polars and PyTorch do not \
                  repair that, so a child that enters a parallel region can wait for ever. \
                  OpenBLAS repairs itself, except when another thread is inside BLAS at the \
                  moment of the fork: then child and parent can hang.",
        measured: "Processes that were forked and did not start another program, whose parent \
                   then had a living thread of such a runtime's pool. For OpenBLAS: its threads \
                   were busy in the tick of the fork, and so were two Python threads (one forks, \
                   another calls). A child that lived on without using any CPU time is thought \
                   to hang. No cost is computed: a hang costs the run, a lucky escape nothing.",
        threshold: "Reported for each such fork. Severe where a child seems to hang: no CPU time \
                    for its last 5.00 s, after less than 1.00 s in all. A note where all such \
                    children ended. Else a warning.",
        wrong_when: "A child that never enters the runtime is safe, and a child that waits for \
                     work for a long time is taken for hanging. Runtimes that are linked \
                     statically, and so not known as pools, are missed. libomp and libiomp5 \
                     restart in the child and are not reported.",
        fix: "Start processes by spawn, forkserver or loky \
              (multiprocessing.set_start_method('forkserver')), or fork before the first call \
              that makes a pool. Python 3.14 uses forkserver by default on Linux.",
    },
    find,
};

/// A fork that is a danger.
struct Danger {
    child: ProcessId,
    at: Nanos,
    end: Nanos,
    pools: Vec<PoolId>,
    threads: Vec<ThreadId>,
    stuck: bool,
    ended: bool,
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut of_pool: BTreeMap<ProcessId, Vec<(PoolId, ThreadId)>> = BTreeMap::new();
    for (id, thread) in (0..).map(ThreadId).zip(&facts.recording.threads) {
        if let Role::Pool(pool) = thread.role {
            of_pool.entry(thread.process).or_default().push((pool, id));
        }
    }
    let children = children(facts);
    let dangers: Vec<Danger> = (0..)
        .map(ProcessId)
        .zip(&facts.recording.processes)
        .filter(|(_, process)| process.method == StartMethod::Fork)
        .filter_map(|(id, process)| danger(facts, &of_pool, &children, id, process))
        .collect();
    // One finding for the children of one parent.
    let mut of_parent: BTreeMap<ProcessId, Vec<Danger>> = BTreeMap::new();
    for danger in dangers {
        if let Some(parent) = facts.recording.processes[danger.child.index()].parent {
            of_parent.entry(parent).or_default().push(danger);
        }
    }
    of_parent.into_values().map(|dangers| finding(facts, &dangers)).collect()
}

/// CPU time of each process, and when it last used any.
fn children(facts: &Facts<'_>) -> BTreeMap<ProcessId, (Nanos, Nanos)> {
    let mut used: BTreeMap<ProcessId, (Nanos, Nanos)> = BTreeMap::new();
    for tick in &facts.recording.ticks {
        for t in tick.threads.iter().filter(|t| t.run > Nanos::ZERO) {
            if let Some(process) = facts.process_of(t.thread) {
                let (run, last) = used.entry(process).or_default();
                *run += t.run;
                *last = tick.at;
            }
        }
    }
    used
}

fn danger(
    facts: &Facts<'_>,
    of_pool: &BTreeMap<ProcessId, Vec<(PoolId, ThreadId)>>,
    used: &BTreeMap<ProcessId, (Nanos, Nanos)>,
    child: ProcessId,
    process: &Process,
) -> Option<Danger> {
    let at = process.start;
    let alive: Vec<(PoolId, ThreadId)> = of_pool
        .get(&process.parent?)?
        .iter()
        .filter(|(_, id)| {
            facts.thread(*id).is_some_and(|t| t.start <= at && t.end.is_none_or(|end| end > at))
        })
        .filter(|(pool, _)| match facts.recording.pools.get(pool.index()) {
            Some((_, pool)) if pool.runtime == Runtime::OpenBlas => {
                in_blas(facts, process.parent, at)
            }
            Some((_, pool)) => hangs(pool.runtime),
            None => false,
        })
        .copied()
        .collect();
    if alive.is_empty() {
        return None;
    }
    let mut pools: Vec<PoolId> = alive.iter().map(|(pool, _)| *pool).collect();
    pools.dedup();
    let end = process.end.unwrap_or(facts.wall());
    let (run, last) = used.get(&child).copied().unwrap_or((Nanos::ZERO, at));
    Some(Danger {
        child,
        at,
        end,
        pools,
        threads: alive.into_iter().map(|(_, thread)| thread).collect(),
        stuck: end - last >= STUCK && run < STUCK_CPU,
        ended: process.end.is_some(),
    })
}

/// Runtimes whose state is not usable in a forked child.
fn hangs(runtime: Runtime) -> bool {
    matches!(
        runtime,
        Runtime::Libgomp
            | Runtime::NumbaOmp
            | Runtime::NumbaTbb
            | Runtime::NumbaWorkqueue
            | Runtime::Tbb
            | Runtime::Rayon
            | Runtime::Polars
            | Runtime::Torch
    )
}

/// Whether, in the tick of the fork, OpenBLAS was at work for another thread than the one that
/// forked: pool threads and at least two Python threads were busy.
fn in_blas(facts: &Facts<'_>, parent: Option<ProcessId>, at: Nanos) -> bool {
    let Some(tick) = facts.tick_at(at).and_then(|k| facts.activity.ticks.get(k)) else {
        return false;
    };
    let mine = || {
        tick.threads.iter().filter(|t| t.runnable() >= BUSY && facts.process_of(t.thread) == parent)
    };
    let python = mine().filter(|t| facts.is_python(t.thread)).count();
    let blas = mine().any(|t| {
        facts.pool_of(t.thread).is_some_and(|(_, pool)| pool.runtime == Runtime::OpenBlas)
    });
    blas && python >= 2
}

fn finding(facts: &Facts<'_>, dangers: &[Danger]) -> Finding {
    let stuck = dangers.iter().filter(|danger| danger.stuck).count();
    let severity = if stuck > 0 {
        Severity::Severe
    } else if dangers.iter().all(|danger| danger.ended) {
        Severity::Note
    } else {
        Severity::Warning
    };
    let mut runtimes: Vec<String> = dangers
        .iter()
        .flat_map(|danger| &danger.pools)
        .filter_map(|id| facts.recording.pools.get(id.index()))
        .map(|(_, pool)| pool.runtime.to_string())
        .collect();
    runtimes.sort();
    runtimes.dedup();
    let seems = match stuck {
        0 => String::new(),
        n => format!(", and {n} of {} used no CPU time any more", dangers.len()),
    };
    let children = match dangers.len() {
        1 => "1 process was forked".to_owned(),
        n => format!("{n} processes were forked"),
    };
    let evidence = dangers.iter().take(10).map(|danger| {
        let process = &facts.recording.processes[danger.child.index()];
        let end = match (danger.stuck, danger.ended) {
            (true, _) => "it used no CPU time any more: it seems to hang",
            (false, true) => "it ended",
            (false, false) => "it was alive when the recording ended",
        };
        Evidence {
            text: format!(
                "process {} was forked at {} while {} of such pools existed; {end}",
                process.pid,
                words::seconds(danger.at),
                words::count(danger.threads.len() as u64, "thread"),
            ),
            spans: vec![Span { start: danger.at, end: danger.end }],
            processes: vec![danger.child],
            threads: danger.threads.clone(),
            pools: danger.pools.clone(),
            ..Evidence::default()
        }
    });
    Finding {
        code: Code::Cw303,
        severity,
        title: format!("{children} while a pool of {} was alive{seems}", words::listed(&runtimes)),
        evidence: evidence.collect(),
        cost: Cost {
            lost: Known::unknown("a hang costs the run, a lucky escape nothing"),
            how: "not computed".to_owned(),
        },
        fixes: vec![
            Fix {
                text: "start processes without copying the pools".to_owned(),
                command: Some("multiprocessing.set_start_method(\"forkserver\")".to_owned()),
            },
            Fix {
                text: "or use joblib's own workers".to_owned(),
                command: Some("joblib.Parallel(n_jobs=..., backend=\"loky\")".to_owned()),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    fn program(runtime: Runtime, method: StartMethod, ends: bool) -> (Scenario, ProcessId) {
        let mut s = Scenario::new(2.0, 20.0);
        let pool = s.pool(s.root(), runtime, 2);
        s.pool_threads(pool, 1);
        let child = s.process(s.root(), method, 5.0);
        if ends {
            s.end(child, 15.0);
        }
        (s, child)
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[STUCK.to_string(), STUCK_CPU.to_string()]);
    }

    #[test]
    fn a_child_that_stands_still() {
        let (mut s, child) = program(Runtime::Libgomp, StartMethod::Fork, false);
        s.busy(s.main(child), 5.0..5.5);
        let finding = one(&s, Code::Cw303);
        assert_eq!(finding.severity, Severity::Severe);
        assert_eq!(
            finding.title,
            "1 process was forked while a pool of libgomp was alive, and 1 of 1 used no CPU time \
             any more"
        );
    }

    #[test]
    fn a_child_that_works_and_ends_is_a_note() {
        let (mut s, child) = program(Runtime::Libgomp, StartMethod::Fork, true);
        s.busy(s.main(child), 5.0..15.0);
        assert_eq!(one(&s, Code::Cw303).severity, Severity::Note);
    }

    #[test]
    fn a_child_that_works_on_is_a_warning() {
        let (mut s, child) = program(Runtime::Libgomp, StartMethod::Fork, false);
        s.busy(s.main(child), 5.0..20.0);
        assert_eq!(one(&s, Code::Cw303).severity, Severity::Warning);
    }

    #[test]
    fn spawned_processes_and_runtimes_that_restart_are_fine() {
        let (s, _) = program(Runtime::Libgomp, StartMethod::Spawn, true);
        assert_eq!(found(&s, Code::Cw303), []);
        let (s, _) = program(Runtime::Libomp, StartMethod::Fork, true);
        assert_eq!(found(&s, Code::Cw303), []);
        let (s, _) = program(Runtime::OpenBlas, StartMethod::Fork, true);
        assert_eq!(found(&s, Code::Cw303), []);
    }

    #[test]
    fn a_fork_before_the_pool_is_fine() {
        let mut s = Scenario::new(2.0, 20.0);
        let child = s.process(s.root(), StartMethod::Fork, 0.0);
        s.busy(s.main(child), 0.0..20.0);
        let pool = s.pool(s.root(), Runtime::Libgomp, 2);
        s.thread(s.root(), Role::Pool(pool), 5.0);
        assert_eq!(found(&s, Code::Cw303), []);
    }

    #[test]
    fn a_fork_while_another_thread_is_in_blas() {
        let (mut s, _) = program(Runtime::OpenBlas, StartMethod::Fork, false);
        let other = s.thread(s.root(), Role::Python, 0.0);
        for thread in [ThreadId(1), s.main(s.root()), other] {
            s.busy(thread, 4.0..6.0).run(0.7);
        }
        let finding = one(&s, Code::Cw303);
        assert!(finding.title.contains("a pool of OpenBLAS was alive"), "{}", finding.title);
    }
}
