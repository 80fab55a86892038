//! CW104: pool threads that burn CPU while they wait.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Known, PoolId, ProcessId, Runtime, Severity,
    ThreadId,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::spin::{Spun, spans, spun};
use crate::words;

/// Reported from this many core-seconds of pool threads in spin loops …
const CORE_SECONDS: f64 = 0.25;
/// … that are this part of the program's CPU time …
const SHARE: f64 = 0.15;
/// … and rest on this many samples.
const SAMPLES: u64 = 50;
/// Severe from this part of the program's CPU time, callers included.
const SEVERE_SHARE: f64 = 0.4;
/// Stretches shown: those with this part of a library's samples in spin loops.
const SHOWN: f64 = 0.3;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw104,
        title: "spinning",
        meaning: "Threads of a pool ran on a core without doing anything: they polled for the \
                  next piece of work, or at a barrier for members of their team. A short spin is \
                  cheaper than to sleep and wake, so every pool does it. It hurts where calls \
                  are short and far between, where a team is larger than the cores, and where \
                  other threads need the core: OpenBLAS polls for about 0.1 s after each call.",
        measured: "Instruction pointers are sampled on the program's threads (perf_event_open, \
                   task clock). A sample is in a spin loop if it is at a pause instruction, a \
                   run of nops or sched_yield. The part of a thread's samples in spin loops, \
                   times the CPU time that it used meanwhile, is the loss; the threads that call a pool \
                   count with it. Without permission to \
                   sample nothing is judged, and nothing is reported.",
        threshold: "Reported from 0.25 core-seconds of pool threads in spin loops that are 15 % \
                    of the program's CPU time and rest on 50 samples. Severe from 40 %, callers \
                    included.",
        wrong_when: "A library's spin loop without such instructions is not recognised, and a \
                     computing loop that contains them is taken for one. A few samples give a \
                     rough figure: with n samples in spin loops, its error is about one part in \
                     the square root of n.",
        fix: "Make pools no larger than the cores (`corewise run`), limit the pool to one thread \
              around short calls (threadpoolctl.threadpool_limits(1)), or let it sleep sooner: \
              OPENBLAS_THREAD_TIMEOUT=17 for OpenBLAS, OMP_WAIT_POLICY=passive for libgomp and \
              libomp, KMP_BLOCKTIME=0 for libomp and Intel's.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(spun) = spun(facts, None) else { return Vec::new() };
    let libraries = libraries(facts, &spun);
    // With a pool spin its callers: they are members of its team.
    let processes: BTreeSet<ProcessId> =
        libraries.iter().flat_map(|l| &l.threads).filter_map(|id| facts.process_of(*id)).collect();
    let concerned = |id: ThreadId| facts.process_of(id).is_some_and(|p| processes.contains(&p));
    let lost = spun.seconds(concerned);
    let of_pools: f64 = libraries.iter().map(|library| library.spun).sum();
    let cpu = facts.recording.cpu_time().as_secs_f64();
    let samples = spun.samples;
    if of_pools < CORE_SECONDS || of_pools < SHARE * cpu || samples < SAMPLES {
        return Vec::new();
    }
    let share = lost / cpu.max(f64::MIN_POSITIVE);
    let most = libraries.first().map(|library| library.runtime);
    let who = most.map_or("threads".to_owned(), |r| format!("{} threads", words::kind(r)));
    let fixes = fixes(facts, most, &libraries);
    vec![Finding {
        code: Code::Cw104,
        severity: if share >= SEVERE_SHARE { Severity::Severe } else { Severity::Warning },
        title: format!(
            "{} of the CPU time went into spinning, mostly of {who}",
            words::percent(share)
        ),
        evidence: evidence(facts, &spun, &libraries, concerned),
        cost: Cost {
            lost: Known::Known(CoreSeconds(lost)),
            how: format!(
                "the part of each thread's {samples} samples that fell into spin loops, times its \
                 CPU time meanwhile"
            ),
        },
        fixes,
    }]
}

/// Pools that are too large come first: they spin at every barrier.
fn fixes(facts: &Facts<'_>, most: Option<Runtime>, libraries: &[Library]) -> Vec<Fix> {
    let command = &facts.recording.header.command;
    let sooner = match most {
        Some(Runtime::OpenBlas) => Some("OPENBLAS_THREAD_TIMEOUT=17"),
        Some(Runtime::Libgomp | Runtime::Libomp) => Some("OMP_WAIT_POLICY=passive"),
        Some(Runtime::Libiomp5) => Some("KMP_BLOCKTIME=0"),
        _ => None,
    };
    let threads: usize = libraries.iter().map(|library| library.threads.len() + 1).sum();
    let mut fixes: Vec<Fix> = sooner
        .map(|setting| Fix {
            text: "let idle threads sleep sooner".to_owned(),
            command: Some(words::with_variable(setting, command)),
        })
        .into_iter()
        .collect();
    fixes.push(Fix {
        text: "use one thread around short calls".to_owned(),
        command: Some("with threadpoolctl.threadpool_limits(1): ...".to_owned()),
    });
    let size = Fix {
        text: "size every pool to the allowed cores".to_owned(),
        command: words::govern(command),
    };
    let at = if threads as f64 > facts.limit() + 0.5 { 0 } else { fixes.len() };
    fixes.insert(at, size);
    fixes
}

