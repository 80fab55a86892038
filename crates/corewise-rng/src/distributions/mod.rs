//! Distributions that NumPy derives from uniform, normal and exponential numbers, for one set of
//! parameters a call.
//!
//! Each does NumPy's operations in NumPy's order. Parameters are not checked: the caller refuses what
//! NumPy refuses.

mod located;

pub use located::{Exponential, LogNormal, Normal};
