//! CW302: runtimes that are known to clash.

use std::collections::BTreeMap;

use corewise_model::{
    Code, Cost, Evidence, Finding, Fix, Known, Nanos, PoolId, ProcessId, Runtime, Severity, Span,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::rule::Rule;
use crate::stretches::Stretches;
use crate::together::{Group, LEAST, mean_runnable, together};
use crate::words;

/// libiomp5 and libgomp: each must have used this much CPU time on threads of its own.
const USED: Nanos = Nanos::from_millis(10);

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw302,
        title: "runtimes that are known to clash",
        meaning: "A process has two threading runtimes that do not work well together. Intel's \
                  libiomp5 and LLVM's libomp are forks of one another with the same symbols: on \
                  Linux, both in one process can crash or hang. libiomp5 and libgomp live side \
                  by side but keep a team each, which polls while the other computes. OpenBLAS \
                  on its own threads, called from an OpenMP region or between two, adds its pool \
                  to OpenMP's.",
        measured: "Loaded runtimes are read from the process's memory map. For libiomp5 with \
                   libgomp, threads of both must have used CPU time. For OpenBLAS with OpenMP, \
                   the stretches count in which threads of both were runnable while the program \
                   had more runnable threads than allowed; the thread that calls is not counted \
                   for either.",
        threshold: "libiomp5 with libomp: always, as both are loaded. libiomp5 with libgomp: \
                    10.0 ms of CPU time on threads of each. OpenBLAS with OpenMP: both with 0.3 \
                    runnable threads in a tick and cores short by 0.5, for 0.25 s that are 5 % \
                    of the wall time, or 60 s in all.",
        wrong_when: "Newer versions of libiomp5 and libomp may have become compatible. That \
                     OpenBLAS was called from inside a region is not seen from outside: threads \
                     of both that are busy together may also be two callers on purpose, or \
                     OpenBLAS's threads that poll after a call.",
        fix: "Let one runtime serve all: MKL_THREADING_LAYER=GNU makes MKL use libgomp, packages \
              of one distribution share one. Around OpenMP code, limit BLAS to one thread \
              (threadpoolctl.threadpool_limits(1, user_api='blas')).",
    },
    find,
};

/// The pools of one process by runtime.
type Pools = BTreeMap<Runtime, Vec<PoolId>>;

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut processes: BTreeMap<ProcessId, Pools> = BTreeMap::new();
    for (id, (process, pool)) in (0..).map(PoolId).zip(&facts.recording.pools) {
        // OpenBLAS built for OpenMP has no threads of its own to clash with.
        let layer = pool.threading_layer.get().map(String::as_str);
        if pool.runtime != Runtime::OpenBlas || layer == Some("pthreads") {
            processes.entry(*process).or_default().entry(pool.runtime).or_default().push(id);
        }
    }
    let mut findings = Vec::new();
    findings.extend(intel_and_llvm(facts, &processes));
    findings.extend(intel_and_gnu(facts, &processes));
    findings.extend(openblas_and_openmp(facts, &processes));
    findings
}

fn intel_and_llvm(facts: &Facts<'_>, processes: &BTreeMap<ProcessId, Pools>) -> Option<Finding> {
    let evidence: Vec<Evidence> = processes
        .iter()
        .filter_map(|(process, pools)| {
            let both = both(pools, Runtime::Libiomp5, Runtime::Libomp)?;
            Some(loaded(facts, *process, both))
        })
        .collect();
    finding(
        "Intel's libiomp5 and LLVM's libomp are in one process, which can crash or hang".to_owned(),
        evidence,
        "no time was lost to it that could be measured; it can end the program",
        vec![gnu_layer(facts)],
    )
}

fn intel_and_gnu(facts: &Facts<'_>, processes: &BTreeMap<ProcessId, Pools>) -> Option<Finding> {
    let used = |pools: &[PoolId]| -> bool {
        let threads = pools.iter().flat_map(|pool| facts.pool_threads(*pool));
        threads.filter_map(|id| facts.thread(id)).map(|t| t.run).sum::<Nanos>() >= USED
    };
    let evidence: Vec<Evidence> = processes
        .iter()
        .filter(|(_, pools)| {
            [Runtime::Libiomp5, Runtime::Libgomp]
                .iter()
                .all(|runtime| pools.get(runtime).is_some_and(|pools| used(pools)))
        })
        .filter_map(|(process, pools)| {
            let both = both(pools, Runtime::Libiomp5, Runtime::Libgomp)?;
            Some(loaded(facts, *process, both))
        })
        .collect();
    finding(
        "Intel's libiomp5 and libgomp both keep a team of threads in one process".to_owned(),
        evidence,
        "what one team burns while the other computes is in CW104",
        vec![gnu_layer(facts)],
    )
}

