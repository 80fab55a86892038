//! CW203: a pool used with calls too small to be worth it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Gil, Known, Measure, Nanos, PoolId, ProcessId,
    Role, Runtime, Severity, ThreadId,
};

use super::cw101_oversubscription::oversubscribed;
use crate::Explanation;
use crate::callers::{callers, own_frame};
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::spin::{Spun, spun};
use crate::stretches::{Least, Stretches};
use crate::words;

/// Times a second at which each of the pool's threads is given a core …
const SLICES: f64 = 1000.0;
/// … for no longer than this on average …
const SLICE: Nanos = Nanos(100_000);
/// … while the threads run for no more than this part of the time.
const RUNNING: f64 = 0.8;
/// Of the context switches at least this part are the threads' own: they went to sleep.
const VOLUNTARY: f64 = 0.5;
/// Without sleep: this part of the pool threads' CPU time is in spin loops …
const SPINNING: f64 = 0.3;
/// … but not more than this: a pool that does nothing else is not in a call (that is CW104) …
const NOTHING_ELSE: f64 = 0.97;
/// … while in this part of the looks the caller is in native code that has released the GIL.
const IN_CALLS: f64 = 0.5;
/// A thread that waits for a core for more than this part of a tick keeps its partners spinning,
/// whatever the size of the call.
const WAITING: f64 = 0.1;
/// How long it must last.
const LEAST: Least =
    Least { time: Nanos::from_millis(500), share: 0.1, anyway: Nanos(60_000_000_000) };

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw203,
        title: "a pool used with calls too small",
        meaning: "A pool was entered very often with very little work. Waking a thread takes \
                  tens of microseconds, a barrier takes several; a call that computes for less \
                  is slower on many threads than on one, and it keeps cores from others.",
        measured: "Two signs. Sleeping pools: the kernel counts how often each thread was given \
                   a core (schedstat), and many slices with very little run time in each, most \
                   of them ended by the thread itself, mean many wake-ups for little work. \
                   Spinning pools do not sleep between calls: there the sign is that sampled \
                   instruction pointers of the pool's threads are in spin loops while the \
                   caller is inside a call too: its Python stack shows a released GIL, or it \
                   spins itself. Ticks in which another pool of the process is busy, a thread \
                   of it waited for a core, or the program is oversubscribed, do not count. The \
                   loss is that spinning; what wake-ups cost is in no counter, so for sleeping pools it is unknown.",
        threshold: "Sleeping pools: 1000 slices a second for each thread that ran, of 100.0 µs \
                    or less on average, the threads running for at most 80 % of the time, and \
                    50 % of the context switches voluntary where these were read. Spinning \
                    pools: 30 % of the CPU time of the pool's threads in spin loops, and either \
                    no more than 97 % of it while the GIL is released in 50 % of the looks, or \
                    the caller itself in spin loops for 30 % of its CPU time. Either sign for \
                    0.50 s and 10 % of the wall time, or 60 s in all.",
        wrong_when: "Calls that are large but badly balanced also make threads spin. A pool that \
                     hands out many small independent tasks and keeps its threads asleep in \
                     between on purpose looks the same. Without sampled instruction pointers, \
                     small calls on a spinning pool (OpenBLAS, OpenMP on enough cores) are not \
                     seen.",
        fix: "Limit the pool to one thread around these calls \
              (threadpoolctl.threadpool_limits(1)), do more in each call (stack matrices, \
              np.matmul on batches), or parallelise the loop around them instead.",
    },
    find,
};

