//! CW101: more runnable threads than allowed cores.

use corewise_model::{Code, CoreSeconds, Cost, Evidence, Finding, Fix, Known, Nanos, Severity};

use crate::Explanation;
use crate::callers::{callers, own_frame};
use crate::composition::{Composition, composition};
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::spin::spun;
use crate::stretches::{Least, Stretches};
use crate::words;

/// Runnable threads over allowed threads from which on a tick is oversubscribed …
const FACTOR: f64 = 1.25;
/// … and at least so many above.
const ABOVE: f64 = 0.75;
/// Where other programs leave fewer cores than are allowed, they cause a part of the waiting: the
/// threshold rises in proportion, up to this.
const OTHERS: f64 = 2.0;
/// How long it must last.
pub(crate) const LEAST: Least =
    Least { time: Nanos::from_millis(500), share: 0.1, anyway: Nanos(10_000_000_000) };
/// Severe: this part of the wall time …
const SEVERE_SHARE: f64 = 0.25;
/// … with this many runnable threads for each that is allowed.
const SEVERE_FACTOR: f64 = 2.0;
/// A product is called equal to what was seen if it is no further from it than this.
const EQUAL: f64 = 0.15;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw101,
        title: "oversubscription",
        meaning: "More threads wanted to run than the program has cores. The cores are busy, but \
                  part of what they do is switching between threads, refilling caches, and \
                  spinning at barriers for team members that have no core. It mostly comes from \
                  two levels of parallelism that do not know of each other: worker processes \
                  times the threads of a pool in each.",
        measured: "For each tick, the kernel's run time and run-queue delay of every thread \
                   (schedstat) give the threads that were running or waiting for a core, on \
                   average. A delay that is longer than its tick is put back into the ticks \
                   before. The factors are counted: processes by how they were started, Python \
                   threads and pool threads, each with the number that nine in ten such ticks \
                   do not exceed; a pool counts with its size if so many threads of it exist. The product \
                   stands beside the runnable threads that were seen (95th percentile of the \
                   ticks), and says 'up to' where it exceeds them by more than 15 %. Waiting is \
                   no loss in itself, as the cores were busy meanwhile. The loss is the CPU time \
                   in spin loops during these stretches, from sampled instruction pointers; \
                   where the kernel permits no sampling it is unknown. The same spinning is part \
                   of CW104: the costs of findings are not to be added.",
        threshold: "A tick counts from 1.25 runnable threads for each allowed thread and at least \
                    0.75 above; where other programs take cores, from more in proportion, at \
                    most twice as many. Reported when such ticks last 0.50 s and 10 % of the \
                    wall time, or 10 s in all. Severe from 25 % of the wall time at 2 runnable \
                    threads for each that is allowed.",
        wrong_when: "Threads that wait for input and output more than they compute may well \
                     outnumber the cores. A thread that was waiting when the recording ended is \
                     missing, as the kernel counts a wait when it ends. Waiting that a CPU quota \
                     or other programs cause is counted too, but a thread never counts for more \
                     than one, so a program with as many threads as cores is not reported.",
        fix: "Let workers times threads come to the number of cores: start the program by \
              `corewise run`, or set the pool's variable (OMP_NUM_THREADS, OPENBLAS_NUM_THREADS) \
              to cores over workers, or use threadpoolctl.threadpool_limits or joblib's \
              inner_max_num_threads in the program.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let stretches = oversubscribed(facts);
    if !LEAST.met(stretches.time, facts.wall()) {
        return Vec::new();
    }
    let Some(composition) = composition(facts, &stretches) else { return Vec::new() };
    let mut seen: Vec<f64> = stretches.ticks().map(|k| facts.runnable[k]).collect();
    seen.sort_by(f64::total_cmp);
    let peak = seen[(seen.len() * 95 / 100).min(seen.len() - 1)];
    let weighted = |of: fn(&Facts<'_>, usize) -> f64| {
        stretches
            .ticks()
            .map(|k| of(facts, k) * facts.activity.ticks[k].interval.as_secs_f64())
            .sum::<f64>()
    };
    let runnable = weighted(|facts, k| facts.runnable[k]);
    let waiting = weighted(|facts, k| facts.activity.ticks[k].waiting());
    let mean = runnable / stretches.time.as_secs_f64();
    let share = stretches.time.0 as f64 / facts.wall().0.max(1) as f64;
    let severity = if share >= SEVERE_SHARE && mean >= SEVERE_FACTOR * facts.limit() {
        Severity::Severe
    } else {
        Severity::Warning
    };
    let mut evidence = vec![Evidence {
        text: format!(
            "for {} of {} more threads were runnable than the program has cores: {} on average, \
             {} at the 95th percentile, {} allowed",
            words::seconds(stretches.time),
            words::seconds(facts.wall()),
            words::figure(mean),
            words::figure(peak),
            facts.limit(),
        ),
        spans: stretches.spans.clone(),
        processes: composition.processes.clone(),
        threads: composition.threads.clone(),
        pools: composition.pools.clone(),
        stack: None,
        measures: vec![
            figures::DURATION.of(stretches.time.0 as f64),
            figures::RUNNABLE_MEAN.of(mean),
            figures::RUNNABLE_PEAK.of(peak),
            figures::RUN_QUEUE_DELAY.of(waiting * 1e9),
        ],
    }];
    let involved: Vec<_> = composition.processes.clone();
    let calling = callers(
        facts,
        |stack| own_frame(facts, stack),
        |tick, sample| {
            sample.active
                && involved.binary_search(&tick.process).is_ok()
                && facts.tick_at(tick.at).is_some_and(|k| stretches.has(k))
        },
    );
    evidence.extend(calling.iter().take(3).map(|caller| {
        caller.evidence(format!("{} in {} meanwhile", caller.spent(), caller.name(facts)))
    }));
    vec![Finding {
        code: Code::Cw101,
        severity,
        title: title(facts, &composition, peak, mean),
        evidence,
        cost: cost(facts, &stretches),
        fixes: fixes(facts, &composition),
    }]
}

