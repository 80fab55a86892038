//! CW103: throttled by the cgroup.

use corewise_model::{
    Code, Cost, Evidence, Finding, Fix, Known, Nanos, Severity, Span, Throttling,
};

use crate::Explanation;
use crate::facts::Facts;
use crate::figures;
use crate::rule::Rule;
use crate::stretches::fewer;
use crate::words;

/// Reported from this many throttled periods …
const PERIODS: u64 = 5;
/// … and this part of the periods in which the group wanted to run.
const SHARE: f64 = 0.05;
/// A warning from this part on, where more threads were runnable than the quota is worth.
const WARNING: f64 = 0.2;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw103,
        title: "throttled by the cgroup",
        meaning: "The program used up its CPU quota before the enforcement period (mostly 100 \
                  ms) was over, and the kernel stopped all its threads until the next one. A \
                  stop hits everything: the thread that holds a lock or the GIL, the member \
                  that a whole team waits for, the heartbeat of a worker.",
        measured: "The kernel's counters of the program's cgroups with a quota (cpu.stat: \
                   nr_periods, nr_throttled, throttled time), from the first reading to the \
                   last; the group with the most throttled periods counts. The throttled time is \
                   the kernel's sum over CPUs, so it can exceed the wall time. No cost is given: \
                   a group that is stopped has used its quota in full, so no core of it was \
                   lost; what work that was, CW101 and CW104 say.",
        threshold: "Reported from 5 throttled periods that are 5 % of the periods in which the \
                    group ran. A warning from 20 % where more threads were runnable than the \
                    allowed threads. Else a note: a program with as many threads as its quota is \
                    worth uses it in full, and cannot do better.",
        wrong_when: "The counters are the whole group's: other programs in it count, too. A \
                     quota of the hypervisor or of the host above a container is not seen.",
        fix: "Let no more threads run than the quota is worth (`corewise run` sizes the pools), \
              or raise the quota (docker --cpus, a Kubernetes CPU limit, systemd's CPUQuota).",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let last = facts.recording.system.iter().rev().find(|tick| !tick.throttling.is_empty());
    let worst = last.and_then(|tick| tick.throttling.iter().max_by_key(|t| t.throttled_periods));
    let Some(worst) = worst else { return Vec::new() };
    let share = worst.throttled_periods as f64 / worst.periods.max(1) as f64;
    if worst.throttled_periods < PERIODS || share < SHARE {
        return Vec::new();
    }
    let spans = spans(facts, &worst.path);
    let crowded = crowded(facts, &spans);
    let threads = words::count(u64::from(facts.recording.header.allowed.threads), "thread");
    let fix = Fix {
        text: format!("size every pool to the quota: {threads}"),
        command: words::govern(&facts.recording.header.command),
    };
    let raise = Fix { text: "or raise the CPU quota of the container".to_owned(), command: None };
    let cores = words::cores(facts.cores());
    vec![Finding {
        code: Code::Cw103,
        severity: if crowded && share >= WARNING { Severity::Warning } else { Severity::Note },
        title: format!(
            "stopped by its CPU quota of {cores} in {} of the periods",
            words::percent(share.min(1.0))
        ),
        evidence: vec![evidence(worst, spans)],
        cost: Cost {
            lost: Known::unknown("a stopped program has used its quota in full"),
            how: "no core of the quota was lost; what the quota was spent on, CW101 and CW104 say"
                .to_owned(),
        },
        fixes: if crowded { vec![fix, raise] } else { vec![raise] },
    }]
}

/// The stretches between two readings in which periods were throttled.
fn spans(facts: &Facts<'_>, path: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let (mut start, mut before) = (Nanos::ZERO, 0);
    for tick in &facts.recording.system {
        let Some(now) = tick.throttling.iter().find(|t| t.path == path) else { continue };
        if now.throttled_periods > before {
            match spans.last_mut() {
                Some(last) if last.end == start => last.end = tick.at,
                _ => spans.push(Span { start, end: tick.at }),
            }
        }
        (start, before) = (tick.at, now.throttled_periods);
    }
    fewer(spans)
}

/// Whether more threads were runnable in these stretches than are allowed: in one of five ticks.
fn crowded(facts: &Facts<'_>, spans: &[Span]) -> bool {
    let (mut all, mut crowded) = (0u64, 0u64);
    let mut spans = spans.iter().peekable();
    for (tick, runnable) in facts.activity.ticks.iter().zip(&facts.runnable) {
        while spans.next_if(|span| span.end < tick.at).is_some() {}
        if spans.peek().is_some_and(|span| span.start < tick.at) {
            all += 1;
            crowded += u64::from(*runnable >= facts.limit() + 0.5);
        }
    }
    crowded * 5 >= all && crowded > 0
}

fn evidence(worst: &Throttling, spans: Vec<Span>) -> Evidence {
    Evidence {
        text: format!(
            "{} was stopped in {} of {} periods, for {} summed over CPUs",
            worst.path,
            worst.throttled_periods,
            worst.periods,
            words::seconds(worst.throttled)
        ),
        spans,
        measures: vec![
            figures::THROTTLED_PERIODS.of(worst.throttled_periods as f64),
            figures::PERIODS.of(worst.periods as f64),
            figures::THROTTLED_TIME.of(worst.throttled.0 as f64),
        ],
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::Role;
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    fn program(threads: u32, part: f64) -> Scenario {
        let mut s = Scenario::new(1.0, 10.0).of_machine(8);
        for _ in 0..threads {
            let thread = s.thread(s.root(), Role::Python, 0.0);
            s.busy(thread, 0.0..10.0).run(1.0 / f64::from(threads));
            s.busy(thread, 0.0..10.0).run(0.0).wait(1.0 - 1.0 / f64::from(threads));
        }
        s.throttled(2.0..2.0 + 10.0 * part, 0.5);
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[PERIODS.to_string(), words::percent(SHARE), words::percent(WARNING)]);
    }

    #[test]
    fn too_many_threads_for_the_quota() {
        let finding = one(&program(4, 0.5), Code::Cw103);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(finding.title, "stopped by its CPU quota of 1 core in 50 % of the periods");
        let span = Span { start: Nanos::from_millis(2000), end: Nanos::from_millis(7000) };
        assert_eq!(finding.evidence[0].spans, [span]);
        assert!(finding.evidence[0].text.contains("50 of 100 periods, for 2.5 s"));
    }

    #[test]
    fn one_thread_that_uses_its_quota_in_full_is_a_note() {
        let finding = one(&program(1, 0.8), Code::Cw103);
        assert_eq!(finding.severity, Severity::Note);
        assert_eq!(finding.fixes.len(), 1);
    }

    #[test]
    fn few_throttled_periods_are_fine() {
        assert_eq!(found(&program(4, 0.03), Code::Cw103), []);
        assert_eq!(found(&program(4, 0.0), Code::Cw103), []);
    }
}
