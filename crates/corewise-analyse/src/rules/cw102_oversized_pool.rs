//! CW102: a pool larger than the allowed cores.

use std::collections::BTreeMap;

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Known, PoolId, Runtime, Severity, Span,
};

use super::cw101_oversubscription::oversubscribed;
use crate::Explanation;
use crate::facts::{Facts, caller_computes};
use crate::figures;
use crate::rule::Rule;
use crate::words;

/// Harm: the pool's threads were oversubscribed for this part of the wall time …
const HARM_SHARE: f64 = 0.05;
/// … in ticks to whose runnable threads the pool contributed this part.
const HARM_PART: f64 = 0.25;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw102,
        title: "a pool larger than the allowed cores",
        meaning: "A pool was sized for the machine, while a CPU quota, an affinity mask or a \
                  batch system leaves the program fewer cores. Most pools ask the machine how \
                  many CPUs are online; few look at quotas. On a large host in a small container \
                  this is the most common reason for oversubscription and throttling.",
        measured: "The pool's size, as the library itself says it (read from its memory or asked \
                   in the process), or else the number of its threads (and their caller, where \
                   that computes with them), against the allowed cores rounded to threads. The \
                   pools of one library in several processes are one finding. Harm means ticks \
                   that CW101 counts as oversubscribed, in which this pool's threads were \
                   runnable.",
        threshold: "Reported for each pool whose size, or else the number of whose threads, is more \
                    than the allowed threads. A warning where it did \
                    harm: oversubscribed for 5 % of the wall time with at least 25 % of the \
                    runnable threads from this pool. Else a note.",
        wrong_when: "The size is the present limit, not what every call uses: a library may use \
                     fewer threads for small inputs, and threadpoolctl or joblib may lower the \
                     limit around the calls. Where a size is unknown and the threads were never \
                     made, nothing is reported.",
        fix: "Start the program by `corewise run`, which sets each runtime's variable to the \
              allowed cores, or set the variable by hand (OMP_NUM_THREADS, \
              OPENBLAS_NUM_THREADS, MKL_NUM_THREADS).",
    },
    find,
};

/// The pools of one library file, in all processes.
struct Library {
    pools: Vec<PoolId>,
    /// The greatest size among them, and the least.
    size: u32,
    least: u32,
}

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let allowed = facts.recording.header.allowed.threads.max(1);
    let mut libraries: BTreeMap<(Runtime, &str), Library> = BTreeMap::new();
    let mut threads: BTreeMap<PoolId, u32> = BTreeMap::new();
    for thread in &facts.recording.threads {
        if let corewise_model::Role::Pool(pool) = thread.role {
            *threads.entry(pool).or_default() += 1;
        }
    }
    for (id, (_, pool)) in (0..).map(PoolId).zip(&facts.recording.pools) {
        let caller = u32::from(caller_computes(pool.runtime));
        let seen = threads.get(&id).map(|count| count + caller);
        // Threads of an OpenMP library may be several teams; its size says what one has.
        let size = match pool.size {
            Known::Known(size) => Some(size),
            Known::Unknown(_) => seen,
        };
        if let Some(size) = size.filter(|size| *size > allowed) {
            let library = libraries.entry((pool.runtime, &pool.path)).or_insert_with(|| Library {
                pools: Vec::new(),
                size: 0,
                least: u32::MAX,
            });
            library.pools.push(id);
            library.size = library.size.max(size);
            library.least = library.least.min(size);
        }
    }
    if libraries.is_empty() {
        return Vec::new();
    }
    let harmed = oversubscribed(facts);
    libraries
        .into_iter()
        .map(|((runtime, path), library)| {
            let spans = harm(facts, &harmed, &library.pools);
            finding(facts, runtime, path, &library, spans)
        })
        .collect()
}

/// The oversubscribed stretches in which these pools had a part; none if it is too small.
fn harm(
    facts: &Facts<'_>,
    oversubscribed: &crate::stretches::Stretches,
    pools: &[PoolId],
) -> Vec<Span> {
    let part =
        crate::stretches::Stretches::of(facts.activity, corewise_model::Nanos::ZERO, |k, t| {
            oversubscribed.has(k) && {
                let of_pool: f64 = t
                    .threads
                    .iter()
                    .filter(|t| {
                        facts
                            .recording
                            .pool_of(t.thread)
                            .is_some_and(|p| pools.binary_search(&p).is_ok())
                    })
                    .map(crate::ThreadActivity::runnable)
                    .sum();
                of_pool >= HARM_PART * facts.runnable[k]
            }
        });
    let enough = part.time.0 as f64 >= HARM_SHARE * facts.wall().0 as f64 && part.time.0 > 0;
    if enough { part.spans } else { Vec::new() }
}