/// The ticks with more runnable threads than there should be.
pub(crate) fn oversubscribed(facts: &Facts<'_>) -> Stretches {
    let limit = facts.limit();
    let from = (limit * FACTOR).max(limit + ABOVE);
    Stretches::of(facts.activity, Nanos::ZERO, |k, _| {
        let others = facts.cores().0 / facts.available[k].max(f64::MIN_POSITIVE);
        facts.runnable[k] >= from * others.clamp(1.0, OTHERS)
    })
}

fn title(facts: &Facts<'_>, composition: &Composition, peak: f64, mean: f64) -> String {
    let cores = words::cores(facts.cores());
    let product = composition.product();
    let text = composition.text();
    let figure = words::figure;
    let off = product as f64 / peak - 1.0;
    if product as f64 <= facts.limit() || off < -EQUAL {
        let mostly = if composition.is_sum_or_product() || product > 1 {
            format!(", most of them from {text}")
        } else {
            String::new()
        };
        format!("{} runnable threads on {cores}{mostly}", figure(peak))
    } else if !composition.is_sum_or_product() {
        if off > EQUAL {
            format!("up to {text} runnable on {cores}, {} on average", figure(mean))
        } else {
            format!("{text} runnable on {cores}")
        }
    } else if off > EQUAL {
        format!("{text} = up to {product} runnable on {cores}, {} on average", figure(mean))
    } else {
        format!("{text} = {product} runnable on {cores}")
    }
}

fn cost(facts: &Facts<'_>, stretches: &Stretches) -> Cost {
    match spun(facts, Some(stretches)) {
        Some(spun) => Cost {
            lost: Known::Known(CoreSeconds(spun.seconds(|_| true))),
            how: "CPU time in spin loops during these stretches, from sampled instruction \
                  pointers; switching and cold caches come on top and are in no counter"
                .to_owned(),
        },
        None => Cost {
            lost: Known::unknown("instruction pointers could not be sampled"),
            how: "the cores were busy; how much of it was spinning, switching and cold caches is \
                  in no counter that could be read"
                .to_owned(),
        },
    }
}

