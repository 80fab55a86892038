//! Processes seen from outside: what is mapped in them, and which Python runs there.

mod error;
mod identity;
mod module;
mod modules;
mod python;

pub use error::ProbeError;
pub use identity::{namespace_tid, threads};
pub use module::Module;
pub use modules::Modules;
pub use python::{Implementation, PythonImage};