/// The libraries, the worst first, then the threads that called them.
fn evidence(
    facts: &Facts<'_>,
    spun: &Spun,
    libraries: &[Library],
    concerned: impl Fn(ThreadId) -> bool,
) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = libraries.iter().map(|l| l.evidence(facts)).collect();
    let callers: Vec<(ThreadId, f64)> = spun
        .threads
        .iter()
        .filter(|(id, s)| s.spun > 0.0 && concerned(**id) && facts.pool_of(**id).is_none())
        .map(|(id, s)| (*id, s.spun))
        .collect();
    if !callers.is_empty() {
        let seconds: f64 = callers.iter().map(|(_, spun)| spun).sum();
        evidence.push(Evidence {
            text: format!(
                "{} outside the pools spun for {seconds:.2} core-seconds, as callers do at the \
                 barriers of their team",
                words::count(callers.len() as u64, "thread")
            ),
            threads: callers.into_iter().map(|(id, _)| id).collect(),
            ..Evidence::default()
        });
    }
    evidence
}

/// The pools of one library file, in all processes.
struct Library {
    runtime: Runtime,
    path: String,
    pools: Vec<PoolId>,
    threads: Vec<ThreadId>,
    run: f64,
    spun: f64,
}

fn libraries(facts: &Facts<'_>, spun: &Spun) -> Vec<Library> {
    let mut libraries: BTreeMap<(Runtime, &str), Library> = BTreeMap::new();
    for (thread, spinning) in spun.threads.iter().filter(|(_, s)| s.spun > 0.0) {
        let Some((id, pool)) = facts.pool_of(*thread) else { continue };
        let library = libraries.entry((pool.runtime, &pool.path)).or_insert_with(|| Library {
            runtime: pool.runtime,
            path: pool.path.clone(),
            pools: Vec::new(),
            threads: Vec::new(),
            run: 0.0,
            spun: 0.0,
        });
        if !library.pools.contains(&id) {
            library.pools.push(id);
        }
        library.threads.push(*thread);
        library.run += spinning.run;
        library.spun += spinning.spun;
    }
    let mut libraries: Vec<Library> = libraries.into_values().collect();
    libraries.sort_by(|a, b| b.spun.total_cmp(&a.spun));
    libraries
}

impl Library {
    fn evidence(&self, facts: &Facts<'_>) -> Evidence {
        let share = self.spun / self.run.max(f64::MIN_POSITIVE);
        let spans = spans(facts, SHOWN, |thread| self.threads.binary_search(&thread).is_ok());
        Evidence {
            text: format!(
                "{} of {} ({}) spun for {:.2} of {:.2} core-seconds",
                words::count(self.threads.len() as u64, "thread"),
                self.runtime,
                self.path,
                self.spun,
                self.run,
            ),
            spans,
            threads: self.threads.clone(),
            pools: self.pools.clone(),
            measures: vec![
                figures::SPINNING.of(self.spun),
                figures::SPINNING_PART.of(share * 100.0),
            ],
            ..Evidence::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    fn program(spinning: f64, sampled: bool) -> Scenario {
        let mut s = Scenario::new(2.0, 10.0);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
        let thread = s.pool_threads(pool, 1)[0];
        s.busy(s.main(s.root()), 0.0..10.0);
        s.busy(thread, 0.0..10.0);
        if sampled {
            s.native(thread, 0.0..10.0, 50, spinning);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                format!("{CORE_SECONDS} core-seconds"),
                words::percent(SHARE),
                format!("{SAMPLES} samples"),
                words::percent(SEVERE_SHARE),
            ],
        );
    }

    #[test]
    fn a_pool_that_polls_between_calls() {
        let finding = one(&program(0.9, true), Code::Cw104);
        assert_eq!(
            finding.title,
            "45 % of the CPU time went into spinning, mostly of OpenBLAS threads"
        );
        assert_eq!(finding.severity, Severity::Severe);
        let lost = finding.cost.lost.get().unwrap().0;
        assert!((lost - 9.0).abs() < 0.01, "{lost}");
        assert_eq!(
            finding.fixes[0].command.as_deref(),
            Some("OPENBLAS_THREAD_TIMEOUT=17 python3 train.py")
        );
    }

    #[test]
    fn a_little_spinning_is_how_pools_work() {
        assert_eq!(found(&program(0.1, true), Code::Cw104), []);
    }

    #[test]
    fn nothing_is_guessed_without_samples() {
        assert_eq!(found(&program(0.9, false), Code::Cw104), []);
    }
}