fn fixes(facts: &Facts<'_>, composition: &Composition) -> Vec<Fix> {
    let command = &facts.recording.header.command;
    let allowed = facts.recording.header.allowed.threads.max(1);
    let workers: u64 = composition.workers.iter().map(|(_, count)| count).product();
    let workers = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
    let inner = (allowed / workers).max(1);
    let mut fixes = Vec::new();
    if workers > 1 && !composition.runtimes.is_empty() {
        fixes.extend(composition.runtimes.iter().filter_map(|runtime| {
            let name = runtime.variable()?;
            Some(Fix {
                text: format!(
                    "give each of the {workers} workers {}",
                    words::count(u64::from(inner), &format!("{} thread", words::kind(*runtime)))
                ),
                command: Some(words::with_variable(&format!("{name}={inner}"), command)),
            })
        }));
        if composition.workers.iter().any(|(m, _)| *m == corewise_model::StartMethod::Loky) {
            fixes.push(Fix {
                text: "or in the program, for joblib's workers".to_owned(),
                command: Some(format!(
                    "joblib.parallel_config(backend=\"loky\", inner_max_num_threads={inner})"
                )),
            });
        }
    } else if !composition.runtimes.is_empty() {
        fixes.push(Fix {
            text: format!("size every pool to {}", words::cores(facts.cores())),
            command: words::govern(command),
        });
        fixes.push(Fix {
            text: "or in the program, around the calls".to_owned(),
            command: Some(format!("with threadpoolctl.threadpool_limits({inner}): ...")),
        });
    }
    if workers > allowed {
        fixes.push(Fix {
            text: format!(
                "start {} instead of {workers}",
                words::count(u64::from(allowed), "worker")
            ),
            command: Some(format!("n_jobs={allowed}")),
        });
    }
    if fixes.is_empty() {
        fixes.push(Fix {
            text: format!(
                "run no more than {} at once",
                words::count(u64::from(allowed), "thread")
            ),
            command: Some(format!("ThreadPoolExecutor(max_workers={allowed})")),
        });
    }
    fixes
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;
    use corewise_model::{Gil, ProcessId, Role, Runtime, StartMethod};

    use super::*;
    use crate::rules::proof::{found, one, stated};

    /// Workers with a pool of `size` in each; every thread is runnable all the time.
    fn workers(s: &mut Scenario, parent: ProcessId, method: StartMethod, n: u32, size: u32) {
        for _ in 0..n {
            let worker = s.process(parent, method, 0.0);
            let pool = s.pool(worker, Runtime::Libgomp, size);
            let mut threads = s.pool_threads(pool, size as usize - 1);
            threads.push(s.main(worker));
            let share = 2.0 / f64::from(n * size);
            for thread in threads {
                s.busy(thread, 1.0..9.0).run(share).wait(1.0 - share);
            }
            let stack = ["grow /lib/python3.11/site-packages/sklearn/_hgb.py:9", "fit train.py:10"];
            s.stack(s.main(worker), 1.0..9.0, &stack, Gil::Free);
        }
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                FACTOR.to_string(),
                ABOVE.to_string(),
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
                words::percent(SEVERE_SHARE),
                format!("at {SEVERE_FACTOR} runnable"),
            ],
        );
        assert!(RULE.explanation.measured.contains(&words::percent(EQUAL)));
    }

    #[test]
    fn workers_times_threads() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let root = s.root();
        workers(&mut s, root, StartMethod::Loky, 4, 16);
        let finding = one(&s, Code::Cw101);
        assert_eq!(finding.title, "4 loky workers × 16 OpenMP threads = 64 runnable on 2 cores");
        assert_eq!(finding.severity, Severity::Severe);
        assert_eq!(finding.evidence[0].threads.len(), 64);
        assert_eq!(finding.evidence[0].spans.len(), 1);
        assert!(finding.evidence[1].text.contains("fit (train.py:10)"), "{finding:?}");
        assert_eq!(finding.fixes[0].command.as_deref(), Some("OMP_NUM_THREADS=1 python3 train.py"));
        assert!(matches!(finding.cost.lost, Known::Unknown(_)));
    }

    #[test]
    fn threads_that_are_not_all_runnable_are_up_to() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        for _ in 0..4 {
            let worker = s.process(s.root(), StartMethod::Loky, 0.0);
            let pool = s.pool(worker, Runtime::Libgomp, 16);
            for thread in s.pool_threads(pool, 15) {
                s.busy(thread, 1.0..9.0).run(0.03).wait(0.2);
            }
            s.busy(s.main(worker), 1.0..9.0).run(0.05).wait(0.5);
        }
        assert_eq!(
            one(&s, Code::Cw101).title,
            "4 loky workers × 16 OpenMP threads = up to 64 runnable on 2 cores, 16 on average"
        );
    }

    #[test]
    fn nested_workers_are_two_factors() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        for _ in 0..2 {
            let outer = s.process(s.root(), StartMethod::Loky, 0.0);
            workers(&mut s, outer, StartMethod::Loky, 3, 4);
        }
        assert_eq!(
            one(&s, Code::Cw101).title,
            "2 loky workers × 3 loky workers × 4 OpenMP threads = 24 runnable on 2 cores"
        );
    }

    #[test]
    fn one_pool_in_one_process_is_no_product() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 16);
        let mut threads = s.pool_threads(pool, 15);
        threads.push(s.main(s.root()));
        for thread in threads {
            s.busy(thread, 1.0..9.0).run(0.125).wait(0.875);
        }
        let finding = one(&s, Code::Cw101);
        assert_eq!(finding.title, "16 OpenBLAS threads runnable on 2 cores");
        assert_eq!(finding.fixes[0].command.as_deref(), Some("corewise run -- python3 train.py"));
    }

    #[test]
    fn callers_of_openblas_share_one_pool_and_are_added() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 16);
        let mut threads = s.pool_threads(pool, 15);
        threads.extend((0..4).map(|_| s.thread(s.root(), Role::Python, 0.0)));
        for thread in threads {
            s.busy(thread, 1.0..9.0).run(0.1).wait(0.9);
        }
        assert_eq!(
            one(&s, Code::Cw101).title,
            "4 Python threads + 15 OpenBLAS threads = 19 runnable on 2 cores"
        );
    }

    #[test]
    fn callers_of_openmp_have_a_team_each_and_are_multiplied() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let pool = s.pool(s.root(), Runtime::Libgomp, 8);
        let mut threads = s.pool_threads(pool, 28);
        threads.extend((0..4).map(|_| s.thread(s.root(), Role::Python, 0.0)));
        for thread in threads {
            s.busy(thread, 1.0..9.0).run(0.06).wait(0.94);
        }
        assert_eq!(
            one(&s, Code::Cw101).title,
            "4 Python threads × 8 OpenMP threads = 32 runnable on 2 cores"
        );
    }

    /// Pools of one thread beside the caller each, all busy.
    fn pools_of_two(runtimes: &[Runtime]) -> String {
        let mut s = Scenario::new(2.0, 10.0);
        let mut threads = vec![s.main(s.root())];
        for runtime in runtimes {
            let pool = s.pool(s.root(), *runtime, 2);
            threads.extend(s.pool_threads(pool, 1));
        }
        for thread in threads {
            s.busy(thread, 1.0..9.0).run(0.6).wait(0.4);
        }
        one(&s, Code::Cw101).title
    }

    #[test]
    fn a_single_caller_counts_once_however_many_pools_it_calls() {
        assert_eq!(
            pools_of_two(&[Runtime::OpenBlas, Runtime::OpenBlas]),
            "3 OpenBLAS threads runnable on 2 cores"
        );
        assert_eq!(
            pools_of_two(&[Runtime::Libgomp, Runtime::Libiomp5]),
            "2 libgomp threads + 1 libiomp5 thread = 3 runnable on 2 cores"
        );
    }

    #[test]
    fn workers_without_pools() {
        let mut s = Scenario::new(2.0, 10.0);
        for _ in 0..6 {
            let worker = s.process(s.root(), StartMethod::Fork, 0.0);
            s.busy(s.main(worker), 1.0..9.0).run(0.33).wait(0.66);
        }
        let finding = one(&s, Code::Cw101);
        assert_eq!(finding.title, "6 forked processes runnable on 2 cores");
        assert_eq!(finding.fixes[0].command.as_deref(), Some("n_jobs=2"));
    }

    #[test]
    fn long_waits_are_seen_though_the_kernel_tells_late() {
        let mut s = Scenario::new(1.0, 10.0);
        for _ in 0..4 {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 1.0..4.0).run(0.0).wait(1.0).late();
        }
        assert_eq!(one(&s, Code::Cw101).title, "4 Python threads runnable on 1 core");
    }

    #[test]
    fn the_cost_is_the_spinning_in_the_stretches() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(16);
        let root = s.root();
        workers(&mut s, root, StartMethod::Loky, 2, 4);
        for thread in 2..8 {
            s.native(corewise_model::ThreadId(thread), 0.0..10.0, 50, 0.5);
        }
        let Known::Known(CoreSeconds(lost)) = one(&s, Code::Cw101).cost.lost else {
            panic!("it was sampled");
        };
        // Six of eight threads, a quarter of a core each, half of it spinning, eight seconds.
        assert!((lost - 6.0 * 0.25 * 0.5 * 8.0).abs() < 0.1, "{lost}");
    }

    #[test]
    fn as_many_threads_as_cores_are_fine_however_much_they_wait() {
        let mut s = Scenario::new(2.0, 10.0);
        for _ in 0..2 {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 0.0..10.0).run(0.6).wait(0.4);
        }
        assert_eq!(found(&s, Code::Cw101), []);
    }

    #[test]
    fn waiting_that_other_programs_cause_is_not_ours() {
        let mut s = Scenario::new(2.0, 10.0);
        for _ in 0..4 {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 0.0..10.0).run(0.2).wait(0.6);
        }
        one(&s, Code::Cw101);
        s.strangers(0.0..10.0, 1.2);
        assert_eq!(found(&s, Code::Cw101), []);
    }

    #[test]
    fn a_short_burst_is_fine() {
        let mut s = Scenario::new(2.0, 10.0);
        for _ in 0..8 {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 0.0..0.2).run(0.25).wait(0.75);
        }
        assert_eq!(found(&s, Code::Cw101), []);
    }

    #[test]
    fn half_a_core_more_allows_a_second_thread() {
        let mut s = Scenario::new(1.5, 10.0).of_machine(8);
        for _ in 0..2 {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 0.0..10.0).run(0.75).wait(0.25);
        }
        assert_eq!(found(&s, Code::Cw101), []);
    }
}
