//! The table of runtimes.

mod entry;
mod table;

pub use entry::{Entry, Files};
pub use table::{TABLE, recognise};
