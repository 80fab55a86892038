//! A recording in a few lines of HTML, for a page that somebody else made: the cell of a notebook.
//!
//! It has no script, no style sheet and no names that could meet others of the page. Words take the
//! page's own font and colour, and the figures' colours stand out from a light ground and a dark one.

mod figures;
mod tracks;

use corewise_analyse::summary;
use corewise_model::{Nanos, Recording};

use crate::escape;
use crate::text::{governor, notes, owners};

/// What the recording cannot know of the code that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FragmentOptions {
    /// How long the code took, where that is known better than by the recording's length.
    pub wall: Option<Nanos>,
    /// The cores that the code was limited to, below what was allowed.
    pub limit: Option<u32>,
}

/// Owners of CPU time that are named.
const OWNERS: usize = 4;

/// Time, cores, the timeline, and whose CPU time it was. Findings are not in it.
#[must_use]
pub fn fragment(recording: &Recording, options: &FragmentOptions) -> String {
    let summary = summary(recording);
    let cores = figures::budget(&summary, options);
    let mut html = String::from("<div style=\"max-width:680px;line-height:1.5\">");
    html.push_str(&figures::sentence(recording, &summary, options));
    if recording.ticks.is_empty() {
        paragraph(&mut html, "It was too short to be measured.");
    } else {
        html.push_str(&tracks::timeline(recording, cores));
        let parts = owners::parts(recording, &summary);
        if !parts.is_empty() {
            let mut text = parts[..parts.len().min(OWNERS)].join(", ");
            if parts.len() > OWNERS {
                text.push_str(" …");
            }
            paragraph(&mut html, &format!("CPU time: {text}"));
        }
    }
    if let Some(governed) = &summary.governed {
        paragraph(&mut html, &format!("Governor: {}", governor::text(governed)));
    }
    missing(&mut html, recording);
    html.push_str("</div>");
    html
}

/// What could not be recorded, folded up: it changes what the rest can say, and is seldom news.
fn missing(html: &mut String, recording: &Recording) {
    let told = notes::told(recording);
    if told.is_empty() {
        return;
    }
    html.push_str("<details style=\"opacity:.75\"><summary>What could not be recorded</summary>");
    for (text, hint, times) in told {
        let times = if times > 1 { format!(" ({times} times)") } else { String::new() };
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        paragraph(html, &format!("{text}{times}{hint}"));
    }
    html.push_str("</details>");
}

fn paragraph(html: &mut String, text: &str) {
    html.push_str("<div style=\"opacity:.75\">");
    html.push_str(&words(text));
    html.push_str("</div>");
}

/// Words of the recorded program or our own, as markup.
fn words(text: &str) -> String {
    escape::markup(&escape::text(text, true))
}

#[cfg(test)]
mod tests {
    use corewise_model::Runtime;
    use corewise_model::scenario::Scenario;

    use super::*;

    fn crowded() -> Scenario {
        let mut s = Scenario::new(2.0, 4.0).of_machine(16);
        s.busy(s.main(s.root()), 0.0..4.0).run(0.5);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 8);
        for thread in s.pool_threads(pool, 7) {
            s.busy(thread, 1.0..4.0).run(0.2).wait(0.7);
        }
        s
    }

    #[test]
    fn time_cores_and_owners_are_told() {
        let html = fragment(&crowded().recording(), &FragmentOptions::default());
        assert!(html.contains("4.00 s"), "{html}");
        assert!(html.contains("<b>1.55 of 2 cores</b> used on average (78 %)"), "{html}");
        assert!(html.contains("3.7 threads waited for a core"), "{html}");
        assert!(html.contains("CPU time: OpenBLAS"), "{html}");
        assert_eq!(html.matches("<svg").count(), 1);
    }

    #[test]
    fn other_programs_are_told_where_they_were_busy() {
        let mut s = crowded();
        let said = |s: &Scenario| {
            fragment(&s.recording(), &FragmentOptions::default()).contains("other programs")
        };
        assert!(!said(&s));
        s.strangers(0.0..4.0, 1.5);
        assert!(said(&s));
    }

    #[test]
    fn what_the_caller_knows_better_counts() {
        let options = FragmentOptions { wall: Some(Nanos::from_millis(3900)), limit: Some(1) };
        let html = fragment(&crowded().recording(), &options);
        assert!(html.contains("3.90 s"), "{html}");
        assert!(html.contains("<b>1.55 of 1 core</b>"), "{html}");
        // More than there is allows nothing.
        let options = FragmentOptions { limit: Some(64), ..options };
        assert!(fragment(&crowded().recording(), &options).contains("of 2 cores</b>"));
    }

    #[test]
    fn a_governed_program_has_its_budget_and_a_track_of_held_cores() {
        let mut s = crowded();
        s.govern(1);
        s.leases(s.root(), 1.0..4.0, 1, 1);
        let html = fragment(&s.recording(), &FragmentOptions::default());
        assert!(html.contains("of 1 core</b>"), "{html}");
        assert!(html.contains(">held<"), "{html}");
        assert!(html.contains("Governor: budget of 1 core"), "{html}");
    }

    #[test]
    fn names_are_words_and_nothing_acts() {
        let mut s = crowded();
        s.notice("<script>alert(1)</script>\u{202e}\x1b", Some("a & b"));
        let html = fragment(&s.recording(), &FragmentOptions::default());
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}\\x1b; a &amp; b"));
        for act in ["<script", "javascript:", "url(", "http", "onload"] {
            assert!(!html.contains(act), "{act}");
        }
    }

    #[test]
    fn nothing_recorded_is_said() {
        let recording = Scenario::new(2.0, 0.0).killed().recording();
        let html = fragment(&recording, &FragmentOptions::default());
        assert!(html.contains("too short to be measured"), "{html}");
        assert!(!html.contains("NaN") && !html.contains("<svg"), "{html}");
    }
}
