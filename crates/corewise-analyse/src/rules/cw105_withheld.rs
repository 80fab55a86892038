//! CW105: the governor withheld threads.

use std::collections::BTreeSet;

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Known, Nanos, ProcessId, Severity,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::figures;
use crate::governed::{Governed, governed};
use crate::rule::Rule;
use crate::stretches::Stretches;
use crate::words;

/// Reported from so many withheld threads for each parallel region on.
const EACH: f64 = 0.1;
/// Processes that are named.
const NAMED: usize = 3;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw105,
        title: "the governor withheld threads",
        meaning: "Parallel regions asked for more threads than the budget had cores left, and the \
                  governor of `corewise run` gave them fewer. It is no problem: it says what \
                  would have been oversubscription. Where the number is large, the program has \
                  two levels of parallelism, and the outer one fills the budget alone.",
        measured: "Every process counts its parallel regions and the threads that they asked for \
                   and did not get in the table of the session; the recorder reads the counters \
                   at each tick. The stretches are ticks in which a counter of withheld threads \
                   grew. Cores held are what the table says at the moment of each look. There is \
                   no cost: what the threads would have lost is not measured.",
        threshold: "Reported where at least 0.1 threads were withheld for each parallel region, on \
                    average over the run.",
        wrong_when: "Runtimes that the governor has no hooks for are not in it, see CW106. What a \
                     process counted in its last 20 ms can be missing where another process took \
                     over its place in the table. A region that asks for more threads than its \
                     work can use counts with all that it asked for.",
        fix: "Nothing needs doing. Where results have to be equal bit for bit from run to run, \
              `corewise run --deterministic` fixes the thread counts. Where single regions should \
              have more threads, start fewer workers, or give the program more cores.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(governed) = governed(facts.recording) else { return Vec::new() };
    if governed.withheld == 0 || (governed.withheld as f64) < EACH * governed.regions as f64 {
        return Vec::new();
    }
    let mut from: Vec<_> = governed.processes.iter().filter(|p| p.withheld > 0).collect();
    from.sort_by_key(|process| (std::cmp::Reverse(process.withheld), process.process));
    let processes: Vec<ProcessId> = from.iter().map(|process| process.process).collect();
    let mut evidence = vec![Evidence {
        text: format!(
            "{} in {} asked for {} more than they got, {} each on average; at most {} were held \
             at once, of a budget of {}",
            words::count(governed.regions, "parallel region"),
            words::processes(governed.processes.len()),
            words::count(governed.withheld, "thread"),
            words::figure(governed.withheld as f64 / governed.regions.max(1) as f64),
            words::count(u64::from(governed.held_most), "core"),
            budget(&governed),
        ),
        spans: withheld(facts).spans,
        processes,
        measures: vec![
            figures::REGIONS.of(governed.regions as f64),
            figures::WITHHELD.of(governed.withheld as f64),
            figures::HELD_MEAN.of(governed.held.0),
            figures::HELD_MOST.of(f64::from(governed.held_most)),
            figures::BUDGET.of(f64::from(governed.budget.1)),
        ],
        ..Evidence::default()
    }];
    if from.len() > 1 {
        evidence.extend(from.iter().take(NAMED).map(|process| Evidence {
            text: format!(
                "{} withheld from {} in {}",
                words::count(process.withheld, "thread"),
                words::count(process.regions, "region"),
                words::process(facts.recording, process.process),
            ),
            processes: vec![process.process],
            ..Evidence::default()
        }));
    }
    vec![Finding {
        code: Code::Cw105,
        severity: Severity::Note,
        title: format!(
            "the governor withheld {} that {} asked for",
            words::count(governed.withheld, "thread"),
            words::count(governed.regions, "parallel region"),
        ),
        evidence,
        cost: Cost {
            lost: Known::Known(CoreSeconds(0.0)),
            how: "nothing was lost: the threads would have had no core of their own".to_owned(),
        },
        fixes: vec![Fix {
            text: "nothing needs doing: this is what the governor is for".to_owned(),
            command: None,
        }],
    }]
}

/// The budget, and from what on where it was changed.
fn budget(governed: &Governed) -> String {
    match governed.budget {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The ticks in which a counter of withheld threads grew.
fn withheld(facts: &Facts<'_>) -> Stretches {
    let ticks: BTreeSet<usize> = facts
        .recording
        .leases
        .iter()
        .filter(|tick| tick.processes.iter().any(|process| process.withheld > 0))
        .filter_map(|tick| facts.tick_at(tick.at))
        .collect();
    Stretches::of(facts.activity, Nanos::ZERO, |k, _| ticks.contains(&k))
}

#[cfg(test)]
mod tests {
    use corewise_model::StartMethod;
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    /// Workers whose regions each ask for two threads more than they get.
    fn workers(number: u32) -> Scenario {
        let mut s = Scenario::new(4.0, 10.0);
        s.govern(4);
        for _ in 0..number {
            let worker = s.process(s.root(), StartMethod::Loky, 0.0);
            s.leases(worker, 2.0..6.0, 1, 2).regions(50.0, 100.0);
        }
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[EACH.to_string()]);
    }

    #[test]
    fn it_says_what_was_prevented_and_where() {
        let finding = one(&workers(2), Code::Cw105);
        assert_eq!(finding.severity, Severity::Note);
        assert_eq!(
            finding.title,
            "the governor withheld 800 threads that 400 parallel regions asked for"
        );
        assert_eq!(
            finding.evidence[0].text,
            "400 parallel regions in 2 processes asked for 800 threads more than they got, 2 each \
             on average; at most 4 cores were held at once, of a budget of 4"
        );
        assert_eq!(
            finding.evidence[1].text,
            "400 threads withheld from 200 regions in loky worker 101"
        );
        let spans = &finding.evidence[0].spans;
        assert_eq!((spans.len(), spans[0].start), (1, Nanos::from_millis(2000)));
        assert_eq!(finding.fixes[0].command, None);
    }

    #[test]
    fn a_change_of_the_budget_is_named() {
        let mut s = workers(1);
        let session =
            corewise_model::Session { at: Nanos::SECOND, budget: 2, deterministic: false };
        s.define(1.0, corewise_model::Entry::Session(session));
        let finding = one(&s, Code::Cw105);
        assert!(finding.evidence[0].text.ends_with("of a budget of 2 to 4"), "{finding:?}");
        assert_eq!(finding.evidence.len(), 1);
    }

    #[test]
    fn few_withheld_threads_are_no_news() {
        let mut s = Scenario::new(2.0, 10.0);
        s.govern(2);
        s.leases(s.root(), 0.0..10.0, 1, 2).regions(100.0, 9.0);
        assert_eq!(found(&s, Code::Cw105), []);
    }

    #[test]
    fn an_observed_program_has_nothing_withheld() {
        assert_eq!(found(&Scenario::new(2.0, 10.0), Code::Cw105), []);
    }
}
