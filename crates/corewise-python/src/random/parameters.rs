//! Parameters of distributions.
//!
//! What is at the edge of what NumPy accepts, or beyond, is NumPy's to judge: it says what is wrong,
//! or what comes of it.

use corewise_rng::{Distribution, NumPy};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::call::{Call, number};
use super::fill::{Single, draw};

type Argument<'a, 'py> = Option<&'a Bound<'py, PyAny>>;
/// Reads a parameter.
type Reader = for<'a, 'b> fn(Argument<'a, 'b>) -> Option<f64>;
/// What a method gives; nothing for what NumPy is to judge.
pub(super) type Given<'py> = PyResult<Option<Bound<'py, PyAny>>>;

/// A parameter that moves; 0 by default.
pub(super) fn location(value: Argument<'_, '_>) -> Option<f64> {
    number(value, 0.0).filter(|it| it.is_finite())
}

/// A parameter that scales, not negative; 1 by default.
pub(super) fn scale(value: Argument<'_, '_>) -> Option<f64> {
    number(value, 1.0).filter(|it| it.is_finite() && it.is_sign_positive())
}

/// A positive parameter.
pub(super) fn positive(value: Argument<'_, '_>) -> Option<f64> {
    number(Some(value?), 0.0).filter(|it| it.is_finite() && *it > 0.0)
}

/// A parameter of a distribution of `f32`, rounded as NumPy rounds it.
#[expect(clippy::cast_possible_truncation, reason = "as in NumPy")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

/// A parameter above 1.
pub(super) fn above_one(value: Argument<'_, '_>) -> Option<f64> {
    positive(value).filter(|it| *it > 1.0)
}

/// A probability between 0 and 1.
pub(super) fn probability(value: Argument<'_, '_>) -> Option<f64> {
    positive(value).filter(|it| *it < 1.0)
}

/// The numbers of a distribution that has one parameter.
pub(super) fn one<'py, D>(call: &Call<'_, 'py>, read: Reader, make: fn(f64) -> D) -> Given<'py>
where
    D: Distribution,
    D::Value: Single,
{
    let Some([value, size]) = call.arguments()? else { return Ok(None) };
    match read(value.as_ref()) {
        Some(value) => draw(call, size.as_ref(), None, &make(value)),
        None => Ok(None),
    }
}

/// The numbers of a distribution that has two.
pub(super) fn two<'py, D>(
    call: &Call<'_, 'py>,
    (read_first, read_second): (Reader, Reader),
    make: fn(f64, f64) -> D,
) -> Given<'py>
where
    D: Distribution,
    D::Value: Single,
{
    let Some([first, second, size]) = call.arguments()? else { return Ok(None) };
    match (read_first(first.as_ref()), read_second(second.as_ref())) {
        (Some(first), Some(second)) => draw(call, size.as_ref(), None, &make(first, second)),
        _ => Ok(None),
    }
}

/// The NumPy that is loaded.
pub(super) fn numpy(py: Python<'_>) -> NumPy {
    static VERSION: PyOnceLock<NumPy> = PyOnceLock::new();
    let version = VERSION.get_or_try_init(py, || -> PyResult<_> {
        let version: String = py.import("numpy")?.getattr("__version__")?.extract()?;
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        Ok(NumPy(numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)))
    });
    version.map_or(NumPy(0, 0), |version| *version)
}

/// The oldest NumPy that draws uniform, normal and exponential numbers and integers as it does now.
pub(super) const OLDEST: NumPy = NumPy(1, 24);
/// The newest whose other distributions were compared.
pub(super) const NEWEST: NumPy = NumPy(2, 5);
