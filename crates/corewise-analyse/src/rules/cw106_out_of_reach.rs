//! CW106: pools that the governor does not reach.

use std::collections::BTreeSet;

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Known, ProcessId, Severity, ThreadId,
};

use super::cw101_oversubscription::{LEAST, oversubscribed};
use crate::Explanation;
use crate::facts::Facts;
use crate::figures;
use crate::governed::governed;
use crate::reach::{Group, Why, out_of_reach};
use crate::rule::Rule;
use crate::spin::spun;
use crate::stretches::Stretches;
use crate::words;

/// Reported where so many threads of pools out of reach were runnable, on average …
const THREADS: f64 = 0.75;
/// … and made this part of the runnable threads.
const PART: f64 = 0.25;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw106,
        title: "pools that the governor does not reach",
        meaning: "The program was governed, and more threads were runnable than it has cores all \
                  the same, a good part of them in pools whose parallel regions ask nobody: of a \
                  runtime without hooks, or in a process without a governor, such as a program \
                  that is not Python or an interpreter without corewise.",
        measured: "The ticks are those that CW101 counts as oversubscribed. A pool is within reach \
                   if `corewise pools` says that it is governed, and its process leased for at \
                   least one parallel region. The runnable threads of all \
                   other pools are counted, running and waiting ones. The cost is their CPU time \
                   in spin loops in these ticks, from sampled instruction pointers; it is part of \
                   CW101's.",
        threshold: "Reported where CW101 is and pools out of reach had at least 0.75 runnable \
                    threads and 25 % of all that were runnable, on average over those ticks.",
        wrong_when: "A process is taken for governed if one of its pools is: a second copy of a \
                     runtime that could not be hooked (it was linked into its caller) is not told \
                     from the first. A program of another PID namespace (a container that the \
                     program starts) is taken for ungoverned. On processors other than x86-64 \
                     nothing is governed. Threads whose pool is not known are \
                     left out.",
        fix: "Size what is out of reach when it starts: the runtime's variable, set to the budget \
              over the number of processes that run at once. Install corewise in the other \
              interpreter, so that `corewise run` governs it too.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(governed) = governed(facts.recording) else { return Vec::new() };
    let stretches = oversubscribed(facts);
    if !LEAST.met(stretches.time, facts.wall()) {
        return Vec::new();
    }
    let mut groups = out_of_reach(facts, &stretches, &governed);
    let time = stretches.time.as_secs_f64();
    let all: f64 = stretches
        .ticks()
        .map(|k| facts.runnable[k] * facts.activity.ticks[k].interval.as_secs_f64())
        .sum();
    let out: f64 = groups.iter().map(|group| group.runnable).sum();
    if out < THREADS * time || out < PART * all {
        return Vec::new();
    }
    // What adds little is no reason to do anything.
    groups.retain(|group| group.runnable >= 0.1 * out);
    groups.sort_by(|a, b| b.runnable.total_cmp(&a.runnable));
    let Some(first) = groups.first() else { return Vec::new() };
    let title = format!(
        "{} of {} runnable threads are out of the governor's reach: {}, {}",
        words::figure(out / time),
        words::figure(all / time),
        first.runtime,
        first.why.words(first.processes.len()),
    );
    let involved: BTreeSet<ThreadId> =
        groups.iter().flat_map(|group| group.threads.iter().copied()).collect();
    vec![Finding {
        code: Code::Cw106,
        severity: Severity::Warning,
        title,
        evidence: groups.iter().map(|group| evidence(group, &stretches)).collect(),
        cost: cost(facts, &stretches, &involved),
        fixes: fixes(facts, &groups, governed.budget.0),
    }]
}

fn evidence(group: &Group, stretches: &Stretches) -> Evidence {
    let time = stretches.time.as_secs_f64();
    Evidence {
        text: format!(
            "{} {} threads in {} were runnable on average while there were too many: {}",
            words::figure(group.runnable / time),
            words::kind(group.runtime),
            words::processes(group.processes.len()),
            group.why.words(group.processes.len()),
        ),
        spans: stretches.spans.clone(),
        processes: group.processes.iter().copied().collect(),
        threads: group.threads.iter().copied().collect(),
        pools: group.pools.iter().copied().collect(),
        stack: None,
        measures: vec![figures::OUT_OF_REACH.of(group.runnable / time)],
    }
}

fn cost(facts: &Facts<'_>, stretches: &Stretches, threads: &BTreeSet<ThreadId>) -> Cost {
    match spun(facts, Some(stretches)) {
        Some(spun) => Cost {
            lost: Known::Known(CoreSeconds(spun.seconds(|id| threads.contains(&id)))),
            how: "CPU time of these threads in spin loops during these stretches, from sampled \
                  instruction pointers; it is part of CW101's"
                .to_owned(),
        },
        None => Cost {
            lost: Known::unknown("instruction pointers could not be sampled"),
            how: "how much of the CPU time was spinning and switching is in no counter that could \
                  be read"
                .to_owned(),
        },
    }
}

