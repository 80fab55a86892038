//! The pools of a process: from outside, from inside, and in a fresh interpreter.
//!
//! [`of_process`] reads memory and files only. What it leaves unknown a running program can be
//! asked: [`of_self`] calls the runtimes' getters in this process, [`of_imports`] has them called
//! by a Python that was started for it. All three go by the table in [`crate::runtimes`].

mod facts;
mod import;
mod inside;
mod internals;
mod outside;
mod own;
mod request;
mod survey;

pub use import::{ImportError, of_imports};
pub use outside::{of_process, without_threads};
pub use own::{of_self, of_self_asking};
pub use survey::{Survey, Threads};
