//! CW401: the same random stream in several workers.

use std::collections::BTreeMap;

use corewise_model::{
    Code, Cost, Evidence, Finding, Fix, Known, ProcessId, Severity, Span, StartMethod,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::rule::Rule;
use crate::words;

/// Processes that must have drawn from one stream.
const PROCESSES: usize = 2;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw401,
        title: "the same random stream in several workers",
        meaning: "A random generator was copied by fork and then drawn from in more than one \
                  process, so the workers work with the same random numbers: the same bootstrap \
                  samples, the same noise, the same shuffles. Nothing fails, and results look \
                  more certain than they are. NumPy's global functions (np.random.normal and \
                  its kin) have one generator per process that fork copies, and so has every \
                  Generator that was made before the fork.",
        measured: "The states of NumPy's bit generators are looked up in the memory of each \
                   forked process when it starts and again later. Processes with the same kind \
                   of generator at the same address with the same inherited state, which has \
                   moved on since without being seeded anew, have drawn from one stream. No cost \
                   is computed: the results are wrong, not slow.",
        threshold: "Reported from 2 processes that drew from one inherited stream. Always severe.",
        wrong_when: "Common random numbers are a method of their own, where workers shall see \
                     the same numbers. A process that jumped ahead or skipped numbers looks as \
                     if it had drawn. Generators of Python's random module, PyTorch and others \
                     are not looked at, nor are processes that end before they are looked at.",
        fix: "Give each worker or task its own stream: \
              numpy.random.SeedSequence(seed).spawn(n), one default_rng for each child; or \
              reseed in the worker's initializer.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let mut streams: BTreeMap<(&str, u64, u64), Vec<ProcessId>> = BTreeMap::new();
    for (process, uses) in &facts.recording.bit_generators {
        for used in uses.iter().filter(|used| used.drawn) {
            let key = (used.name.as_str(), used.inherited, used.address);
            let processes = streams.entry(key).or_default();
            if !processes.contains(process) {
                processes.push(*process);
            }
        }
    }
    streams.retain(|_, processes| processes.len() >= PROCESSES);
    // Workers of one pool often share several generators: one finding for them.
    let mut of_processes: BTreeMap<Vec<ProcessId>, Vec<&str>> = BTreeMap::new();
    for ((name, ..), mut processes) in streams {
        processes.sort_unstable();
        of_processes.entry(processes).or_default().push(name);
    }
    of_processes.iter().map(|(processes, names)| finding(facts, processes, names)).collect()
}

fn finding(facts: &Facts<'_>, processes: &[ProcessId], names: &[&str]) -> Finding {
    let life = |id: &ProcessId| facts.recording.processes.get(id.index());
    let mut kinds: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    kinds.dedup();
    let spans = processes
        .iter()
        .filter_map(life)
        .map(|p| Span { start: p.start, end: p.end.unwrap_or(facts.wall()) })
        .collect();
    let pids: Vec<String> = processes.iter().filter_map(life).map(|p| p.pid.to_string()).collect();
    let streams = match names.len() {
        1 => format!("the same {} stream", kinds[0]),
        n => format!("the same {n} streams ({})", words::listed(&kinds)),
    };
    Finding {
        code: Code::Cw401,
        severity: Severity::Severe,
        title: format!(
            "{} drew from {streams}: their random numbers are alike",
            words::workers_counted(processes.len() as u64, StartMethod::Fork)
        ),
        evidence: vec![Evidence {
            text: format!(
                "processes {} inherited {} in the same state and drew from it without reseeding",
                words::first_of(&pids, 8),
                words::listed(&kinds)
            ),
            spans,
            processes: processes.to_vec(),
            ..Evidence::default()
        }],
        cost: Cost {
            lost: Known::unknown("the results are wrong, not slow"),
            how: "not computed".to_owned(),
        },
        fixes: vec![
            Fix {
                text: "give each task a stream of its own".to_owned(),
                command: Some(
                    "rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(n)]"
                        .to_owned(),
                ),
            },
            Fix {
                text: "or reseed NumPy's global state in each worker".to_owned(),
                command: Some("multiprocessing.Pool(initializer=np.random.seed)".to_owned()),
            },
        ],
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    /// Workers with the state that each inherited, and whether it drew.
    fn program(states: &[(u64, bool)]) -> Scenario {
        let mut s = Scenario::new(2.0, 10.0);
        for (state, drawn) in states {
            let worker = s.process(s.root(), StartMethod::Fork, 1.0);
            s.bit_generator(worker, "MT19937", *state, *drawn);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[format!("{PROCESSES} processes")]);
    }

    #[test]
    fn workers_that_drew_from_one_stream() {
        let finding = one(&program(&[(7, true), (7, true), (7, false), (7, true)]), Code::Cw401);
        assert_eq!(
            finding.title,
            "3 forked processes drew from the same MT19937 stream: their random numbers are alike"
        );
        assert_eq!(finding.severity, Severity::Severe);
        assert!(
            finding.evidence[0].text.starts_with("processes 101, 102 and 104 inherited MT19937"),
            "{}",
            finding.evidence[0].text
        );
    }

    #[test]
    fn two_generators_of_the_same_workers_are_one_finding() {
        let mut s = program(&[(7, true), (7, true)]);
        for worker in [1, 2] {
            s.bit_generator(ProcessId(worker), "PCG64", 9, true);
        }
        assert!(one(&s, Code::Cw401).title.contains("the same 2 streams (MT19937 and PCG64)"));
    }

    #[test]
    fn one_that_drew_or_other_states_are_fine() {
        assert_eq!(found(&program(&[(7, true), (7, false)]), Code::Cw401), []);
        assert_eq!(found(&program(&[(7, true), (8, true)]), Code::Cw401), []);
    }
}
