//! A call of a method, its arguments, and NumPy's own method that may get it.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple, PyType};
use pyo3::{ffi, intern};

use super::stream::Stream;

/// A method of one of NumPy's classes.
pub(super) struct Method {
    class: &'static str,
    name: &'static str,
    parameters: &'static [&'static str],
    found: PyOnceLock<(Py<PyAny>, Vec<Py<PyString>>)>,
}

impl Method {
    pub(super) const fn new(
        class: &'static str,
        name: &'static str,
        parameters: &'static [&'static str],
    ) -> Self {
        Self { class, name, parameters, found: PyOnceLock::new() }
    }

    /// NumPy's function, and the names of its parameters.
    fn found(&self, py: Python<'_>) -> PyResult<&(Py<PyAny>, Vec<Py<PyString>>)> {
        self.found.get_or_try_init(py, || {
            let class = py.import("numpy.random")?.getattr(self.class)?;
            let names = self.parameters.iter().map(|name| PyString::intern(py, name).unbind());
            Ok((class.getattr(self.name)?.unbind(), names.collect()))
        })
    }
}

/// A call of it.
pub(super) struct Call<'a, 'py> {
    pub(super) generator: &'a Bound<'py, PyAny>,
    method: &'static Method,
    args: &'a Bound<'py, PyTuple>,
    kwargs: Option<&'a Bound<'py, PyDict>>,
}

impl<'a, 'py> Call<'a, 'py> {
    pub(super) fn new(
        method: &'static Method,
        generator: &'a Bound<'py, PyAny>,
        args: &'a Bound<'py, PyTuple>,
        kwargs: Option<&'a Bound<'py, PyDict>>,
    ) -> Self {
        Self { generator, method, args, kwargs }
    }

    pub(super) fn py(&self) -> Python<'py> {
        self.generator.py()
    }

    /// The value of each parameter that the call has. Nothing if it does not fit the parameters.
    pub(super) fn arguments<const N: usize>(
        &self,
    ) -> PyResult<Option<[Option<Bound<'py, PyAny>>; N]>> {
        let mut values = [const { None }; N];
        if self.args.len() > N {
            return Ok(None);
        }
        for (value, given) in values.iter_mut().zip(self.args) {
            *value = Some(given);
        }
        if let Some(kwargs) = self.kwargs {
            let (_, names) = self.method.found(self.py())?;
            let mut known = 0;
            for (value, name) in values.iter_mut().zip(names).skip(self.args.len()) {
                if let Some(given) = kwargs.get_item(name)? {
                    *value = Some(given);
                    known += 1;
                }
            }
            if known != kwargs.len() {
                return Ok(None);
            }
        }
        Ok(Some(values))
    }

    /// The size, of a call that passes the dimensions one by one. Nothing if it passes others too.
    pub(super) fn dimensions(&self) -> Option<Option<Bound<'py, PyAny>>> {
        let alone = self.kwargs.is_none_or(|kwargs| kwargs.is_empty());
        alone.then(|| (!self.args.is_empty()).then(|| self.args.clone().into_any()))
    }

    /// The same call of NumPy's method.
    pub(super) fn by_numpy(&self) -> PyResult<Bound<'py, PyAny>> {
        let (method, _) = self.method.found(self.py())?;
        let method = method.bind(self.py());
        if self.args.is_empty() {
            return method.call((self.generator,), self.kwargs);
        }
        let args = std::iter::once(self.generator.clone()).chain(self.args);
        let args = PyTuple::new(self.py(), args.collect::<Vec<_>>())?;
        method.call(args, self.kwargs)
    }

    /// The bit generator, if it is one that is known.
    pub(super) fn stream(&self) -> Option<Bound<'py, Stream>> {
        let stream = self.generator.getattr(intern!(self.py(), "_stream")).ok()?;
        stream.cast_into().ok()
    }
}

/// An argument that was passed, and is not `None`.
pub(super) fn set<'a, 'py>(value: Option<&'a Bound<'py, PyAny>>) -> Option<&'a Bound<'py, PyAny>> {
    value.filter(|value| !value.is_none())
}

/// What the call fills.
pub(super) enum Size {
    /// One value, which is no array.
    One,
    /// An array of one dimension.
    Line(usize),
    /// An array.
    Shape(Vec<usize>),
}

impl Size {
    /// Nothing for what NumPy is to judge.
    pub(super) fn of(value: Option<&Bound<'_, PyAny>>) -> Option<Self> {
        let Some(value) = set(value) else { return Some(Self::One) };
        match value.cast_exact::<PyTuple>() {
            Ok(shape) => {
                let shape = shape.iter_borrowed().map(|length| index(&length));
                Some(Self::Shape(shape.collect::<Option<_>>()?))
            }
            Err(_) => index(value).map(Self::Line),
        }
    }

    pub(super) fn dimensions(&self) -> &[usize] {
        match self {
            Self::One => &[],
            Self::Line(length) => std::slice::from_ref(length),
            Self::Shape(shape) => shape,
        }
    }
}

/// A length: an integer, not negative.
fn index(value: &Bound<'_, PyAny>) -> Option<usize> {
    if value.is_exact_instance_of::<PyInt>() {
        return value.extract().ok();
    }
    // SAFETY: any object may be asked.
    let has_index = unsafe { ffi::PyIndex_Check(value.as_ptr()) } == 1;
    if !has_index || value.is_instance_of::<PyBool>() {
        return None;
    }
    value.extract().ok()
}

/// A parameter that is a number, and not an array.
pub(super) fn number(value: Option<&Bound<'_, PyAny>>, default: f64) -> Option<f64> {
    /// Integers up to this are numbers in `f64` too.
    const EXACT: i64 = 1 << 53;
    let Some(value) = value else { return Some(default) };
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return Some(float.value());
    }
    if value.is_exact_instance_of::<PyInt>() {
        let whole: i64 = value.extract().ok()?;
        return (-EXACT..=EXACT).contains(&whole).then_some(whole as f64);
    }
    let [float64, float32, integer] = scalars(value.py())?;
    let kind = value.get_type();
    if kind.is(float64) || kind.is(float32) {
        return value.extract().ok();
    }
    whole(value, integer.bind(value.py()))
        .filter(|it| it.unsigned_abs() <= EXACT as u128)
        .map(|it| it as f64)
}

/// A parameter that is an integer.
pub(super) fn integer(value: &Bound<'_, PyAny>) -> Option<i128> {
    if value.is_exact_instance_of::<PyInt>() {
        return wide(value);
    }
    let [_, _, integer] = scalars(value.py())?;
    whole(value, integer.bind(value.py()))
}

fn whole(value: &Bound<'_, PyAny>, integer: &Bound<'_, PyType>) -> Option<i128> {
    value.is_instance(integer).ok()?.then(|| wide(value)).flatten()
}

fn wide(value: &Bound<'_, PyAny>) -> Option<i128> {
    let narrow = value.extract::<i64>().map(i128::from);
    narrow.or_else(|_| value.extract::<u64>().map(i128::from)).ok()
}

/// `numpy.float64`, `numpy.float32` and `numpy.integer`.
fn scalars(py: Python<'_>) -> Option<&[Py<PyType>; 3]> {
    static TYPES: PyOnceLock<[Py<PyType>; 3]> = PyOnceLock::new();
    let types = TYPES.get_or_try_init(py, || -> PyResult<_> {
        let numpy = py.import("numpy")?;
        let of = |name| PyResult::Ok(numpy.getattr(name)?.cast_into::<PyType>()?.unbind());
        Ok([of("float64")?, of("float32")?, of("integer")?])
    });
    types.ok()
}
