//! The functions of the process's C library that NumPy calls.
//!
//! NumPy's values carry the last bit of what its C library computes, so the same functions of the
//! same library compute ours.

unsafe extern "C" {
    pub(crate) safe fn exp(x: f64) -> f64;
    pub(crate) safe fn expf(x: f32) -> f32;
    pub(crate) safe fn log1p(x: f64) -> f64;
    pub(crate) safe fn log1pf(x: f32) -> f32;
}
