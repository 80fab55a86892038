//! The cores that are allowed and why, and those that were used.

use std::fmt::Write as _;

use corewise_analyse::Summary;
use corewise_model::{Known, Limit, LimitSource, Nanos, Recording};

use super::amounts::{length, share};
use super::page::{INDENT, Page};

/// Other programs below this many cores are noise of the machine.
const OTHERS: f64 = 0.1;

/// A machine this busy has no core for a thread that wants one.
const FULL: f64 = 0.9;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording, summary: &Summary) {
    page.blank();
    let online = recording.header.allowed.machine.online.len();
    let mut text = format!("{} allowed", summary.allowed);
    if (summary.allowed.0 - online as f64).abs() > 1e-9 && online > 0 {
        let _ = write!(text, " of {online}");
    }
    // Where the machine itself is the limit, those that agree with it say nothing more.
    let whole = summary.decided_by.iter().find(|limit| limit.source == LimitSource::Online);
    let reasons: Vec<String> = match whole {
        Some(limit) if !page.options.all => vec![reason(limit)],
        _ => summary.decided_by.iter().map(reason).collect(),
    };
    if !reasons.is_empty() {
        text.push_str(": ");
        text.push_str(&reasons.join("; "));
    }
    page.labelled("Cores", &text);
    if recording.ticks.is_empty() {
        return;
    }
    let mut text = format!("{:.2} used on average", summary.cores_used.0);
    if summary.allowed.0 > 0.0 {
        let _ = write!(text, " ({})", share(summary.cores_used.0 / summary.allowed.0));
    }
    let waiting = summary.runnable - summary.cores_used.0;
    if waiting >= 0.05 {
        let _ = write!(text, ", while {waiting:.1} threads waited for a core");
    }
    page.labelled("", &text);
    if let Some(last) = recording.system.last() {
        if let Some(others) = others(recording) {
            let mut text = format!("{others:.2} used by other programs on the machine");
            if waiting >= 0.5 && others + summary.cores_used.0 > FULL * online as f64 {
                text.push_str(", which left no core idle: part of the waiting is their doing");
            }
            page.labelled("", &text);
        }
        for group in last.throttling.iter().filter(|group| group.throttled_periods > 0) {
            let text = format!(
                "throttled in {} of {} periods, {} summed over CPUs ({})",
                group.throttled_periods,
                group.periods,
                length(group.throttled),
                group.path
            );
            page.labelled("", &text);
        }
    }
    if let Known::Unknown(reason) = &summary.accounting.charged
        && page.options.all
    {
        page.paragraph(
            "",
            super::page::LABEL,
            INDENT,
            &format!("what the kernel charged is unknown ({reason})"),
            super::page::FAINT,
        );
    }
}

/// Cores that other programs on the machine used on average, where they are worth a word.
pub(crate) fn others(recording: &Recording) -> Option<f64> {
    // The kernel counts it in steps of up to 10 ms on each CPU.
    let last = recording.system.last().filter(|last| last.at >= Nanos::from_millis(200))?;
    let busy = (last.machine_busy - last.program_busy).as_secs_f64();
    let cores = busy / last.at.as_secs_f64().max(1e-9);
    (cores >= OTHERS).then_some(cores)
}

fn reason(limit: &Limit) -> String {
    let kind = match limit.source {
        LimitSource::Online => "all that the machine has online",
        LimitSource::Affinity => "affinity mask",
        LimitSource::Cpuset => "cpuset",
        LimitSource::Quota => "CPU quota",
        LimitSource::BatchSystem => "batch system",
        LimitSource::Environment => "environment variable",
    };
    match limit.source {
        LimitSource::Online => kind.to_owned(),
        _ => format!("{kind}, {} ({})", limit.detail, limit.from),
    }
}