/// What a pool's threads did in the ticks in question.
struct Small {
    pool: PoolId,
    threads: BTreeSet<ThreadId>,
    stretches: Stretches,
    title: String,
    text: String,
    measures: Vec<Measure>,
    cost: Cost,
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Small> = sleeping(facts);
    for pool in spinning(facts) {
        if !findings.iter().any(|known| known.pool == pool.pool) {
            findings.push(pool);
        }
    }
    // The same library in several processes is one finding, told by the process with the most.
    findings.sort_by_key(|small| (std::cmp::Reverse(small.stretches.time), small.pool));
    let mut merged: BTreeMap<(Runtime, &str), Finding> = BTreeMap::new();
    for small in findings {
        let Some((_, pool)) = facts.recording.pools.get(small.pool.index()) else { continue };
        let new = finding(facts, small);
        match merged.entry((pool.runtime, &pool.path)) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.evidence.extend(new.evidence.into_iter().take(1));
                if let (Known::Known(sum), Known::Known(lost)) =
                    (&mut known.cost.lost, &new.cost.lost)
                {
                    sum.0 += lost.0;
                }
            }
        }
    }
    merged.into_values().collect()
}

/// Pools whose threads wake up often and run for little.
fn sleeping(facts: &Facts<'_>) -> Vec<Small> {
    // A pool's slices, run time and threads in each tick.
    let mut of_pool: BTreeMap<PoolId, BTreeMap<usize, (u64, Nanos, u64)>> = BTreeMap::new();
    for (k, tick) in facts.recording.ticks.iter().enumerate() {
        for t in tick.threads.iter().filter(|t| t.slices > 0) {
            if let Some(pool) = facts.recording.pool_of(t.thread) {
                let (slices, run, threads) = of_pool.entry(pool).or_default().entry(k).or_default();
                *slices += u64::from(t.slices);
                *run += t.run;
                *threads += 1;
            }
        }
    }
    let mut small = Vec::new();
    for (pool, ticks) in of_pool {
        let stretches = Stretches::of(facts.activity, Nanos::ZERO, |k, tick| {
            ticks.get(&k).is_some_and(|(slices, run, threads)| {
                let time = tick.interval.as_secs_f64() * *threads as f64;
                *slices as f64 >= SLICES * time
                    && run.0 <= SLICE.0 * slices
                    && run.as_secs_f64() <= RUNNING * time
            })
        });
        if !LEAST.met(stretches.time, facts.wall()) {
            continue;
        }
        let threads: BTreeSet<ThreadId> = facts.pool_threads(pool).into_iter().collect();
        if !mostly_voluntary(facts, &threads) {
            continue;
        }
        let chosen = stretches.ticks().filter_map(|k| ticks.get(&k));
        let (slices, run) =
            chosen.fold((0, Nanos::ZERO), |(s, r), (slices, run, _)| (s + slices, r + *run));
        let each = Nanos(run.0 / slices.max(1));
        let rate = slices as f64 / stretches.time.as_secs_f64();
        let name = pool_name(facts, pool);
        small.push(Small {
            pool,
            threads,
            title: format!("{name} threads woke {} times a second to run for {each}", rate.round()),
            text: format!(
                "for {} the pool's threads were given a core {slices} times and ran for {each} \
                 each time",
                words::seconds(stretches.time)
            ),
            measures: vec![figures::WAKE_UPS.of(rate), figures::RUN.of(each.0 as f64)],
            stretches,
            cost: Cost {
                lost: Known::unknown("what a wake-up costs is in no counter"),
                how: "wake-ups delay each call by tens of microseconds; how long the calls would \
                      have taken on one thread was not measured"
                    .to_owned(),
            },
        });
    }
    small
}

fn mostly_voluntary(facts: &Facts<'_>, threads: &BTreeSet<ThreadId>) -> bool {
    let sum = |of: fn(&corewise_model::Thread) -> u64| {
        threads.iter().filter_map(|id| facts.thread(*id)).map(of).fold(0, u64::saturating_add)
    };
    let (voluntary, involuntary) = (sum(|t| t.voluntary), sum(|t| t.involuntary));
    voluntary as f64 >= VOLUNTARY * (voluntary as f64 + involuntary as f64)
}

