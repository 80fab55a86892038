//! What the recorder could not do, and what it cost.

use std::fmt::Write as _;

use std::collections::HashMap;

use anstyle::Style;
use corewise_analyse::Summary;
use corewise_model::{Known, Recording};

use super::amounts::{length, share};
use super::page::{CARE, FAINT, INDENT, LABEL, Page};

/// Notices that a short summary tells.
const NOTICES: usize = 5;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording, summary: &Summary) {
    notices(page, recording);
    page.blank();
    let text = match (&summary.recorder, &summary.recorder_cores) {
        (Known::Known(used), Known::Known(cores)) => {
            format!("{} of CPU time, {} of one core", length(*used), percent(*cores))
        }
        (Known::Known(used), Known::Unknown(_)) => format!("{} of CPU time", length(*used)),
        (Known::Unknown(reason), _) => format!("its CPU time is unknown ({reason})"),
    };
    page.paragraph("Recorder", LABEL, INDENT, &text, Style::new());
}

/// The recorder's own cost is a small number that matters: one decimal below ten percent.
fn percent(cores: f64) -> String {
    if cores < 0.1 { format!("{:.1} %", cores * 100.0) } else { share(cores) }
}

/// What the recorder could not do, each once: the notice, its hint, and how often it was.
pub(crate) fn told(recording: &Recording) -> Vec<(&str, Option<&str>, usize)> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for notice in &recording.notices {
        *counts.entry(&notice.text).or_default() += 1;
    }
    let mut told: Vec<(&str, Option<&str>, usize)> = Vec::new();
    for notice in &recording.notices {
        if let Some(times) = counts.remove(notice.text.as_str()) {
            told.push((&notice.text, notice.hint.as_deref(), times));
        }
    }
    // What `corewise cpus` could not read belongs to the cores that this report calls allowed.
    told.extend(recording.header.allowed.gaps.iter().map(|gap| (gap.as_str(), None, 1)));
    told
}

fn notices(page: &mut Page<'_>, recording: &Recording) {
    let told = told(recording);
    if told.is_empty() {
        return;
    }
    page.blank();
    let shown = if page.options.all { told.len() } else { NOTICES };
    for (at, (notice, hint, times)) in told.iter().take(shown).enumerate() {
        let mut text = (*notice).to_owned();
        if *times > 1 {
            let _ = write!(text, " ({times} times)");
        }
        let label = if at == 0 { "Missing" } else { "" };
        page.paragraph(label, CARE, INDENT, &text, Style::new());
        if let Some(hint) = hint {
            page.paragraph("", FAINT, INDENT + 2, &format!("hint: {hint}"), FAINT);
        }
    }
    if told.len() > shown {
        page.labelled(
            "",
            &format!("and {} more: see `corewise report --all FILE`", told.len() - shown),
        );
    }
}
