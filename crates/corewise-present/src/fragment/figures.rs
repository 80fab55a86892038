//! The first line: how long, how many cores.

use std::fmt::Write as _;

use corewise_analyse::Summary;
use corewise_model::{Cores, Recording};

use super::FragmentOptions;
use crate::text::amounts::{length, share};
use crate::text::cores;

/// Fewer waiting threads than this are not worth a word.
const WAITING: f64 = 0.05;

/// The cores that the code could have: allowed, governed, limited, whichever is least.
pub(super) fn budget(summary: &Summary, options: &FragmentOptions) -> Cores {
    let governed = summary.governed.as_ref().map(|governed| f64::from(governed.budget.1));
    let limit = options.limit.map(f64::from);
    Cores([governed, limit].into_iter().flatten().fold(summary.allowed.0, f64::min))
}

pub(super) fn sentence(
    recording: &Recording,
    summary: &Summary,
    options: &FragmentOptions,
) -> String {
    let mut html = format!("<div>{}", length(options.wall.unwrap_or(summary.wall)));
    if !recording.ticks.is_empty() {
        let budget = budget(summary, options);
        let noun = if (budget.0 - 1.0).abs() < 1e-9 { "core" } else { "cores" };
        let used = summary.cores_used.0;
        let _ = write!(html, "; <b>{used:.2} of {budget} {noun}</b> used on average");
        if budget.0 > 0.0 {
            let _ = write!(html, " ({})", share(used / budget.0));
        }
        let waiting = summary.runnable - used;
        if waiting >= WAITING {
            let _ = write!(html, ", while {waiting:.1} threads waited for a core");
        }
    }
    if let Some(others) = cores::others(recording) {
        let _ = write!(html, "; other programs on the machine used {others:.2}");
    }
    if !recording.complete {
        html.push_str("; the recording was cut off");
    }
    html.push_str("</div>");
    html
}
