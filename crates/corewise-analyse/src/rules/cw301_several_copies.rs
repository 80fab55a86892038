//! CW301: several copies of one runtime that get in each other's way.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{
    Code, Cost, Evidence, Finding, Fix, Known, Pool, PoolId, ProcessId, Runtime, Severity,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::together::{Group, LEAST, mean_runnable, together};
use crate::words;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw301,
        title: "several copies of one runtime",
        meaning: "A process has two or more copies of one library that owns threads, and their \
                  pools were busy at the same time. Wheels bring their own copies, so NumPy and \
                  SciPy from PyPI are two OpenBLAS libraries with a pool each. That is the norm \
                  and harmless in itself. It costs when both run together: each has as many \
                  threads as there are cores, and OpenBLAS's threads poll for about 0.1 s after \
                  a call, on the cores that the other copy's call wants.",
        measured: "Copies are the different mapped files (or different addresses of one file) of \
                   a runtime in a process. A copy is busy in a tick in which its threads were \
                   runnable, the caller's not counted. The stretches in which two copies were \
                   busy while the program had more runnable threads than allowed are the \
                   evidence. What it costs is part of CW101 and CW104.",
        threshold: "A copy is busy from 0.3 runnable threads in a tick, and cores are short from \
                    0.5 runnable threads above the allowed ones. Reported from 0.25 s that are 5 \
                    % of the wall time, or 60 s in all. Copies that are merely loaded are not \
                    reported: `corewise pools` lists them.",
        wrong_when: "Two copies that are called by different threads on purpose look the same as \
                     two that get in each other's way by polling. A copy that is linked \
                     statically into another library is not seen.",
        fix: "Install the packages from one distribution that shares the library (conda-forge, \
              Debian), limit one copy around its calls by threadpoolctl, or let idle threads \
              sleep sooner (OPENBLAS_THREAD_TIMEOUT=17 for OpenBLAS).",
    },
    find,
};

/// The pools of one process at each mapping of a file: its path and address.
type Places<'a> = BTreeMap<(&'a str, u64), Vec<PoolId>>;

/// Copies of one runtime, by their paths: the same in every worker of a program.
type Copies = (Runtime, Vec<String>);

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut of_process: BTreeMap<(ProcessId, Runtime), Places<'_>> = BTreeMap::new();
    for (id, (process, pool)) in (0..).map(PoolId).zip(&facts.recording.pools) {
        let copies = of_process.entry((*process, pool.runtime)).or_default();
        copies.entry((&pool.path, pool.base)).or_default().push(id);
    }
    of_process.retain(|_, copies| copies.len() > 1);
    let groups: Vec<Group> = of_process
        .values()
        .map(|copies| Group { sides: copies.values().cloned().collect() })
        .collect();
    let stretches = together(facts, &groups);
    let mut findings: BTreeMap<Copies, Finding> = BTreeMap::new();
    for (((process, runtime), group), stretches) in of_process.keys().zip(&groups).zip(&stretches) {
        if !LEAST.met(stretches.time, facts.wall()) {
            continue;
        }
        let pools: Vec<PoolId> = group.sides.iter().flatten().copied().collect();
        let paths: Vec<String> = names(facts, &pools, |pool| pool.path.clone());
        let evidence = Evidence {
            text: format!(
                "for {} two copies were busy at the same time in one process, with {} runnable \
                 threads on {}: {}",
                words::seconds(stretches.time),
                words::figure(mean_runnable(facts, stretches)),
                words::cores(facts.cores()),
                words::listed(&paths),
            ),
            spans: stretches.spans.clone(),
            processes: vec![*process],
            threads: pools.iter().flat_map(|pool| facts.pool_threads(*pool)).collect(),
            pools: pools.clone(),
            stack: None,
            measures: vec![figures::DURATION.of(stretches.time.0 as f64)],
        };
        findings
            .entry((*runtime, paths))
            .or_insert_with(|| finding(facts, *runtime, group.sides.len(), &pools))
            .evidence
            .push(evidence);
    }
    findings.into_values().collect()
}

