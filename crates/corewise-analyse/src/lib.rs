//! From a recording to what it means: pure functions and statistics.
//!
//! # Design constraints
//!
//! - Nothing here reads a file, /proc or a clock: a recording goes in, conclusions come out. So a
//!   bug report is a recording, and so is a test.
//! - Linear in the length of the recording: an hour of 64 threads at 50 Hz takes seconds.
//! - No recording makes it panic: none that is empty, cut, or full of contradictions.
//!
//! ```
//! use corewise_model::scenario::Scenario;
//!
//! let mut s = Scenario::new(2.0, 10.0);
//! s.busy(s.main(s.root()), 0.0..5.0);
//! let summary = corewise_analyse::summary(&s.recording());
//! assert_eq!(summary.cores_used.to_string(), "0.5");
//! ```

mod activity;
mod callers;
mod composition;
mod explanation;
mod facts;
mod figures;
mod findings;
mod governed;
mod manual;
mod parallel_options;
mod reach;
mod rule;
mod rules;
mod spin;
mod stretches;
mod summary;
mod together;
mod unjudged;
mod words;

pub use activity::{Activity, ThreadActivity, TickActivity, activity};
pub use explanation::{Explanation, explain};
pub use findings::{findings, findings_of};
pub use governed::{Governed, GovernedProcess, governed};
pub use manual::manual;
pub use summary::{Accounting, Owner, OwnerTime, Summary, summary};
pub use unjudged::{Unjudged, unjudged};
