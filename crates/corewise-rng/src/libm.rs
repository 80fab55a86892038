//! The functions of the process's C library that NumPy calls.
//!
//! NumPy's values carry the last bit of what its C library computes, so the same functions of the
//! same library compute ours.

unsafe extern "C" {
    pub(crate) safe fn acos(x: f64) -> f64;
    pub(crate) safe fn cos(x: f64) -> f64;
    pub(crate) safe fn exp(x: f64) -> f64;
    pub(crate) safe fn expf(x: f32) -> f32;
    pub(crate) safe fn expm1(x: f64) -> f64;
    pub(crate) safe fn log(x: f64) -> f64;
    pub(crate) safe fn log1p(x: f64) -> f64;
    pub(crate) safe fn log1pf(x: f32) -> f32;
    pub(crate) safe fn logf(x: f32) -> f32;
    pub(crate) safe fn pow(x: f64, y: f64) -> f64;
    pub(crate) safe fn powf(x: f32, y: f32) -> f32;
}

/// The integer that C's conversion makes of a floating-point number: towards zero, and on x86-64 the
/// smallest one for all that do not fit.
#[expect(clippy::cast_possible_truncation, reason = "what does not fit is said above")]
pub(crate) fn to_i64(x: f64) -> i64 {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if cfg!(target_arch = "x86_64") && !(-END..END).contains(&x) {
        return i64::MIN;
    }
    x as i64
}