fn fixes(facts: &Facts<'_>, groups: &[Group], budget: u32) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let mut add = |fix: Fix| {
        if !fixes.contains(&fix) {
            fixes.push(fix);
        }
    };
    for group in groups {
        // Elsewhere a process cannot be governed, with corewise or without.
        let can_be_governed = facts.recording.header.host.machine == "x86_64";
        let python = group.processes.iter().find_map(|id| python(facts, *id));
        if group.why == Why::Interpreter
            && can_be_governed
            && let Some(python) = python
        {
            add(Fix {
                text: "install corewise in that interpreter".to_owned(),
                command: words::shell(&[python])
                    .map(|path| format!("{path} -m pip install corewise")),
            });
        }
        let workers = u32::try_from(group.processes.len()).unwrap_or(u32::MAX).max(1);
        let inner = (budget / workers).max(1);
        let each = if workers == 1 { String::new() } else { format!(" in each of {workers}") };
        let threads = words::count(u64::from(inner), "thread");
        add(Fix {
            text: format!("size {} when it starts: {threads}{each}", group.runtime),
            command: group.runtime.variable().map(|name| {
                let command = &facts.recording.header.command;
                let setting = format!("{name}={inner}");
                match words::govern(command) {
                    Some(govern) if !words::is_kernel(command) => format!("{setting} {govern}"),
                    _ => words::with_variable(&setting, command),
                }
            }),
        });
    }
    fixes
}

/// What to type for the interpreter of a process: what the process was started by, as the path of
/// the interpreter may be that of a shared library.
fn python(facts: &Facts<'_>, id: ProcessId) -> Option<String> {
    let process = facts.recording.processes.get(id.index())?;
    let is_python = |path: &&String| {
        path.rsplit('/')
            .next()
            .is_some_and(|file| file.starts_with("python") || file.starts_with("pypy"))
    };
    let started_by = process.command.first().filter(is_python);
    let found = process.interpreter.as_ref().map(|interpreter| &interpreter.path).filter(is_python);
    started_by.or(found).cloned()
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;
    use corewise_model::{Nanos, Runtime, StartMethod};

    use super::*;
    use crate::rules::proof::{found, one, stated};

    /// Two workers with a pool of four on two cores, all of them runnable.
    fn workers(runtime: Runtime) -> (Scenario, [ProcessId; 2]) {
        let mut s = Scenario::new(2.0, 10.0).of_machine(8);
        s.govern(2);
        let workers = [(); 2].map(|()| s.process(s.root(), StartMethod::Loky, 0.0));
        for worker in workers {
            let pool = s.pool(worker, runtime, 4);
            for thread in s.pool_threads(pool, 4) {
                s.busy(thread, 1.0..9.0).run(0.25).wait(0.75);
                s.native(thread, 1.0..9.0, 50, 0.5);
            }
        }
        (s, workers)
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(&RULE, &[THREADS.to_string(), words::percent(PART)]);
    }

    #[test]
    fn a_runtime_without_hooks_is_sized_by_its_variable() {
        let (mut s, workers) = workers(Runtime::Rayon);
        for worker in workers {
            s.leases(worker, 1.0..9.0, 1, 1).regions(10.0, 0.0);
        }
        let finding = one(&s, Code::Cw106);
        assert_eq!(
            finding.title,
            "8 of 8 runnable threads are out of the governor's reach: rayon, the governor has \
             no hooks for it"
        );
        assert_eq!(
            finding.fixes[0].command.as_deref(),
            Some("RAYON_NUM_THREADS=1 corewise run -- python3 train.py")
        );
        assert_eq!(finding.evidence[0].processes, workers);
        let lost = finding.cost.lost.get().unwrap().0;
        assert!((lost - 8.0).abs() < 0.1, "{lost}");
    }

    #[test]
    fn another_interpreter_gets_corewise() {
        let (mut s, workers) = workers(Runtime::Libgomp);
        for worker in workers {
            s.interpreter(worker, &[]);
        }
        let finding = one(&s, Code::Cw106);
        assert!(finding.title.ends_with("libgomp, in interpreters outside the session"));
        assert_eq!(finding.fixes[0].command.as_deref(), Some("python3 -m pip install corewise"));
    }

    #[test]
    fn a_program_that_is_not_python_is_out_of_reach() {
        let (s, _) = workers(Runtime::Libgomp);
        let finding = one(&s, Code::Cw106);
        assert!(finding.title.ends_with("libgomp, in programs that are not Python"));
    }

    #[test]
    fn a_process_in_the_session_that_never_leases_is_out_of_reach() {
        let (mut s, workers) = workers(Runtime::OpenBlas);
        for worker in workers {
            s.leases(worker, 0.0..0.1, 0, 0);
        }
        let finding = one(&s, Code::Cw106);
        assert!(
            finding.title.ends_with("OpenBLAS, none of its calls was hooked"),
            "{}",
            finding.title
        );
    }

    #[test]
    fn governed_pools_are_within_reach_though_oversubscribed() {
        let (mut s, workers) = workers(Runtime::OpenBlas);
        for worker in workers {
            s.leases(worker, 1.0..9.0, 1, 1).regions(10.0, 30.0);
        }
        assert_eq!(found(&s, Code::Cw106), []);
        let oversubscription = one(&s, Code::Cw101);
        let again = |fix: &Fix| fix.command.as_ref().is_some_and(|c| c.starts_with("corewise run"));
        assert!(!oversubscription.fixes.iter().any(again), "{oversubscription:?}");
    }

    #[test]
    fn without_a_session_nobody_reaches_anything() {
        let (s, _) = workers(Runtime::Rayon);
        let mut recording = s.recording();
        recording.sessions.clear();
        assert!(!crate::findings(&recording).iter().any(|f| f.code == Code::Cw106));
    }

    #[test]
    fn a_short_burst_is_fine() {
        let mut s = Scenario::new(2.0, 10.0);
        s.govern(2);
        let pool = s.pool(s.root(), Runtime::Rayon, 8);
        for thread in s.pool_threads(pool, 8) {
            s.busy(thread, 0.0..0.2).run(0.25).wait(0.75);
        }
        assert_eq!(found(&s, Code::Cw106), []);
        assert!(LEAST.time > Nanos::from_millis(200));
    }
}