/// Pools whose threads spin while their callers are inside native calls.
fn spinning(facts: &Facts<'_>) -> Vec<Small> {
    let crowded = oversubscribed(facts);
    let mut small = Vec::new();
    for (pool, ticks) in beside_a_caller(facts, &spinners(facts)) {
        let Some((process, _)) = facts.recording.pools.get(pool.index()) else { continue };
        let of_pool = |id: ThreadId| facts.recording.pool_of(id) == Some(pool);
        let stretches = Stretches::of(facts.activity, Nanos::ZERO, |k, _| {
            !crowded.has(k) && ticks.binary_search(&k).is_ok()
        });
        if !LEAST.met(stretches.time, facts.wall()) {
            continue;
        }
        let Some(spun) = spun(facts, Some(&stretches)) else { continue };
        let seconds = spun.seconds(of_pool);
        let run: f64 =
            spun.threads.iter().filter(|(id, _)| of_pool(**id)).map(|(_, s)| s.run).sum();
        let works = seconds <= NOTHING_ELSE * run && in_calls(facts, *process, &stretches);
        if seconds < SPINNING * run
            || run == 0.0
            || !(works || caller_spins(facts, *process, &spun))
        {
            continue;
        }
        let name = pool_name(facts, pool);
        let part = words::percent(seconds / run);
        small.push(Small {
            pool,
            threads: facts.pool_threads(pool).into_iter().collect(),
            title: format!("{name} calls too small: its threads spun for {part} of their time"),
            text: format!(
                "for {} the pool's threads ran beside a caller in native code, and {part} of \
                 their samples were in spin loops",
                words::seconds(stretches.time)
            ),
            measures: vec![figures::SPINNING.of(seconds)],
            stretches,
            cost: Cost {
                lost: Known::Known(CoreSeconds(seconds)),
                how: "CPU time of the pool's threads in spin loops while their caller was inside \
                      a call; part of CW104"
                    .to_owned(),
            },
        });
    }
    small
}

/// The pools of which half the needed part of the samples lies in spin loops: the rest is not
/// looked at closely.
fn spinners(facts: &Facts<'_>) -> BTreeSet<PoolId> {
    let mut of_pool: BTreeMap<PoolId, (u64, u64)> = BTreeMap::new();
    for native in facts.recording.native_ticks.iter().flat_map(|(_, natives)| natives) {
        if let Some(pool) = facts.recording.pool_of(native.thread) {
            let (samples, spinning) = of_pool.entry(pool).or_default();
            *samples += u64::from(native.samples);
            *spinning += u64::from(native.spinning);
        }
    }
    of_pool.retain(|_, (samples, spinning)| *spinning as f64 * 2.0 >= SPINNING * *samples as f64);
    of_pool.into_keys().collect()
}

/// For each of these pools: the ticks in which one of its threads and a caller of its process ran.
fn beside_a_caller(facts: &Facts<'_>, pools: &BTreeSet<PoolId>) -> BTreeMap<PoolId, Vec<usize>> {
    let mut ticks: BTreeMap<PoolId, Vec<usize>> = BTreeMap::new();
    for (k, tick) in facts.activity.ticks.iter().enumerate() {
        let running: Vec<ThreadId> =
            tick.threads.iter().filter(|t| t.runnable() >= 0.5).map(|t| t.thread).collect();
        let delayed: BTreeSet<ProcessId> = tick
            .threads
            .iter()
            .filter(|t| f64::from(t.waiting) > WAITING)
            .filter_map(|t| facts.process_of(t.thread))
            .collect();
        let calling: BTreeSet<ProcessId> = running
            .iter()
            .filter(|id| facts.is_python(**id))
            .filter_map(|id| facts.process_of(*id))
            .collect();
        // Of several busy pools in a process, some poll after their calls: nothing can be said.
        let mut busy: BTreeMap<ProcessId, BTreeSet<PoolId>> = BTreeMap::new();
        for t in tick.threads.iter().filter(|t| t.runnable() >= 0.1) {
            if let (Some(process), Some(pool)) =
                (facts.process_of(t.thread), facts.recording.pool_of(t.thread))
            {
                busy.entry(process).or_default().insert(pool);
            }
        }
        for id in &running {
            if let Some(pool) = facts.recording.pool_of(*id)
                && pools.contains(&pool)
                && facts.process_of(*id).is_some_and(|process| {
                    calling.contains(&process)
                        && !delayed.contains(&process)
                        && busy[&process].len() == 1
                })
            {
                let of_pool = ticks.entry(pool).or_default();
                if of_pool.last() != Some(&k) {
                    of_pool.push(k);
                }
            }
        }
    }
    ticks
}

