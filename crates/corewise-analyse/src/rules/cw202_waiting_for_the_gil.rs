//! CW202: threads that wait for the GIL.

use std::collections::BTreeMap;

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Gil, Known, Nanos, Severity, Span, StackTick,
    ThreadId,
};

use crate::Explanation;
use crate::callers::{callers, own_frame};
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::stretches::{Least, fewer};
use crate::words;

/// How long at least one thread must have waited, in all.
const LEAST: Least =
    Least { time: Nanos::from_millis(500), share: 0.1, anyway: Nanos(60_000_000_000) };
/// Severe from this part of the wall time.
const SEVERE_SHARE: f64 = 0.5;
/// A thread that waited for less than one part in this many of the longest wait is not counted.
const OFTEN: u64 = 20;
/// Samples that the finding must rest on.
const SAMPLES: usize = 10;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw202,
        title: "waiting for the GIL",
        meaning: "Python threads were ready to go on and could not, because another thread held \
                  the interpreter's global lock. Threads help where the work is in code that \
                  releases the lock (most of NumPy's and SciPy's loops, compression, input and \
                  output), not in Python code itself. Some native calls keep it too: NumPy's \
                  linear algebra where the result has at most 500 numbers (det; svd without \
                  vectors, eigvals and qr(mode='r') up to 500 x 500), and many of SciPy's LAPACK \
                  functions (svd, eigh, solve, inv, cholesky). Measured with NumPy 2.4 and SciPy \
                  1.17.",
        measured: "Each look at a process's Python stacks also tells who holds the GIL and who \
                   is blocked in wait for it, and stands for the time since the look before. The \
                   loss is the number of waiting threads, but at most the number of allowed \
                   cores that ran nothing at that moment, times that time: an upper bound, as \
                   if the waiting threads had nothing else to wait for.",
        threshold: "Reported where a thread waited in 10 % of the wall time and for 0.50 s, or \
                    for 60 s in all, in at least 10 looks. Severe from 50 %, else a warning.",
        wrong_when: "Stacks are looked at some 20 times a second, so short waits are seen by \
                     chance, though in proportion. An interpreter whose stacks cannot be read \
                     is not judged. Free-threaded Python has no GIL.",
        fix: "Use processes for Python code (joblib's loky, concurrent.futures' \
              ProcessPoolExecutor), or move the loop into code that releases the GIL \
              (numba.njit(nogil=True), Cython's nogil, NumPy operations on whole arrays).",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let waiting = |tick: &StackTick| tick.samples.iter().filter(|s| s.gil == Gil::Waits).count();
    let looks: Vec<&StackTick> =
        facts.recording.stack_ticks.iter().filter(|tick| waiting(tick) > 0).collect();
    // Two processes may wait at the same time: the wall time counts once.
    let spans = spans(&looks);
    let time: Nanos = spans.iter().map(|span| span.end - span.start).sum();
    if looks.len() < SAMPLES || !LEAST.met(time, facts.wall()) {
        return Vec::new();
    }
    let mut lost = 0.0;
    let mut thread_time = 0.0;
    let mut idle_left: Option<(usize, f64)> = None;
    for look in &looks {
        let weight = look.weight.as_secs_f64();
        let waiters = waiting(look) as f64;
        thread_time += waiters * weight;
        let Some(k) = facts.tick_at(look.at) else { continue };
        // Processes that are looked at in one tick share its idle cores.
        let idle = match idle_left {
            Some((tick, idle)) if tick == k => idle,
            _ => (facts.available[k] - facts.activity.ticks[k].running()).max(0.0),
        };
        let used = waiters.min(idle);
        lost += used * weight;
        idle_left = Some((k, idle - used));
    }
    let share = time.0 as f64 / facts.wall().0.max(1) as f64;
    let of = |gil: Gil| {
        callers(
            facts,
            |stack| own_frame(facts, stack),
            move |tick, sample| sample.gil == gil && waiting(tick) > 0,
        )
    };
    let (holders, waiters) = (of(Gil::Holds), of(Gil::Waits));
    let threads = often_waiting(&looks);
    let mut evidence = vec![Evidence {
        text: format!(
            "for {} of {} at least one thread waited for the GIL: {} thread-seconds in all",
            words::seconds(time),
            words::seconds(facts.wall()),
            words::figure(thread_time)
        ),
        spans: fewer(spans),
        processes: waiters.iter().flat_map(|caller| caller.processes.clone()).collect(),
        threads: threads.clone(),
        measures: vec![figures::DURATION.of(time.0 as f64), figures::GIL_WAIT.of(thread_time)],
        ..Evidence::default()
    }];
    evidence[0].processes.sort_unstable();
    evidence[0].processes.dedup();
    evidence.extend(holders.iter().take(3).map(|holder| {
        let time = holder.spent();
        holder.evidence(format!("{} held it meanwhile, for {time}", holder.name(facts)))
    }));
    evidence.extend(waiters.iter().take(3).map(|waiter| {
        let time = words::figure(waiter.time.as_secs_f64());
        waiter.evidence(format!("{} waited for it, {time} thread-seconds", waiter.name(facts)))
    }));
    let held = holders.first().map_or(String::new(), |h| format!(" held by {}", h.name(facts)));
    vec![Finding {
        code: Code::Cw202,
        severity: if share >= SEVERE_SHARE { Severity::Severe } else { Severity::Warning },
        title: format!(
            "{} waited for the GIL{held} in {} of the time",
            words::count(threads.len() as u64, "thread"),
            words::percent(share)
        ),
        evidence,
        cost: Cost {
            lost: Known::Known(CoreSeconds(lost)),
            how: "threads that waited for the GIL, at most as many as allowed cores ran nothing, \
                  times the time that each look stands for: an upper bound"
                .to_owned(),
        },
        fixes: vec![
            Fix {
                text: "run Python code in processes instead of threads".to_owned(),
                command: Some("joblib.Parallel(n_jobs=-1, backend=\"loky\")".to_owned()),
            },
            Fix {
                text: "or compile the function that holds the GIL so that it does not".to_owned(),
                command: Some("@numba.njit(nogil=True)".to_owned()),
            },
        ],
    }]
}

