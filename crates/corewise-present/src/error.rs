//! What can go wrong when a report is written.

use std::io;

use thiserror::Error;

/// Why a report could not be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PresentError {
    /// The writer failed: a full disk, a closed pipe.
    #[error("{0}")]
    Write(#[from] io::Error),
    /// A value has no form in the format. None of today's values can fail.
    #[error("cannot be encoded: {0}")]
    Encode(String),
}

impl From<serde_json::Error> for PresentError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() { Self::Write(error.into()) } else { Self::Encode(error.to_string()) }
    }
}