fn openblas_and_openmp(
    facts: &Facts<'_>,
    processes: &BTreeMap<ProcessId, Pools>,
) -> Option<Finding> {
    let candidates: Vec<(ProcessId, Group)> = processes
        .iter()
        .filter_map(|(process, pools)| {
            let blas = pools.get(&Runtime::OpenBlas)?.clone();
            let openmp: Vec<PoolId> = [Runtime::Libgomp, Runtime::Libomp, Runtime::Libiomp5]
                .iter()
                .filter_map(|runtime| pools.get(runtime))
                .flatten()
                .copied()
                .collect();
            (!openmp.is_empty()).then(|| (*process, Group { sides: vec![blas, openmp] }))
        })
        .collect();
    let groups: Vec<Group> = candidates.iter().map(|(_, group)| group.clone()).collect();
    let stretches = together(facts, &groups);
    let mut longest = Nanos::ZERO;
    let evidence: Vec<Evidence> = candidates
        .iter()
        .zip(&stretches)
        .filter(|(_, stretches)| LEAST.met(stretches.time, facts.wall()))
        .map(|((process, group), stretches)| {
            longest = longest.max(stretches.time);
            busy(facts, *process, group, stretches)
        })
        .collect();
    finding(
        format!(
            "OpenBLAS and OpenMP threads of one process were busy at the same time for {} on {}",
            words::seconds(longest),
            words::cores(facts.cores())
        ),
        evidence,
        "their threads took cores from each other: see CW101 and CW104",
        vec![Fix {
            text: "limit BLAS to one thread around OpenMP code".to_owned(),
            command: Some(
                "with threadpoolctl.threadpool_limits(1, user_api=\"blas\"): ...".to_owned(),
            ),
        }],
    )
}

fn both(pools: &Pools, a: Runtime, b: Runtime) -> Option<Vec<PoolId>> {
    Some([pools.get(&a)?.as_slice(), pools.get(&b)?.as_slice()].concat())
}

fn loaded(facts: &Facts<'_>, process: ProcessId, pools: Vec<PoolId>) -> Evidence {
    let paths: Vec<String> = pools
        .iter()
        .filter_map(|id| facts.recording.pools.get(id.index()))
        .map(|(_, pool)| pool.path.clone())
        .collect();
    let life = facts.recording.processes.get(process.index());
    let spans = life.map(|p| Span { start: p.start, end: p.end.unwrap_or(facts.wall()) });
    Evidence {
        text: format!("one process has loaded {}", words::listed(&paths)),
        spans: spans.into_iter().collect(),
        processes: vec![process],
        threads: pools.iter().flat_map(|pool| facts.pool_threads(*pool)).collect(),
        pools,
        ..Evidence::default()
    }
}

fn busy(facts: &Facts<'_>, process: ProcessId, group: &Group, stretches: &Stretches) -> Evidence {
    let pools: Vec<PoolId> = group.sides.iter().flatten().copied().collect();
    Evidence {
        text: format!(
            "for {} threads of both were busy at the same time, with {} runnable threads on {}",
            words::seconds(stretches.time),
            words::figure(mean_runnable(facts, stretches)),
            words::cores(facts.cores()),
        ),
        spans: stretches.spans.clone(),
        processes: vec![process],
        threads: pools.iter().flat_map(|pool| facts.pool_threads(*pool)).collect(),
        pools,
        ..Evidence::default()
    }
}

fn gnu_layer(facts: &Facts<'_>) -> Fix {
    let setting = "MKL_THREADING_LAYER=GNU";
    Fix {
        text: "if libiomp5 came with MKL, let MKL use libgomp".to_owned(),
        command: Some(words::with_variable(setting, &facts.recording.header.command)),
    }
}

fn finding(title: String, evidence: Vec<Evidence>, how: &str, fixes: Vec<Fix>) -> Option<Finding> {
    (!evidence.is_empty()).then(|| Finding {
        code: Code::Cw302,
        severity: Severity::Warning,
        title,
        evidence,
        cost: Cost { lost: Known::unknown("it is in no counter"), how: how.to_owned() },
        fixes,
    })
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};
    use crate::together::{ABOVE, BUSY};

    fn program(cores: f64, a: Runtime, b: Runtime, busy: f64) -> Scenario {
        let mut s = Scenario::new(cores, 10.0);
        s.busy(s.main(s.root()), 0.0..10.0);
        for runtime in [a, b] {
            let pool = s.pool(s.root(), runtime, 2);
            let thread = s.pool_threads(pool, 1)[0];
            s.busy(thread, 0.0..busy).run(0.6).wait(0.4);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                USED.to_string(),
                BUSY.to_string(),
                ABOVE.to_string(),
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
            ],
        );
    }

    #[test]
    fn intel_with_llvm_is_a_danger_even_when_idle() {
        let finding = one(&program(8.0, Runtime::Libiomp5, Runtime::Libomp, 0.0), Code::Cw302);
        assert!(finding.title.contains("can crash or hang"));
        assert_eq!(finding.evidence[0].pools.len(), 2);
    }

    #[test]
    fn intel_with_gnu_counts_when_both_were_used() {
        let used = program(8.0, Runtime::Libgomp, Runtime::Libiomp5, 1.0);
        assert!(one(&used, Code::Cw302).title.contains("both keep a team"));
        let idle = program(8.0, Runtime::Libgomp, Runtime::Libiomp5, 0.0);
        assert_eq!(found(&idle, Code::Cw302), []);
    }

    #[test]
    fn openblas_beside_openmp() {
        let finding = one(&program(2.0, Runtime::OpenBlas, Runtime::Libgomp, 4.0), Code::Cw302);
        assert_eq!(
            finding.title,
            "OpenBLAS and OpenMP threads of one process were busy at the same time for 4.0 s on 2 \
             cores"
        );
        assert_eq!(found(&program(4.0, Runtime::OpenBlas, Runtime::Libgomp, 4.0), Code::Cw302), []);
        assert_eq!(found(&program(2.0, Runtime::OpenBlas, Runtime::Libgomp, 0.1), Code::Cw302), []);
    }

    #[test]
    fn gnu_with_llvm_is_fine() {
        assert_eq!(found(&program(8.0, Runtime::Libgomp, Runtime::Libomp, 1.0), Code::Cw302), []);
    }
}
