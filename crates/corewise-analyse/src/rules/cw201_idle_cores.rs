//! CW201: stretches with one busy thread while cores are idle.

use std::collections::HashMap;

use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Gil, Known, Nanos, ProcessId, Severity,
    StackId,
};

use crate::Explanation;
use crate::callers::{Caller, callers, is_import, own_frame};
use crate::facts::Facts;
use crate::figures;
use crate::parallel_options::option_of;
use crate::rule::Rule;
use crate::stretches::{Least, Stretches};
use crate::words;

/// Cores that must be there for one busy thread to leave any idle.
const CORES: f64 = 1.9;
/// The busiest thread is runnable for at least this part of the tick …
const BUSY: f64 = 0.7;
/// … and all threads together for no more than this.
const ALONE: f64 = 1.3;
/// Stretches shorter than this are the gaps between parallel regions that every program has.
const SHORTEST: Nanos = Nanos::from_millis(100);
/// How long it must last in all.
const LEAST: Least = Least { time: Nanos::SECOND, share: 0.2, anyway: Nanos(60_000_000_000) };
/// A warning where this part of that time was in functions with a known parallel option.
const OPTION_SHARE: f64 = 0.25;
/// Severe from this part of the wall time, with such an option.
const SEVERE_SHARE: f64 = 0.5;
/// Functions shown.
const SHOWN: usize = 5;

pub(crate) const RULE: Rule = Rule {
    explanation: &Explanation {
        code: Code::Cw201,
        title: "idle cores",
        meaning: "One thread was busy and the other cores had nothing to do. Where the work can \
                  be split, this is the time to win: many functions of the scientific packages \
                  run on one thread until an option asks for more.",
        measured: "Ticks in which one thread was running or waiting nearly all the time and no \
                   other was, while at least two cores were allowed. Each such tick's time is given to the Python function that its \
                   stacks show: the outermost with a known parallel option, else the innermost \
                   of the program's own code. Import statements do not count, nor does time in \
                   which other threads waited for the GIL (that is CW202) or in which no stack \
                   could be read, unless none ever could. The loss is the \
                   number of allowed cores that neither ran the program nor were taken by other \
                   programs, times the time: an upper bound, as if all of that work could be \
                   split.",
        threshold: "A tick counts where the busiest thread is runnable for 70 % of it, all \
                    threads together for at most 1.3, in stretches of at least 0.10 s. Reported \
                    from 1.0 s that are 20 % of the wall time, or 60 s in all. A warning where \
                    functions with a known parallel option had 25 % of it; severe if that is \
                    also 50 % of the wall time; else a note.",
        wrong_when: "Not all work can be split, and splitting costs memory and start-up time. \
                     The table of parallel options goes by file and function names of common \
                     packages: it misses others, and it names an option that the program may \
                     have good reasons not to use. Without Python stacks no function is named.",
        fix: "Use the option that stands beside the function (n_jobs, workers, set_workers). For \
              code of your own: joblib or concurrent.futures for independent tasks, \
              numba.njit(parallel=True) or numexpr for element-wise expressions, one Generator \
              per thread from numpy.random.SeedSequence.spawn for random numbers.",
    },
    find,
};

fn find(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.cores().0 < CORES {
        return Vec::new();
    }
    let judged = judged_ticks(facts);
    // Without any stacks every tick counts; with them, those that they say something about.
    let unseen = facts.recording.stack_ticks.is_empty();
    let stretches = Stretches::of(facts.activity, SHORTEST, |k, tick| {
        let busiest = tick.threads.iter().map(crate::ThreadActivity::runnable).fold(0.0, f64::max);
        let counts = judged.get(&k).copied().unwrap_or(unseen);
        busiest >= BUSY && facts.runnable[k] <= ALONE && counts
    });
    if !LEAST.met(stretches.time, facts.wall()) {
        return Vec::new();
    }
    let sampled = |tick: &corewise_model::StackTick, sample: &corewise_model::StackSample| {
        sample.active && facts.tick_at(tick.at).is_some_and(|k| stretches.has(k))
    };
    let key = |stack: StackId| {
        option_of(facts, stack).map(|(frame, _)| frame).or_else(|| own_frame(facts, stack))
    };
    let functions = callers(facts, key, sampled);
    let lost: f64 = stretches
        .ticks()
        .map(|k| {
            let tick = &facts.activity.ticks[k];
            (facts.available[k] - tick.running()).max(0.0) * tick.interval.as_secs_f64()
        })
        .sum();
    vec![finding(facts, &stretches, &functions, lost)]
}

