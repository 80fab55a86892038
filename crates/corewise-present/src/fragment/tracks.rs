//! The timeline: a track for running threads, one for waiting ones, one for held cores.

use std::fmt::Write as _;

use corewise_analyse::activity;
use corewise_model::{Cores, Recording};

use crate::text::amounts::length;
use crate::timeline;

/// All lengths are units of the drawing, which is this wide.
const WIDTH: f64 = 640.0;
/// Where the curves begin and end; labels stand to the left, scales to the right.
const LEFT: f64 = 54.0;
const RIGHT: f64 = 590.0;
/// Stretches of time that a curve has at most: two units each.
const STRETCHES: usize = 268;
const GAP: f64 = 6.0;
const AXIS: f64 = 14.0;

/// Waiting threads that are fewer than this at every moment have no track.
const WORTH_A_TRACK: f64 = 0.1;

// A contrast of at least 3 with white and with near-black.
const RUNNING: &str = "#3a86c8";
const WAITING: &str = "#c8751f";
const HELD: &str = "#8468d6";

struct Track {
    label: &'static str,
    title: String,
    colour: &'static str,
    height: f64,
    values: Vec<f64>,
    /// What the full height means.
    full: f64,
    scale: String,
    /// Where a dashed line stands.
    mark: Option<f64>,
}

pub(super) fn timeline(recording: &Recording, budget: Cores) -> String {
    let tracks = tracks(recording, budget);
    let height = tracks.iter().map(|track| track.height + GAP).sum::<f64>() + AXIS;
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"Cores in use and threads that waited for one, over time\" \
         viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         style=\"display:block;max-width:100%;height:auto;margin:4px 0;font-size:11px\">"
    );
    let mut top = 0.0;
    for track in &tracks {
        draw(&mut svg, track, top);
        top += track.height + GAP;
    }
    let y = top + AXIS - GAP + 1.0;
    text(&mut svg, LEFT, y, "start", "0 s");
    text(&mut svg, RIGHT, y, "end", &length(recording.duration));
    svg.push_str("</svg>");
    svg
}

fn tracks(recording: &Recording, budget: Cores) -> Vec<Track> {
    // A stretch is no shorter than a look, as far as looks come at equal distances.
    let count = STRETCHES.min(recording.ticks.len()).max(1);
    let buckets = timeline::buckets(&activity(recording), recording.duration, count);
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let running: Vec<f64> = buckets.iter().map(|bucket| bucket.running).collect();
    let waiting: Vec<f64> = buckets.iter().map(|bucket| bucket.waiting).collect();
    // Looks that are late make a little more of a core than there is.
    let over = most(&running) > budget.0 * 1.1;
    let full = if over { most(&running) } else { budget.0.max(1e-9) };
    let mut tracks = vec![Track {
        label: "running",
        title: format!("cores that ran the program; the dashed line is at {budget}"),
        colour: RUNNING,
        height: 36.0,
        values: running,
        full,
        scale: if over { format!("of {full:.1}") } else { format!("of {budget}") },
        mark: Some(budget.0),
    }];
    if most(&waiting) >= WORTH_A_TRACK {
        let full = most(&waiting).max(budget.0);
        let scale = format!("of {full:.1}");
        tracks.push(Track {
            label: "waiting",
            title: "threads that were runnable without a core".to_owned(),
            colour: WAITING,
            height: 24.0,
            values: waiting,
            full,
            scale: scale.trim_end_matches(".0").to_owned(),
            mark: None,
        });
    }
    if !recording.sessions.is_empty() {
        let held = timeline::held(recording, count);
        let full = most(&held).max(budget.0);
        tracks.push(Track {
            label: "held",
            title: "cores that callers in parallel regions held".to_owned(),
            colour: HELD,
            height: 16.0,
            full,
            values: held,
            scale: format!("of {}", Cores(full)),
            mark: None,
        });
    }
    tracks
}

fn draw(svg: &mut String, track: &Track, top: f64) {
    let base = top + track.height;
    let y = |value: f64| base - (value / track.full).clamp(0.0, 1.0) * track.height;
    let step = (RIGHT - LEFT) / track.values.len() as f64;
    let _ = write!(svg, "<g><title>{}</title>", track.title);
    let _ = write!(svg, "<path fill=\"{}\" d=\"M{LEFT} {base}", track.colour);
    for (at, value) in track.values.iter().enumerate() {
        let _ = write!(svg, "V{:.1}H{:.1}", y(*value), LEFT + (at + 1) as f64 * step);
    }
    let _ = write!(svg, "V{base}Z\"/>");
    line(svg, base, "");
    if let Some(mark) = track.mark {
        // Within the drawing, also at the very top.
        line(svg, y(mark).max(top + 0.5), " stroke-dasharray=\"4 3\"");
    }
    let middle = top + track.height / 2.0 + 4.0;
    text(svg, 0.0, middle, "start", track.label);
    text(svg, RIGHT + 6.0, middle, "start", &track.scale);
    svg.push_str("</g>");
}

fn line(svg: &mut String, y: f64, dashes: &str) {
    let _ = write!(
        svg,
        "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" fill=\"none\" stroke=\"currentColor\" \
         stroke-opacity=\".5\"{dashes}/>"
    );
}

/// `text` is our own and has nothing to escape.
fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = write!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"currentColor\" \
         fill-opacity=\".8\">{text}</text>"
    );
}
