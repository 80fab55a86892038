//! What is true now: allowed cores and the reasons, processes, thread pools.
//!
//! # Design constraints
//!
//! - Nothing here changes or stops the process that is looked at.
//! - Facts are read through a [`World`], so a recorded tree of `/proc` and `/sys` is a test.
//! - Knowledge of runtimes stands in one table, `runtimes`.

pub mod attribution;
pub mod bitgen;
pub mod cores;
pub mod distribution;
pub mod elf;
pub mod maps;
pub mod pools;
pub mod processes;
pub mod remote;
pub mod runtimes;
pub mod variables;
mod world;

pub use attribution::{Owner, owner};
pub use processes::{Module, Modules, ProbeError, PythonImage};
pub use world::World;