/// Whether the process's busy Python threads were mostly in native code without the GIL.
fn in_calls(facts: &Facts<'_>, process: ProcessId, stretches: &Stretches) -> bool {
    let (mut all, mut free) = (0u64, 0u64);
    for tick in facts.recording.stack_ticks.iter().filter(|tick| tick.process == process) {
        if facts.tick_at(tick.at).is_some_and(|k| stretches.has(k)) {
            for sample in tick.samples.iter().filter(|sample| sample.active) {
                all += 1;
                free += u64::from(sample.gil == Gil::Free);
            }
        }
    }
    all > 0 && free as f64 >= IN_CALLS * all as f64
}

/// Whether a Python thread of the process spun itself: then it was inside a call, at a barrier.
fn caller_spins(facts: &Facts<'_>, process: ProcessId, spun: &Spun) -> bool {
    let caller = |id: ThreadId| facts.is_python(id) && facts.process_of(id) == Some(process);
    let run: f64 = spun.threads.iter().filter(|(id, _)| caller(**id)).map(|(_, s)| s.run).sum();
    run > 0.0 && spun.seconds(caller) >= SPINNING * run
}

fn pool_name(facts: &Facts<'_>, pool: PoolId) -> String {
    let pool = facts.recording.pools.get(pool.index());
    pool.map_or_else(|| "pool".to_owned(), |(_, pool)| words::kind(pool.runtime))
}