/// The threads that waited, but for those that did so by the way.
fn often_waiting(looks: &[&StackTick]) -> Vec<ThreadId> {
    let mut waited: BTreeMap<ThreadId, Nanos> = BTreeMap::new();
    for look in looks {
        for sample in look.samples.iter().filter(|sample| sample.gil == Gil::Waits) {
            *waited.entry(sample.thread).or_default() += look.weight;
        }
    }
    let most = waited.values().max().copied().unwrap_or_default();
    waited.into_iter().filter(|(_, time)| time.0 >= most.0 / OFTEN).map(|(id, _)| id).collect()
}

/// The time that these looks stand for, overlaps counted once.
fn spans(looks: &[&StackTick]) -> Vec<Span> {
    let mut each: Vec<Span> =
        looks.iter().map(|look| Span { start: look.at - look.weight, end: look.at }).collect();
    each.sort_by_key(|span| (span.start, span.end));
    let mut spans: Vec<Span> = Vec::new();
    for span in each {
        match spans.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => spans.push(span),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use corewise_model::Role;
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    fn program(threads: u32, seconds: f64, cores: f64) -> Scenario {
        let mut s = Scenario::new(cores, 10.0);
        let main = s.main(s.root());
        s.busy(main, 0.0..10.0);
        s.stack(main, 0.0..10.0, &["work train.py:4"], Gil::Holds);
        for _ in 0..threads {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.stack(thread, 1.0..1.0 + seconds, &["other train.py:9"], Gil::Waits);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
                words::percent(SEVERE_SHARE),
                format!("{SAMPLES} looks"),
            ],
        );
    }

    #[test]
    fn the_holder_and_the_waiters_are_named() {
        let finding = one(&program(3, 8.0, 4.0), Code::Cw202);
        assert_eq!(
            finding.title,
            "3 threads waited for the GIL held by work (train.py:4) in 80 % of the time"
        );
        assert_eq!(finding.severity, Severity::Severe);
        let lost = finding.cost.lost.get().unwrap().0;
        assert!((lost - 3.0 * 8.0).abs() < 0.5, "{lost}");
    }

    #[test]
    fn no_more_is_lost_than_there_are_idle_cores() {
        let lost = one(&program(7, 8.0, 2.0), Code::Cw202).cost.lost.get().unwrap().0;
        assert!((lost - 8.0).abs() < 0.5, "{lost}");
    }

    #[test]
    fn a_thread_that_seldom_waits_is_fine() {
        assert_eq!(found(&program(1, 0.4, 2.0), Code::Cw202), []);
    }
}
