//! Running and waiting threads over time, a line each.

use corewise_analyse::Activity;
use corewise_model::Recording;

use super::amounts::length;
use super::page::{CARE, FAINT, GOOD, INDENT, LABEL, Page};
use crate::escape::width;
use crate::timeline;

/// Heights from nothing to all; anything that is not nothing shows.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];

/// Columns to the right of the chart for what its full height means.
const SCALE: usize = 14;

/// Waiting threads, and cores of others, that are below this at every moment have no line.
const WORTH_A_LINE: f64 = 0.1;

pub(super) fn write(page: &mut Page<'_>, recording: &Recording, activity: &Activity) {
    let columns = page.columns() - INDENT - SCALE;
    let buckets = timeline::buckets(activity, recording.duration, columns);
    let allowed = recording.header.allowed.cores.0;
    // Fewer waiting threads than allowed cores are drawn as the few that they are.
    let most = buckets.iter().map(|bucket| bucket.waiting).fold(0.0, f64::max);
    let full = most.max(allowed);
    page.blank();
    let end = length(recording.duration);
    let gap = columns.saturating_sub(width("0 s") + width(&end));
    let axis = format!("{:INDENT$}0 s{:gap$}{end}", "", "");
    let axis = page.styled(FAINT, &axis);
    page.raw(&axis);
    let cores = format!("of {}", recording.header.allowed.cores);
    line(page, "running", GOOD, &buckets, |b| b.running / allowed, &cores);
    if most >= WORTH_A_LINE {
        let scale = format!("of {full:.1}");
        let scale = scale.trim_end_matches(".0");
        line(page, "waiting", CARE, &buckets, |b| b.waiting / full, scale);
    }
    let others = timeline::others(recording, columns);
    let online = recording.header.allowed.machine.online.len();
    if online > 0 && others.iter().any(|cores| *cores >= WORTH_A_LINE) {
        let scale = format!("of {online}");
        line(page, "others", FAINT, &others, |cores| cores / online as f64, &scale);
    }
}

fn line<T>(
    page: &mut Page<'_>,
    label: &str,
    style: anstyle::Style,
    buckets: &[T],
    height: impl Fn(&T) -> f64,
    scale: &str,
) {
    let signs = if page.options.unicode { BLOCKS } else { ASCII };
    let bars: String = buckets.iter().map(|bucket| signs[level(height(bucket))]).collect();
    let label = page.styled(LABEL, label) + &" ".repeat(INDENT - width(label));
    let scale = page.styled(FAINT, &page.cut(scale, SCALE - 2));
    let bars = page.styled(style, &bars);
    page.raw(&format!("{label}{bars}  {scale}"));
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn level(part: f64) -> usize {
    if part > 0.002 { (part * 8.0).round().clamp(1.0, 8.0) as usize } else { 0 }
}
