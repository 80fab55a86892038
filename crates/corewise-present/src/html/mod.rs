//! The report as one file that needs nothing else: no network, no server, no fonts.
//!
//! The page's text and figures are JSON, its curves columns of small integers; both stand in it as
//! compressed base64, so nothing that the recorded program named itself is ever read as markup.
//! The scripts put strings into the page as text nodes only, and the page's policy forbids every
//! source but the two inline blocks that corewise wrote.

mod columns;
mod facts;
mod functions;
mod grid;
mod groups;
mod lanes;
mod layers;
mod leases;
mod page;
mod stacks;
mod surroundings;

use corewise_model::{Finding, Recording};

use crate::PresentError;

/// A recording and its findings as one self-contained HTML page.
///
/// An hour of 64 threads at 50 Hz keeps each tick in the timeline; the lanes of the single threads
/// are made coarser until they fit into 6 MiB, and the page says so.
///
/// # Errors
///
/// [`PresentError::Encode`], where a value has no JSON form; none of today's can fail.
pub fn html(recording: &Recording, findings: &[Finding]) -> Result<String, PresentError> {
    let (facts, columns) = facts::facts(recording, findings)?;
    let title = facts["title"].as_str().unwrap_or_default();
    page::page(
        title,
        &columns::text(&serde_json::to_vec(&facts)?)?,
        &columns::text(columns.bytes())?,
    )
}