fn finding(
    facts: &Facts<'_>,
    runtime: Runtime,
    path: &str,
    library: &Library,
    spans: Vec<Span>,
) -> Finding {
    let allowed = &facts.recording.header.allowed;
    let processes: Vec<_> =
        library.pools.iter().map(|id| facts.recording.pools[id.index()].0).collect();
    let threads = library.pools.iter().flat_map(|pool| facts.pool_threads(*pool)).collect();
    let did_harm = !spans.is_empty();
    let text = format!("{} threads", words::kind(runtime));
    let places = match processes.len() {
        0 | 1 => String::new(),
        n => format!(" in each of {n} processes"),
    };
    let why: Vec<String> = allowed
        .decided_by
        .iter()
        .filter_map(|at| allowed.limits.get(usize::try_from(*at).ok()?))
        .map(|limit| format!("{} ({})", limit.from, limit.detail))
        .collect();
    let mut fixes = vec![Fix {
        text: format!("size every pool to {}", words::cores(allowed.cores)),
        command: words::govern(&facts.recording.header.command),
    }];
    if let Some(name) = runtime.variable() {
        fixes.push(Fix {
            text: "or this one alone".to_owned(),
            command: Some(words::with_variable(
                &format!("{name}={}", allowed.threads),
                &facts.recording.header.command,
            )),
        });
    }
    Finding {
        code: Code::Cw102,
        severity: if did_harm { Severity::Warning } else { Severity::Note },
        title: format!(
            "{}{} {text}{places}, {}",
            if library.least < library.size { "up to " } else { "" },
            library.size,
            words::cores(allowed.cores)
        ),
        evidence: vec![Evidence {
            text: format!(
                "{path} has a pool of {}; {} allowed by {}",
                words::count(u64::from(library.size), "thread"),
                words::cores(allowed.cores),
                words::listed(&why)
            ),
            spans,
            processes,
            threads,
            pools: library.pools.clone(),
            stack: None,
            measures: vec![
                figures::POOL_SIZE.of(f64::from(library.size)),
                figures::ALLOWED_CORES.of(allowed.cores.0),
            ],
        }],
        cost: if did_harm {
            Cost {
                lost: Known::unknown("it is part of what CW101 says"),
                how: "this pool made the program oversubscribed: see CW101".to_owned(),
            }
        } else {
            Cost {
                lost: Known::Known(CoreSeconds(0.0)),
                how: "its threads were never runnable on more than the allowed cores for long"
                    .to_owned(),
            }
        },
        fixes,
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::{Scenario, pool};

    use super::*;
    use crate::rules::proof::{found, one, stated};

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[words::percent(HARM_SHARE), words::percent(HARM_PART)]);
    }

    #[test]
    fn a_pool_that_was_never_busy_is_a_note() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(64);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 64);
        s.pool_threads(pool, 63);
        let finding = one(&s, Code::Cw102);
        assert_eq!(finding.title, "64 OpenBLAS threads, 2 cores");
        assert_eq!(finding.severity, Severity::Note);
        assert!(
            finding.evidence[0].text.ends_with("cpu.max (200 ms in 100 ms)"),
            "{}",
            finding.evidence[0].text
        );
    }

    #[test]
    fn a_pool_that_did_harm_is_a_warning() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(64);
        for _ in 0..2 {
            let worker = s.process(s.root(), corewise_model::StartMethod::Loky, 0.0);
            let pool = s.pool(worker, Runtime::Libgomp, 8);
            for thread in s.pool_threads(pool, 7) {
                s.busy(thread, 1.0..9.0).run(0.1).wait(0.9);
            }
        }
        let finding = one(&s, Code::Cw102);
        assert_eq!(finding.title, "8 OpenMP threads in each of 2 processes, 2 cores");
        assert_eq!(finding.severity, Severity::Warning);
        assert!(!finding.evidence[0].spans.is_empty());
    }

    #[test]
    fn threads_stand_for_a_size_that_is_unknown() {
        let mut s = Scenario::new(2.0, 10.0).of_machine(64);
        let mut unknown = pool(Runtime::Rayon, 0, 0x7000);
        unknown.size = Known::unknown("no getter");
        let id = s.pool_of(s.root(), unknown.clone(), 0.0);
        s.pool_threads(id, 1);
        assert_eq!(found(&s, Code::Cw102), []);
        s.pool_threads(id, 30);
        assert_eq!(one(&s, Code::Cw102).title, "31 rayon threads, 2 cores");
    }

    #[test]
    fn a_pool_of_the_right_size_is_fine() {
        let mut s = Scenario::new(1.5, 10.0).of_machine(64);
        s.pool(s.root(), Runtime::OpenBlas, 2);
        assert_eq!(found(&s, Code::Cw102), []);
    }
}
