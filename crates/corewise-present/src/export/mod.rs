//! A recording in the formats of other tools, one file a format.

mod chrome_trace;
mod firefox;
mod firefox_marker;
mod held;

mod json;
mod speedscope;
mod stacks;
mod states;

pub use chrome_trace::chrome_trace;
pub use firefox::firefox;

pub use json::{SCHEMA, json};
pub use speedscope::speedscope;
