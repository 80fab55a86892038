//! What is true now: allowed cores and the reasons, processes, thread pools.
//!
//! # Design constraints
//!
//! - Nothing here changes or stops the process that is looked at.
//! - Facts are read through a [`World`], so a recorded tree of `/proc` and `/sys` is a test.
//! - Knowledge of runtimes stands in one table, `runtimes`.

pub mod cores;
mod world;

pub use world::World;
