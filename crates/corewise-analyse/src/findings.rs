//! From a recording to its findings.

use std::cmp::Ordering;

use corewise_model::{Finding, Recording};

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
    findings.sort_by(worse);
    findings
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
