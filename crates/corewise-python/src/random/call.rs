//! A call of a method, its arguments, and NumPy's own method that may get it.

use numpy::PyUntypedArray;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyTuple, PyType};
use pyo3::{ffi, intern};

use super::stream::Stream;

/// A method of one of NumPy's classes.
pub(super) struct Method {
    name: &'static str,
    parameters: &'static [&'static str],
    names: PyOnceLock<Vec<Py<PyString>>>,
    function: PyOnceLock<Py<PyAny>>,
}

impl Method {
    pub(super) const fn new(name: &'static str, parameters: &'static [&'static str]) -> Self {
        Self { name, parameters, names: PyOnceLock::new(), function: PyOnceLock::new() }
    }

    /// The names of its parameters.
    fn names(&self, py: Python<'_>) -> &[Py<PyString>] {
        self.names.get_or_init(py, || {
            self.parameters.iter().map(|name| PyString::intern(py, name).unbind()).collect()
        })
    }

    /// NumPy's own function.
    ///
    /// It is that of the class whose layout in memory `generator` has: the last base that has such a
    /// method. Not what `numpy.random` calls so: a program may have put another class there.
    pub(super) fn numpys(&self, generator: &Bound<'_, PyAny>) -> PyResult<&Py<PyAny>> {
        let py = generator.py();
        self.function.get_or_try_init(py, || {
            let mut function = None;
            let mut class = Some(generator.get_type());
            while let Some(this) = class {
                if let Ok(own) = this.getattr("__dict__")?.get_item(self.name) {
                    function = Some(own.unbind());
                }
                class = this.getattr("__base__")?.cast_into().ok();
            }
            function.ok_or_else(|| PyAttributeError::new_err(self.name))
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
            let names = self.method.names(self.py());
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

    /// Whether it has arguments with names.
    pub(super) fn has_names(&self) -> bool {
        self.kwargs.is_some_and(|kwargs| !kwargs.is_empty())
    }

    /// The size, of a call that passes the dimensions one by one.
    pub(super) fn dimensions(&self) -> Option<Bound<'py, PyAny>> {
        (!self.args.is_empty()).then(|| self.args.clone().into_any())
    }

    /// The same call of NumPy's method.
    pub(super) fn by_numpy(&self) -> PyResult<Bound<'py, PyAny>> {
        self.out_is_an_array()?;
        let method = self.method.numpys(self.generator)?.bind(self.py());
        if self.args.is_empty() {
            return method.call((self.generator,), self.kwargs);
        }
        let args = std::iter::once(self.generator.clone()).chain(self.args);
        let args = PyTuple::new(self.py(), args.collect::<Vec<_>>())?;
        method.call(args, self.kwargs)
    }

    /// NumPy takes whatever is `out` for an array, and reads beyond its end if it is none.
    fn out_is_an_array(&self) -> PyResult<()> {
        let Some(place) = self.method.parameters.iter().position(|name| *name == "out") else {
            return Ok(());
        };
        if self.args.len() > self.method.parameters.len() {
            return Ok(());
        }
        let out = match (self.args.get_item(place), self.kwargs) {
            (Ok(out), _) => out,
            (_, Some(kwargs)) => match kwargs.get_item(intern!(self.py(), "out"))? {
                Some(out) => out,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        if out.is_none() || out.cast::<PyUntypedArray>().is_ok() {
            return Ok(());
        }
        let kind = out.get_type().name()?;
        Err(PyTypeError::new_err(format!("out must be a numpy array, not {kind}")))
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
