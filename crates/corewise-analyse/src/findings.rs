//! From a recording to its findings.

use std::cmp::Ordering;

use corewise_model::{Finding, Fix, Mode, Recording};

use crate::facts::Facts;
use crate::rules::RULES;
use crate::{Activity, activity};

/// The findings of a recording, the worst first.
#[must_use]
pub fn findings(recording: &Recording) -> Vec<Finding> {
    findings_of(recording, &activity(recording))
}

/// The same for a caller that has the recording's activity already.
#[must_use]
pub fn findings_of(recording: &Recording, activity: &Activity) -> Vec<Finding> {
    let facts = Facts::new(recording, activity);
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| (rule.find)(&facts)).collect();
    if recording.header.mode == Mode::Run || !recording.sessions.is_empty() {
        findings.iter_mut().for_each(drop_what_was_done);
    }
    findings.sort_by(worse);
    findings
}

/// Under `corewise run`, or after `corewise.govern()`, the pools are governed already: to do it
/// again is no fix.
fn drop_what_was_done(finding: &mut Finding) {
    let again =
        |command: &String| command.starts_with("corewise run ") || command == "corewise.govern()";
    finding.fixes.retain(|fix| !fix.command.as_ref().is_some_and(again));
    if let Some(first) = finding.fixes.first_mut()
        && let Some(text) = first.text.strip_prefix("or ")
    {
        first.text = text.to_owned();
    }
    if finding.fixes.is_empty() {
        finding.fixes.push(Fix {
            text: "change it in the program: the governor has done what can be done from outside"
                .to_owned(),
            command: None,
        });
    }
}

/// By severity, then by what it cost (a known cost before an unknown one), then by code.
fn worse(a: &Finding, b: &Finding) -> Ordering {
    let lost = |finding: &Finding| finding.cost.lost.get().map_or(-1.0, |lost| lost.0);
    b.severity
        .cmp(&a.severity)
        .then_with(|| lost(b).total_cmp(&lost(a)))
        .then_with(|| a.code.cmp(&b.code))
        .then_with(|| a.title.cmp(&b.title))
}

#[cfg(test)]
mod tests {
    use corewise_model::{Cost, Known};

    use super::*;

    #[test]
    fn what_was_done_is_not_a_fix() {
        let fix = |command: &str| Fix { text: String::new(), command: Some(command.to_owned()) };
        let mut finding = Finding {
            code: corewise_model::Code::Cw102,
            severity: corewise_model::Severity::Note,
            title: String::new(),
            evidence: Vec::new(),
            cost: Cost { lost: Known::unknown("-"), how: String::new() },
            fixes: vec![fix("corewise run -- python x.py"), fix("OMP_NUM_THREADS=2 python x.py")],
        };
        drop_what_was_done(&mut finding);
        assert_eq!(finding.fixes, [fix("OMP_NUM_THREADS=2 python x.py")]);
        finding.fixes = vec![
            fix("corewise run -- python x.py"),
            Fix { text: "or in the program".to_owned(), command: None },
        ];
        drop_what_was_done(&mut finding);
        assert_eq!(finding.fixes[0].text, "in the program");
        finding.fixes = vec![fix("corewise run -- python x.py")];
        drop_what_was_done(&mut finding);
        assert_eq!((finding.fixes.len(), &finding.fixes[0].command), (1, &None));
    }
}