fn finding(facts: &Facts<'_>, stretches: &Stretches, functions: &[Caller], lost: f64) -> Finding {
    let sampled: Nanos = functions.iter().map(|f| f.time).sum();
    let options: Nanos =
        functions.iter().filter(|f| option_of(facts, f.stack).is_some()).map(|f| f.time).sum();
    let share = stretches.time.0 as f64 / facts.wall().0.max(1) as f64;
    let with_option = options.0 as f64 >= OPTION_SHARE * sampled.0.max(1) as f64;
    let severity = match (with_option, share >= SEVERE_SHARE) {
        (false, _) => Severity::Note,
        (true, false) => Severity::Warning,
        (true, true) => Severity::Severe,
    };
    let processes: Vec<ProcessId> = functions.iter().flat_map(|f| f.processes.clone()).collect();
    let threads: Vec<_> = functions.iter().flat_map(|f| f.threads.clone()).collect();
    let mut evidence = vec![Evidence {
        text: format!(
            "for {} of {} one thread was busy; {} allowed",
            words::seconds(stretches.time),
            words::seconds(facts.wall()),
            words::cores(facts.cores()),
        ),
        spans: stretches.spans.clone(),
        processes: unique(processes),
        threads: unique(threads),
        measures: vec![
            figures::DURATION.of(stretches.time.0 as f64),
            figures::WALL_SHARE.of(share * 100.0),
        ],
        ..Evidence::default()
    }];
    let shown = functions.iter().take(SHOWN);
    evidence.extend(shown.clone().map(|function| {
        let advice = option_of(facts, function.stack)
            .map(|(_, option)| format!(": {}", option.advice))
            .unwrap_or_default();
        function.evidence(format!(
            "{} of that in {}{advice}",
            function.spent(),
            function.name(facts),
        ))
    }));
    let who = functions.first().map_or(String::new(), |function| {
        let name = option_of(facts, function.stack)
            .map_or_else(|| function.name(facts), |(_, option)| option.name.to_owned());
        format!(", most of it in {name}")
    });
    Finding {
        code: Code::Cw201,
        severity,
        title: format!(
            "one busy thread for {} on {}{who}",
            words::seconds(stretches.time),
            words::cores(facts.cores())
        ),
        evidence,
        cost: Cost {
            lost: Known::Known(CoreSeconds(lost)),
            how: "allowed cores that neither this nor another program used in these stretches, \
                  times their length: an upper bound, as if all of the work could be split"
                .to_owned(),
        },
        fixes: fixes(facts, shown),
    }
}

fn fixes<'a>(facts: &Facts<'_>, functions: impl Iterator<Item = &'a Caller>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    let mut general = false;
    for function in functions {
        match option_of(facts, function.stack) {
            Some((_, option)) => {
                let fix = Fix {
                    text: format!("{}: {}", option.name, option.advice),
                    command: option.command.map(str::to_owned),
                };
                if !fixes.contains(&fix) {
                    fixes.push(fix);
                }
            }
            None => general = true,
        }
    }
    if general || fixes.is_empty() {
        fixes.push(Fix {
            text: "run independent tasks side by side".to_owned(),
            command: Some(
                "joblib.Parallel(n_jobs=-1)(joblib.delayed(f)(x) for x in tasks)".to_owned(),
            ),
        });
        fixes.push(Fix {
            text: "or compile loops and element-wise expressions for all cores".to_owned(),
            command: Some("@numba.njit(parallel=True)".to_owned()),
        });
    }
    fixes
}

/// For the ticks that the looks at the stacks stand for: whether they count. They do not during an
/// import, or while a thread waits for the GIL.
fn judged_ticks(facts: &Facts<'_>) -> HashMap<usize, bool> {
    let mut judged = HashMap::new();
    for look in &facts.recording.stack_ticks {
        if !look.samples.iter().any(|s| s.active) {
            continue;
        }
        let waits = look.samples.iter().any(|s| s.gil == Gil::Waits);
        let imports = look.samples.iter().any(|s| s.active && is_import(facts, s.stack));
        let counts = !waits && !imports;
        // A look stands for the time since the one before.
        let first = facts.activity.ticks.partition_point(|t| t.at <= look.at - look.weight);
        let last = facts.activity.ticks.partition_point(|t| t.at < look.at);
        for k in first..=last {
            judged.entry(k).and_modify(|known| *known &= counts).or_insert(counts);
        }
    }
    judged
}

