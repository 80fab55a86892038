//! The summary as text, for recordings of every kind.

mod recordings;

use corewise_model::{Finding, Recording};
use corewise_present::{TextOptions, escape, summary_text};
use insta::assert_snapshot;

fn plain() -> TextOptions {
    TextOptions { colour: false, ..TextOptions::default() }
}

fn text(recording: &Recording, findings: &[Finding]) -> String {
    summary_text(recording, findings, &plain())
}

#[test]
fn healthy() {
    assert_snapshot!(text(&recordings::healthy(), &[]));
}

#[test]
fn oversubscribed() {
    let (recording, findings) = recordings::oversubscribed();
    assert_snapshot!(text(&recording, &findings));
}

#[test]
fn oversubscribed_in_full() {
    let (recording, findings) = recordings::oversubscribed();
    let options = TextOptions { all: true, ..plain() };
    assert_snapshot!(summary_text(&recording, &findings, &options));
}

#[test]
fn oversubscribed_in_ascii() {
    let (recording, findings) = recordings::oversubscribed();
    let text = summary_text(&recording, &findings, &TextOptions { unicode: false, ..plain() });
    assert!(text.is_ascii());
    assert_snapshot!(text);
}

#[test]
fn governed() {
    assert_snapshot!(text(&recordings::governed(), &[]));
}

#[test]
fn throttled() {
    assert_snapshot!(text(&recordings::throttled(), &[]));
}

#[test]
fn cut_off() {
    assert_snapshot!(text(&recordings::cut_off(), &[]));
}

#[test]
fn nothing() {
    assert_snapshot!(text(&recordings::nothing(), &[]));
}

#[test]
fn unknown() {
    assert_snapshot!(text(&recordings::unknown(), &[]));
}

#[test]
fn hostile() {
    let (recording, findings) = recordings::hostile();
    assert_snapshot!(text(&recording, &findings));
}

#[test]
fn a_crowd_has_a_short_summary() {
    let text = text(&recordings::crowd(), &[]);
    assert!(text.lines().count() < 40, "{text}");
    assert_snapshot!(text);
}

#[test]
fn no_line_is_too_wide_and_no_character_acts() {
    let all = [
        (recordings::healthy(), Vec::new()),
        recordings::oversubscribed(),
        (recordings::throttled(), Vec::new()),
        (recordings::governed(), Vec::new()),
        (recordings::cut_off(), Vec::new()),
        (recordings::nothing(), Vec::new()),
        (recordings::unknown(), Vec::new()),
        recordings::hostile(),
        (recordings::crowd(), Vec::new()),
    ];
    for (recording, findings) in &all {
        for columns in [60, 80, 133] {
            for (unicode, all) in [(true, false), (false, false), (true, true), (false, true)] {
                let options = TextOptions { columns, unicode, colour: false, all };
                let text = summary_text(recording, findings, &options);
                let commands: Vec<&str> = findings
                    .iter()
                    .flat_map(|f| f.fixes.iter().filter_map(|fix| fix.command.as_deref()))
                    .collect();
                for line in text.lines() {
                    let typed = commands.iter().any(|command| {
                        command.lines().any(|c| escape::text(c, unicode).trim() == line.trim())
                    });
                    assert!(typed || escape::width(line) <= columns, "{columns}: {line}");
                    assert!(!line.contains(char::is_control), "{line:?}");
                    assert_eq!(line, line.trim_end());
                    assert!(unicode || line.is_ascii(), "{line}");
                }
            }
        }
    }
}

#[test]
fn colours_add_nothing_but_colours() {
    let (recording, findings) = recordings::oversubscribed();
    let coloured = summary_text(&recording, &findings, &TextOptions::default());
    assert!(coloured.contains('\x1b'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    stripped.push_str(rest);
    assert_eq!(stripped, text(&recording, &findings));
}
