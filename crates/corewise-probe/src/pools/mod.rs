//! The pools of a process.

mod outside;

pub use outside::of_process;