fn finding(facts: &Facts<'_>, small: Small) -> Finding {
    let process = facts.recording.pools.get(small.pool.index()).map(|(process, _)| *process);
    let calling = callers(
        facts,
        |stack| own_frame(facts, stack),
        |tick, sample| {
            sample.active
                && Some(tick.process) == process
                && facts.thread(sample.thread).is_some_and(|t| !matches!(t.role, Role::Pool(_)))
                && facts.tick_at(tick.at).is_some_and(|k| small.stretches.has(k))
        },
    );
    let mut evidence = vec![Evidence {
        text: small.text,
        spans: small.stretches.spans,
        processes: process.into_iter().collect(),
        threads: small.threads.into_iter().collect(),
        pools: vec![small.pool],
        stack: None,
        measures: small.measures,
    }];
    evidence.extend(calling.iter().take(3).map(|caller| {
        caller.evidence(format!("{} in {} meanwhile", caller.spent(), caller.name(facts)))
    }));
    Finding {
        code: Code::Cw203,
        severity: Severity::Warning,
        title: small.title,
        evidence,
        cost: small.cost,
        fixes: vec![
            Fix {
                text: "use one thread around these calls".to_owned(),
                command: Some("with threadpoolctl.threadpool_limits(1): ...".to_owned()),
            },
            Fix {
                text: "or do more in each call: stack the inputs, then call once".to_owned(),
                command: Some("np.matmul(np.stack(many_a), np.stack(many_b))".to_owned()),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    /// A pool of 8 with this many slices a second and run part for each thread.
    fn sleepers(slices: f64, run: f64, voluntary: f64) -> Scenario {
        let mut s = Scenario::new(8.0, 10.0);
        let main = s.main(s.root());
        let pool = s.pool(s.root(), Runtime::Libgomp, 8);
        for thread in s.pool_threads(pool, 7) {
            s.busy(thread, 0.0..10.0)
                .run(run)
                .slices(slices)
                .switches(slices * voluntary, slices * (1.0 - voluntary));
        }
        s.busy(main, 0.0..10.0);
        s.stack(main, 0.0..10.0, &["total small.py:7"], Gil::Free);
        s
    }

    /// A pool of 2 on 2 cores that spins for this part of the time, its caller in this state.
    fn spinners(part: f64, gil: Gil) -> Scenario {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
        let thread = s.pool_threads(pool, 1)[0];
        s.busy(thread, 0.0..10.0);
        s.native(thread, 0.0..10.0, 50, part);
        s.busy(main, 0.0..10.0);
        s.stack(main, 0.0..10.0, &["<module> tiny.py:14"], gil);
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                format!("{SLICES} slices"),
                SLICE.to_string(),
                words::percent(RUNNING),
                words::percent(VOLUNTARY),
                words::percent(SPINNING),
                words::percent(NOTHING_ELSE),
                words::percent(IN_CALLS),
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
            ],
        );
    }

    #[test]
    fn many_wake_ups_for_little_work() {
        let finding = one(&sleepers(5000.0, 0.2, 0.9), Code::Cw203);
        assert_eq!(finding.title, "OpenMP threads woke 35000 times a second to run for 40.0 µs");
        assert!(finding.evidence[1].text.contains("total (small.py:7)"));
        assert!(matches!(finding.cost.lost, Known::Unknown(_)));
    }

    #[test]
    fn workers_with_the_same_library_are_one_finding() {
        let mut s = sleepers(5000.0, 0.2, 0.9);
        let worker = s.process(s.root(), corewise_model::StartMethod::Loky, 0.0);
        let pool = s.pool(worker, Runtime::Libgomp, 8);
        for thread in s.pool_threads(pool, 7) {
            s.busy(thread, 0.0..8.0).run(0.2).slices(5000.0).switches(5000.0, 0.0);
        }
        let finding = one(&s, Code::Cw203);
        let processes: Vec<_> = finding.evidence.iter().flat_map(|e| &e.processes).collect();
        assert!(processes.contains(&&worker) && processes.contains(&&s.root()));
    }

    #[test]
    fn threads_that_run_most_of_the_time_or_seldom_wake_are_fine() {
        assert_eq!(found(&sleepers(20_000.0, 0.9, 0.9), Code::Cw203), []);
        assert_eq!(found(&sleepers(200.0, 0.2, 0.9), Code::Cw203), []);
        assert_eq!(found(&sleepers(3000.0, 0.5, 0.9), Code::Cw203), []);
    }

    #[test]
    fn threads_that_are_pushed_off_their_core_did_not_sleep() {
        assert_eq!(found(&sleepers(5000.0, 0.2, 0.2), Code::Cw203), []);
    }

    #[test]
    fn spinning_inside_calls() {
        let finding = one(&spinners(0.5, Gil::Free), Code::Cw203);
        assert_eq!(
            finding.title,
            "OpenBLAS calls too small: its threads spun for 50 % of their time"
        );
        let lost = finding.cost.lost.get().unwrap().0;
        assert!((lost - 5.0).abs() < 0.01, "{lost}");
    }

    #[test]
    fn a_caller_that_spins_is_in_a_call_too() {
        let mut s = spinners(0.5, Gil::Holds);
        s.native(s.main(s.root()), 0.0..10.0, 50, 0.4);
        one(&s, Code::Cw203);
    }

    #[test]
    fn spinning_between_calls_is_another_finding_and_a_little_is_none() {
        assert_eq!(found(&spinners(0.5, Gil::Holds), Code::Cw203), []);
        assert_eq!(found(&spinners(0.1, Gil::Free), Code::Cw203), []);
        assert_eq!(found(&spinners(1.0, Gil::Free), Code::Cw203), []);
    }
}
