//! Findings: what, on what evidence, at what cost, and what to type.

use std::fmt::Write as _;

use anstyle::Style;
use corewise_analyse::Summary;
use corewise_model::{Evidence, Finding, Known, Recording, Severity, Span};

use super::amounts::{count, share};
use super::page::{BAD, CARE, FAINT, INDENT, LABEL, Page, TYPE};
use crate::names;

/// Findings that a short summary tells.
const FINDINGS: usize = 4;
/// Facts and fixes of each that it tells.
const FACTS: usize = 2;
/// Frames of a stack, and stretches of time, that a full report tells.
const FRAMES: usize = 16;
const SPANS: usize = 6;

pub(super) fn write(
    page: &mut Page<'_>,
    recording: &Recording,
    summary: &Summary,
    findings: &[Finding],
) {
    page.blank();
    if findings.is_empty() {
        let text = if recording.ticks.is_empty() {
            "none, because nothing was measured"
        } else {
            "none: there was no conflict over cores that corewise can recognise"
        };
        page.labelled("Findings", text);
        return;
    }
    page.heading(&count(findings.len(), "finding", "findings"));
    let shown = if page.options.all { findings.len() } else { FINDINGS };
    for finding in findings.iter().take(shown) {
        page.blank();
        one(page, recording, summary, finding);
    }
    if findings.len() > shown {
        page.blank();
        let rest: Vec<String> =
            findings[shown..].iter().map(|f| format!("{} ({})", f.code, f.severity)).collect();
        page.labelled("", &format!("and {}: see `corewise report --all FILE`", rest.join(", ")));
    }
}

fn one(page: &mut Page<'_>, recording: &Recording, summary: &Summary, finding: &Finding) {
    let style = match finding.severity {
        Severity::Severe => BAD,
        Severity::Warning => CARE,
        Severity::Note => LABEL,
    };
    let title = format!("{}: {}", finding.severity, finding.title);
    page.paragraph(&finding.code.to_string(), style, INDENT, &title, LABEL);
    if finding.severity == Severity::Note && !page.options.all {
        return;
    }
    cost(page, summary, finding);
    let facts = if page.options.all { finding.evidence.len() } else { FACTS };
    for (at, evidence) in finding.evidence.iter().take(facts).enumerate() {
        page.paragraph(label(at, "  seen"), FAINT, INDENT, &evidence.text, Style::new());
        if page.options.all {
            details(page, recording, evidence);
        }
    }
    let fixes = if page.options.all { finding.fixes.len() } else { FACTS };
    for (at, fix) in finding.fixes.iter().take(fixes).enumerate() {
        page.paragraph(label(at, "  fix"), FAINT, INDENT, &fix.text, Style::new());
        if let Some(command) = &fix.command {
            command_lines(page, command);
        }
    }
    let explain = format!("corewise explain {}", finding.code);
    let explain = page.styled(TYPE, &explain);
    let label = page.styled(FAINT, "  more");
    page.raw(&format!("{label}{:1$}{explain}", "", INDENT - "  more".len()));
}

fn label(at: usize, label: &str) -> &str {
    if at == 0 { label } else { "" }
}

fn cost(page: &mut Page<'_>, summary: &Summary, finding: &Finding) {
    let mut text = match &finding.cost.lost {
        Known::Known(lost) => {
            let capacity = summary.allowed.0 * summary.wall.as_secs_f64();
            let mut text = match lost.0 {
                lost if lost <= 0.0 => "none that was measured".to_owned(),
                lost if lost < 0.005 => "less than 0.01 core-seconds".to_owned(),
                lost => format!("{lost:.2} core-seconds"),
            };
            if capacity > 0.0 && lost.0 >= 0.005 {
                let _ = write!(text, ", {} of the {capacity:.2}", share(lost.0 / capacity));
                text.push_str(" that were allowed");
            }
            text
        }
        Known::Unknown(reason) => format!("unknown: {reason}"),
    };
    if page.options.all && !finding.cost.how.is_empty() {
        let _ = write!(text, " ({})", finding.cost.how);
    }
    page.paragraph("  cost", FAINT, INDENT, &text, Style::new());
}

/// What to type stays on one line, so that it can be copied. Lines of a command stay lines.
fn command_lines(page: &mut Page<'_>, command: &str) {
    for line in command.lines() {
        let line = page.cut(line, 400);
        let line = page.styled(TYPE, &line);
        page.raw(&format!("{:1$}{line}", "", INDENT + 2));
    }
}

/// When it was and where in the program.
fn details(page: &mut Page<'_>, recording: &Recording, evidence: &Evidence) {
    if !evidence.spans.is_empty() {
        let spans: Vec<String> = evidence.spans.iter().take(SPANS).map(span).collect();
        let mut text = format!("from {}", spans.join(", "));
        if evidence.spans.len() > SPANS {
            let _ = write!(text, " and {} more", evidence.spans.len() - SPANS);
        }
        page.paragraph("", FAINT, INDENT + 2, &text, FAINT);
    }
    let Some(stack) = evidence.stack.and_then(|id| recording.stacks.get(id.index())) else {
        return;
    };
    for frame in stack.frames.iter().take(FRAMES) {
        let Some(frame) = recording.frames.get(frame.index()) else { continue };
        let place = names::module_path(&frame.file);
        let text = match frame.line {
            0 => format!("{} ({place})", frame.function),
            line => format!("{} ({place}:{line})", frame.function),
        };
        let text = page.cut(&text, page.columns() - INDENT - 2);
        page.paragraph("", FAINT, INDENT + 2, &text, FAINT);
    }
    if stack.frames.len() > FRAMES {
        let text = format!("and {} more", stack.frames.len() - FRAMES);
        page.paragraph("", FAINT, INDENT + 2, &text, FAINT);
    }
}

fn span(span: &Span) -> String {
    format!("{:.2} s to {:.2} s", span.start.as_secs_f64(), span.end.as_secs_f64())
}
