//! Recordings and findings as text, HTML, JSON and trace formats.
//!
//! # Design constraints
//!
//! - Everything derives from a [`Recording`](corewise_model::Recording) and its findings, never
//!   from the machine, so a live recording and the same recording from a file give the same report.
//! - Every string from the recorded program (names, arguments, paths, frames) is escaped before it
//!   reaches a terminal ([`escape`]).
//! - What is not known is said to be unknown, never shown as 0.
//! - No I/O but through the writers that the caller passes.
//!
//! ```
//! use corewise_present::escape;
//!
//! assert_eq!(escape::text("a\x1b[2Jb\n", true), r"a\x1b[2Jb\n");
//! ```

mod error;
pub mod escape;
pub mod export;
mod fragment;
mod html;
mod names;
mod text;
mod timeline;

pub use error::PresentError;
pub use fragment::{FragmentOptions, fragment};
pub use html::html;
pub use text::{TextOptions, summary_text};