/// What the pools' libraries are called, each once.
fn names(facts: &Facts<'_>, pools: &[PoolId], name: impl Fn(&Pool) -> String) -> Vec<String> {
    let names: BTreeSet<String> = pools
        .iter()
        .filter_map(|id| facts.recording.pools.get(id.index()))
        .map(|(_, pool)| name(pool))
        .collect();
    names.into_iter().collect()
}

fn finding(facts: &Facts<'_>, runtime: Runtime, copies: usize, pools: &[PoolId]) -> Finding {
    let shippers = names(facts, pools, |pool| match &pool.distribution {
        Known::Known(distribution) => distribution.name.clone(),
        Known::Unknown(_) => String::new(),
    });
    let of = if shippers.iter().all(|name| !name.is_empty()) && shippers.len() > 1 {
        format!(" (of {})", words::listed(&shippers))
    } else {
        String::new()
    };
    let mut fixes = Vec::new();
    if runtime == Runtime::OpenBlas {
        let setting = "OPENBLAS_THREAD_TIMEOUT=17";
        fixes.push(Fix {
            text: "let idle threads sleep sooner".to_owned(),
            command: Some(words::with_variable(setting, &facts.recording.header.command)),
        });
    }
    fixes.push(Fix {
        text: "limit the pools around the calls of one of them".to_owned(),
        command: Some("with threadpoolctl.threadpool_limits(1): ...".to_owned()),
    });
    fixes.push(Fix {
        text: "or install the packages from a distribution in which they share one copy".to_owned(),
        command: None,
    });
    Finding {
        code: Code::Cw301,
        severity: Severity::Warning,
        title: format!(
            "{copies} copies of {runtime}{of} were busy at the same time on {}",
            words::cores(facts.cores())
        ),
        evidence: Vec::new(),
        cost: Cost {
            lost: Known::unknown("it is part of what CW101 and CW104 say"),
            how: "the copies' threads took cores from each other: see CW101 and CW104".to_owned(),
        },
        fixes,
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::{Scenario, pool};

    use super::*;
    use crate::rules::proof::{found, one, stated};
    use crate::together::{ABOVE, BUSY};

    /// NumPy's and SciPy's OpenBLAS, each with one thread beside the caller.
    fn program(cores: f64, second: std::ops::Range<f64>) -> Scenario {
        let mut s = Scenario::new(cores, 10.0);
        let main = s.main(s.root());
        s.busy(main, 0.0..10.0);
        let numpy = s.pool(s.root(), Runtime::OpenBlas, 2);
        let mut other = pool(Runtime::OpenBlas, 2, 0x5000);
        other.path = "/site/scipy.libs/libscipy_openblas.so".to_owned();
        let scipy = s.pool_of(s.root(), other, 0.0);
        for (pool, range) in [(numpy, 0.0..6.0), (scipy, second)] {
            let thread = s.pool_threads(pool, 1)[0];
            s.busy(thread, range).run(0.8).wait(0.2);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                BUSY.to_string(),
                ABOVE.to_string(),
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
            ],
        );
    }

    #[test]
    fn two_copies_that_poll_on_each_others_cores() {
        let finding = one(&program(2.0, 3.0..9.0), Code::Cw301);
        assert_eq!(finding.title, "2 copies of OpenBLAS were busy at the same time on 2 cores");
        assert!(
            finding.evidence[0].text.starts_with("for 3.0 s two copies were busy"),
            "{}",
            finding.evidence[0].text
        );
        assert_eq!(finding.evidence[0].pools.len(), 2);
    }

    #[test]
    fn two_copies_with_room_or_in_turn_are_the_norm() {
        assert_eq!(found(&program(4.0, 0.0..9.0), Code::Cw301), []);
        assert_eq!(found(&program(2.0, 6.0..9.0), Code::Cw301), []);
    }
}
