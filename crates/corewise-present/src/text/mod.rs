//! The report as text for a terminal.

pub(crate) mod amounts;
mod chart;
pub(crate) mod cores;
mod findings;
pub(crate) mod governor;
mod head;
mod machine;
pub(crate) mod notes;
mod options;
pub(crate) mod owners;
mod page;
mod pools;
mod processes;

use corewise_analyse::{activity, summary};
use corewise_model::{Finding, Recording};

pub use options::TextOptions;

use page::Page;

/// The short summary of a recording, or with [`TextOptions::all`] everything that text can say.
/// The findings are told in the order in which they come: the worst first.
///
/// It derives from the recording alone, so a live recording and its file give the same text. Each
/// line ends in a newline and has at most [`TextOptions::columns`] columns, commands to type
/// excepted: those stay whole, so that they can be copied.
#[must_use]
pub fn summary_text(recording: &Recording, findings: &[Finding], options: &TextOptions) -> String {
    let summary = summary(recording);
    let mut page = Page::new(options);
    head::write(&mut page, recording, &summary);
    cores::write(&mut page, recording, &summary);
    if !recording.ticks.is_empty() {
        chart::write(&mut page, recording, &activity(recording));
        owners::write(&mut page, recording, &summary);
    }
    governor::write(&mut page, &summary);
    findings::write(&mut page, recording, &summary, findings);
    if options.all {
        processes::write(&mut page, recording);
        pools::write(&mut page, recording);
        machine::write(&mut page, recording);
    }
    notes::write(&mut page, recording, &summary);
    page.finish()
}
