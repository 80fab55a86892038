//! Programs that print the same, something else, or never the same.

use super::*;

#[test]
fn settings_that_print_something_else_are_shown_with_the_place() {
    let measured = compare(plan(false, 5), |setting, _| Script {
        stdout: match setting {
            Setting::Governed => "start\nloss 0.1235\n",
            _ => "start\nloss 0.1234\n",
        }
        .to_owned(),
        ..takes(100)
    });
    let text = text(&measured);
    assert_eq!(row(&text, "stdout "), ["same", "differs"]);
    assert!(
        text.ends_with(
            "stdout differs: governed
  first at line 2 (after 16 equal bytes):
    without, round 1   loss 0.1234
    governed, round 1  loss 0.1235\n"
        ),
        "{text}"
    );
    assert_eq!(judgement::status(&measured), ExitStatus::Differ);
}

#[test]
fn a_program_that_differs_from_itself_proves_nothing() {
    let measured = compare(plan(false, 5), |setting, n| Script {
        stdout: format!("{}", if setting == Setting::Governed { n } else { 0 }),
        stderr: format!("\x1b[31mat {n}\n"),
        ..takes(100)
    });
    let text = text(&measured);
    assert_eq!(row(&text, "stdout "), ["same", "varies"]);
    assert!(
        text.contains(
            "stdout varies between runs of the same setting (governed), so a difference between \
             settings proves nothing\n  first at line 1 (after 0 equal bytes):\n    \
             without, round 1   0\n    governed, round 1  1\n"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "stderr varies between runs of the same setting (without and governed), so a \
             difference between settings proves nothing; that does not change the exit status\n"
        ),
        "{text}"
    );
    assert!(text.contains(r"without, round 1  \x1b[31mat 1"), "{text}");
    assert_eq!(judgement::status(&measured), ExitStatus::Differ);
}

#[test]
fn stderr_alone_does_not_change_the_status() {
    let measured = compare(plan(false, 5), |setting, _| Script {
        stderr: format!("{setting:?}"),
        ..takes(100)
    });
    assert!(verdict::render(&measured).contains("stderr differs: governed; that does not change"));
    assert_eq!(judgement::status(&measured), ExitStatus::Success);
}

#[test]
fn the_announcement_says_what_is_overridden() {
    assert_eq!(
        progress::announcement(&plan(true, 5), |name| name == "OMP_NUM_THREADS"),
        "corewise: 5 rounds of 4 settings after 1 warm-up round: without, governed, 1 thread, \
         2 threads\ncorewise: 1 thread and 2 threads override what you set: OMP_NUM_THREADS\n"
    );
    let without = Plan { warmups: 0, ..plan(false, 1) };
    assert_eq!(
        progress::announcement(&without, |_| true),
        "corewise: 1 round of 2 settings: without, governed\n"
    );
}
