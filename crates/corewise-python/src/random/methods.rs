//! The methods of `numpy.random.Generator` that are done here.

use corewise_rng::{
    Exponential, LogNormal, Normal, StandardExponential, StandardExponential32,
    StandardExponentialInverse, StandardExponentialInverse32, StandardNormal, StandardNormal32,
    StandardUniform, StandardUniform32, Uniform,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::array::Float;
use super::call::{Call, Method, number};
use super::fill::draw;
use super::integers::{bytes, integers};

/// Methods for a class that has them beside NumPy's.
///
/// Nothing is in it, so that it can stand beside any other base. What a method does not understand
/// goes to NumPy's own method, with the same arguments.
#[pyclass(frozen, subclass, module = "corewise._native")]
pub(crate) struct Streams;

type Arguments<'a, 'py> = (&'a Bound<'py, PyTuple>, Option<&'a Bound<'py, PyDict>>);
type Given<'py> = PyResult<Option<Bound<'py, PyAny>>>;

/// By `fast`, else by NumPy.
fn answer<'py>(
    method: &'static Method,
    generator: &Bound<'py, Streams>,
    (args, kwargs): Arguments<'_, 'py>,
    fast: impl FnOnce(&Call<'_, 'py>) -> Given<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::new(method, generator.as_any(), args, kwargs);
    match fast(&call)? {
        Some(value) => Ok(value),
        None => call.by_numpy(),
    }
}

/// A parameter that scales: not negative. Of others NumPy says what is wrong, or what comes of them.
fn scale(value: Option<&Bound<'_, PyAny>>) -> Option<f64> {
    number(value, 1.0).filter(|it| it.is_finite() && it.is_sign_positive())
}

/// A parameter that moves.
fn location(value: Option<&Bound<'_, PyAny>>) -> Option<f64> {
    number(value, 0.0).filter(|it| it.is_finite())
}

/// Whether a standard exponential number is to be drawn by the ziggurat method.
fn by_ziggurat(method: Option<&Bound<'_, PyAny>>) -> Option<bool> {
    let Some(method) = method else { return Some(true) };
    match method.cast_exact::<PyString>().ok()?.to_str().ok()? {
        "zig" => Some(true),
        "inv" => Some(false),
        _ => None,
    }
}

/// Methods that differ in their names, parameters and what is drawn.
macro_rules! methods {
    ($(
        $(#[$about:meta])*
        $signature:literal $name:ident($($parameter:literal),*) = $fast:expr;
    )*) => {
        #[pymethods]
        impl Streams {$(
            $(#[$about])*
            #[pyo3(signature = (*args, **kwargs), text_signature = $signature)]
            fn $name<'py>(
                slf: &Bound<'py, Self>,
                args: &Bound<'py, PyTuple>,
                kwargs: Option<&Bound<'py, PyDict>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                static METHOD: Method =
                    Method::new("Generator", stringify!($name), &[$($parameter),*]);
                answer(&METHOD, slf, (args, kwargs), $fast)
            }
        )*}
    };
}

methods! {
    /// Uniform numbers in [0, 1).
    "($self, size=None, dtype='float64', out=None)"
    random("size", "dtype", "out") = |call| {
        let Some([size, dtype, out]) = call.arguments()? else { return Ok(None) };
        match Float::of(dtype.as_ref()) {
            Some(Float::F64) => draw(call, size.as_ref(), out.as_ref(), &StandardUniform),
            Some(Float::F32) => draw(call, size.as_ref(), out.as_ref(), &StandardUniform32),
            None => Ok(None),
        }
    };

    /// Normal numbers of mean 0 and standard deviation 1.
    "($self, size=None, dtype='float64', out=None)"
    standard_normal("size", "dtype", "out") = |call| {
        let Some([size, dtype, out]) = call.arguments()? else { return Ok(None) };
        match Float::of(dtype.as_ref()) {
            Some(Float::F64) => draw(call, size.as_ref(), out.as_ref(), &StandardNormal),
            Some(Float::F32) => draw(call, size.as_ref(), out.as_ref(), &StandardNormal32),
            None => Ok(None),
        }
    };

    /// Exponential numbers of scale 1.
    "($self, size=None, dtype='float64', method='zig', out=None)"
    standard_exponential("size", "dtype", "method", "out") = |call| {
        let Some([size, dtype, method, out]) = call.arguments()? else { return Ok(None) };
        let (size, out) = (size.as_ref(), out.as_ref());
        match (Float::of(dtype.as_ref()), by_ziggurat(method.as_ref())) {
            (Some(Float::F64), Some(true)) => draw(call, size, out, &StandardExponential),
            (Some(Float::F32), Some(true)) => draw(call, size, out, &StandardExponential32),
            (Some(Float::F64), Some(false)) => draw(call, size, out, &StandardExponentialInverse),
            (Some(Float::F32), Some(false)) => draw(call, size, out, &StandardExponentialInverse32),
            _ => Ok(None),
        }
    };

    /// Uniform numbers in [low, high).
    "($self, low=0.0, high=1.0, size=None)"
    uniform("low", "high", "size") = |call| {
        let Some([low, high, size]) = call.arguments()? else { return Ok(None) };
        match (location(low.as_ref()), number(high.as_ref(), 1.0)) {
            (Some(low), Some(high)) if high >= low && (high - low).is_finite() => {
                draw(call, size.as_ref(), None, &Uniform::new(low, high))
            }
            _ => Ok(None),
        }
    };

    /// Normal numbers of mean `loc` and standard deviation `scale`.
    "($self, loc=0.0, scale=1.0, size=None)"
    normal("loc", "scale", "size") = |call| {
        let Some([loc, sd, size]) = call.arguments()? else { return Ok(None) };
        match (location(loc.as_ref()), scale(sd.as_ref())) {
            (Some(loc), Some(sd)) => draw(call, size.as_ref(), None, &Normal::new(loc, sd)),
            _ => Ok(None),
        }
    };

    /// Numbers whose logarithms are normal, of mean `mean` and standard deviation `sigma`.
    "($self, mean=0.0, sigma=1.0, size=None)"
    lognormal("mean", "sigma", "size") = |call| {
        let Some([mean, sd, size]) = call.arguments()? else { return Ok(None) };
        match (location(mean.as_ref()), scale(sd.as_ref())) {
            (Some(mean), Some(sd)) => draw(call, size.as_ref(), None, &LogNormal::new(mean, sd)),
            _ => Ok(None),
        }
    };

    /// Exponential numbers of scale `scale`.
    "($self, scale=1.0, size=None)"
    exponential("scale", "size") = |call| {
        let Some([one, size]) = call.arguments()? else { return Ok(None) };
        match scale(one.as_ref()) {
            Some(one) => draw(call, size.as_ref(), None, &Exponential::new(one)),
            None => Ok(None),
        }
    };

    /// Integers from `low` to `high`, which `endpoint` includes, all as likely.
    "($self, low, high=None, size=None, dtype='int64', endpoint=False)"
    integers("low", "high", "size", "dtype", "endpoint") = integers;

    /// Bytes, all as likely.
    "($self, length)"
    bytes("length") = bytes;
}
