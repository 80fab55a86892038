//! Programs that fail, crash, take too long, or are interrupted.

use super::*;

#[test]
fn a_crash_is_named_and_is_not_a_fast_run() {
    let measured = compare(plan(false, 5), |setting, n| match (setting, n) {
        (Setting::Governed, 2..) => {
            Script { status: libc::SIGSEGV, stderr: "a\nb\n".to_owned(), ..takes(1) }
        }
        _ => takes(100),
    });
    let words = text(&measured);
    assert!(words.contains("exit codes differ: 0 without; 0, SIGSEGV governed\n"), "{words}");
    assert!(words.contains("governed takes 1.00 times the time without it; no interval: 1 round"));
    assert_eq!(figures::best(&measured, |_| true), Some(0));
    assert_eq!(verdict::tails(&measured), "corewise: the end of stderr, governed:\n  a\n  b\n");
    assert_eq!(judgement::status(&measured), ExitStatus::Differ);
}

#[test]
fn a_program_that_always_fails_is_not_measured_unless_asked_to() {
    let fails = |_: Setting, _: usize| Script { status: 3 << 8, ..takes(10) };
    let measured = compare(plan(true, 5), fails);
    assert_eq!((measured.stop, measured.runs.len()), (Some(Stop::Failing), 4));
    assert_eq!(judgement::status(&measured), ExitStatus::Program(3));
    assert_eq!(verdict::failing(&measured), "the program fails in every setting: exit code 3");

    let measured = compare(Plan { ignore_failure: true, ..plan(false, 5) }, fails);
    assert_eq!((measured.stop, measured.runs.len()), (None, 12));
    assert_eq!(judgement::status(&measured), ExitStatus::Success);
}

#[test]
fn failures_of_several_kinds_differ() {
    let measured = compare(plan(false, 5), |setting, _| match setting {
        Setting::Without => Script { status: libc::SIGABRT, ..takes(10) },
        _ => Script { status: 1 << 8, ..takes(10) },
    });
    assert_eq!(measured.stop, Some(Stop::Failing));
    assert_eq!(judgement::status(&measured), ExitStatus::Differ);
    assert_eq!(
        verdict::failing(&measured),
        "the program fails in every setting: exit code 1, SIGABRT"
    );
}

#[test]
fn a_setting_that_takes_too_long_is_not_waited_for_again() {
    let measured = compare(plan(false, 5), |setting, _| match setting {
        Setting::Without => Script { timed_out: true, status: libc::SIGTERM, ..takes(60_000) },
        _ => takes(100),
    });
    let without: Vec<Outcome> = measured.of(0).map(|run| run.outcome).collect();
    assert_eq!(without, [Outcome::TimedOut]);
    assert_eq!(figures::wall(&measured, 0), None);
    let text = text(&measured);
    assert_eq!(row(&text, "exit code "), ["timeout", "0"]);
    assert!(text.contains("no ratio: "), "{text}");
    assert!(text.contains("exit codes differ: timeout without; 0 governed\n"), "{text}");
    assert_eq!(judgement::status(&measured), ExitStatus::Differ);
}

#[test]
fn when_all_take_too_long_nothing_was_compared() {
    let script = |_: Setting, _: usize| Script { timed_out: true, ..takes(60_000) };
    for ignore_failure in [false, true] {
        let measured = compare(Plan { ignore_failure, ..plan(false, 5) }, script);
        assert_eq!(measured.runs.len(), 2);
        assert_eq!(judgement::status(&measured), ExitStatus::TimedOut);
        assert_eq!(verdict::failing(&measured), "the program fails in every setting: timeout");
    }
}

#[test]
fn what_was_measured_before_a_signal_is_kept() {
    for (inside, status, name) in [(true, 130, "SIGINT"), (false, 143, "SIGTERM")] {
        let script = |_: Setting, _: usize| takes(100);
        let mut program = Scripted { script, runs: Vec::new(), signal: Some((7, inside)) };
        let measured = measure(plan(false, 5), &mut program, &mut |_| ()).unwrap();
        assert_eq!(measured.runs.len(), 7);
        assert_eq!(judgement::status(&measured), ExitStatus::Program(status));
        let text = verdict::render(&measured);
        assert!(text.contains("; no interval: 2 rounds cannot"), "{text}");
        assert!(text.ends_with(&format!("ended by {name} after 5 of 10 runs\n")), "{text}");
    }
}
