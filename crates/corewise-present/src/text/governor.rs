//! What the governor did.

use std::fmt::Write as _;

use corewise_analyse::{Governed, Summary};

use super::amounts::count;
use super::page::Page;

/// Cores below this are not worth a word.
const WORTH: f64 = 0.05;

pub(super) fn write(page: &mut Page<'_>, summary: &Summary) {
    if let Some(governed) = &summary.governed {
        page.blank();
        page.labelled("Governor", &text(governed));
    }
}

/// It in one sentence.
pub(crate) fn text(governed: &Governed) -> String {
    let mut text = match governed.budget {
        (1, 1) => "budget of 1 core".to_owned(),
        (least, most) if least == most => format!("budget of {most} cores"),
        (least, most) => format!("budget of {least} to {most} cores"),
    };
    if governed.deterministic {
        text.push_str(", thread counts fixed");
    }
    let processes = governed.processes.len();
    if processes == 0 {
        text.push_str("; no process of the program joined the session");
    } else {
        let _ = write!(
            text,
            "; {} in {}, {} withheld; {:.2} cores held on average, {} at most",
            counted(governed.regions, "parallel region"),
            count(processes, "process", "processes"),
            counted(governed.withheld, "thread"),
            governed.held.0,
            governed.held_most,
        );
    }
    if governed.outside.0 >= WORTH {
        let _ = write!(text, "; {:.2} held by other programs in the session", governed.outside.0);
    }
    text
}

fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