fn unique<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use corewise_model::Role;
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::rules::proof::{found, one, stated};

    const SCORE: &str = "cross_val_score /venv/lib/python3.11/site-packages/sklearn/model_selection/_validation.py:700";
    const IMPORT: &str = "_find_and_load <frozen importlib._bootstrap>:1007";

    fn serial(cores: f64, frames: &[&str]) -> Scenario {
        let mut s = Scenario::new(cores, 10.0);
        let main = s.main(s.root());
        s.busy(main, 1.0..9.0);
        s.stack(main, 1.0..9.0, frames, Gil::Holds);
        s
    }

    #[test]
    fn the_thresholds_are_stated() {
        stated(
            &RULE,
            &[
                words::percent(BUSY),
                ALONE.to_string(),
                words::seconds(SHORTEST),
                words::seconds(LEAST.time),
                words::percent(LEAST.share),
                format!("{} s", LEAST.anyway.as_secs_f64()),
                words::percent(OPTION_SHARE),
                words::percent(SEVERE_SHARE),
            ],
        );
    }

    #[test]
    fn a_function_with_a_parallel_option() {
        let finding = one(&serial(4.0, &["grow tree.py:5", SCORE, "main train.py:9"]), Code::Cw201);
        assert_eq!(
            finding.title,
            "one busy thread for 8.0 s on 4 cores, most of it in scikit-learn's cross-validation"
        );
        assert_eq!(finding.severity, Severity::Severe);
        let lost = finding.cost.lost.get().unwrap().0;
        assert!((lost - 3.0 * 8.0).abs() < 0.1, "{lost}");
        assert_eq!(finding.fixes[0].command.as_deref(), Some("cross_val_score(..., n_jobs=-1)"));
        assert!(finding.evidence[1].text.contains("cross_val_score (_validation.py:700)"));
    }

    #[test]
    fn a_function_of_the_users_own_is_named() {
        let finding =
            one(&serial(2.0, &["count_primes idle.py:7", "<module> idle.py:14"]), Code::Cw201);
        assert_eq!(
            finding.title,
            "one busy thread for 8.0 s on 2 cores, most of it in count_primes (idle.py:7)"
        );
        assert_eq!(finding.severity, Severity::Note);
    }

    #[test]
    fn one_core_cannot_be_idle_beside_a_busy_thread() {
        assert_eq!(found(&serial(1.0, &[SCORE]), Code::Cw201), []);
    }

    #[test]
    fn imports_cannot_be_split() {
        assert_eq!(
            found(&serial(4.0, &["f lib.py:1", IMPORT, "<module> train.py:1"]), Code::Cw201),
            []
        );
    }

    #[test]
    fn cores_that_others_use_are_not_lost() {
        let mut s = serial(2.0, &[SCORE]);
        s.strangers(0.0..10.0, 0.75);
        let lost = one(&s, Code::Cw201).cost.lost.get().unwrap().0;
        assert!((lost - 0.25 * 8.0).abs() < 0.1, "{lost}");
    }

    #[test]
    fn a_wait_for_the_gil_is_another_finding() {
        let mut s = serial(2.0, &["f train.py:1"]);
        let other = s.thread(s.root(), Role::Python, 0.0);
        s.stack(other, 1.0..9.0, &["g train.py:1"], Gil::Waits);
        assert_eq!(found(&s, Code::Cw201), []);
    }

    #[test]
    fn two_busy_threads_and_short_serial_parts_are_fine() {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        let other = s.thread(s.root(), Role::Python, 0.0);
        s.busy(main, 0.0..10.0);
        for k in 0..50 {
            let start = f64::from(k) * 0.2;
            s.busy(other, start..start + 0.14);
        }
        assert_eq!(found(&s, Code::Cw201), []);
    }

    #[test]
    fn an_idle_or_short_program_is_fine() {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        s.busy(main, 0.0..10.0).run(0.02);
        assert_eq!(found(&s, Code::Cw201), []);
        let mut s = Scenario::new(2.0, 0.4);
        let main = s.main(s.root());
        s.busy(main, 0.0..0.4);
        assert_eq!(found(&s, Code::Cw201), []);
    }
}
