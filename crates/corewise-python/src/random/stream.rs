//! A bit generator of NumPy's, ready to be drawn from.

use std::sync::atomic::{AtomicU8, Ordering};

use corewise_rng::{AnyGenerator, BitGenerator, Mt19937, Pcg64, Pcg64Dxsm, Philox, Sfc64};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use pyo3::{PyTraverseError, PyVisit, intern};

use super::bitgen::{Bitgen, Calls};
use super::parameters::{OLDEST, numpy};
use super::state::Known;

/// The bit generators that are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pcg64,
    Pcg64Dxsm,
    Philox,
    Sfc64,
    Mt19937,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Pcg64, Self::Pcg64Dxsm, Self::Philox, Self::Sfc64, Self::Mt19937];

    /// That of exactly this type: a subclass may have changed anything.
    fn of(bit_generator: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        static TYPES: PyOnceLock<Vec<Option<Py<PyType>>>> = PyOnceLock::new();
        let py = bit_generator.py();
        let types = TYPES.get_or_try_init(py, || -> PyResult<_> {
            let module = py.import("numpy.random")?;
            let of =
                |kind: Kind| Some(module.getattr(kind.name()).ok()?.cast_into().ok()?.unbind());
            Ok(Self::ALL.map(of).into())
        })?;
        let exact = bit_generator.get_type();
        let known = Self::ALL.into_iter().zip(types);
        let mut same = known.filter(|(_, known)| known.as_ref().is_some_and(|it| exact.is(it)));
        Ok(same.next().map(|(kind, _)| kind))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pcg64 => "PCG64",
            Self::Pcg64Dxsm => "PCG64DXSM",
            Self::Philox => "Philox",
            Self::Sfc64 => "SFC64",
            Self::Mt19937 => "MT19937",
        }
    }
}

/// What is done with a generator of any kind, which moves on only if it succeeds.
pub(super) type Work<'a> = &'a mut dyn FnMut(Python<'_>, &mut dyn AnyGenerator) -> PyResult<()>;

/// What is done with a bit generator of any kind.
pub(super) trait OnGenerator {
    /// Draws from the generator; an error leaves it as it was.
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()>;
}

struct Any<'a>(Work<'a>);

impl OnGenerator for Any<'_> {
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        (self.0)(py, generator)
    }
}

fn used_meanwhile() -> PyErr {
    PyRuntimeError::new_err(
        "the bit generator was drawn from or set during a call that was drawing from it: signal \
         handlers, progress functions and other threads that set its state must use another one",
    )
}

/// A bit generator, its functions and its lock.
#[pyclass(frozen, module = "corewise._native")]
pub(crate) struct Stream {
    bit_generator: Py<PyAny>,
    acquire: Py<PyAny>,
    release: Py<PyAny>,
    bitgen: Bitgen,
    kind: Kind,
    in_memory: bool,
}

#[pymethods]
impl Stream {
    /// `None` for a bit generator that is not known. `in_memory`: whether its state may be read there.
    #[staticmethod]
    #[pyo3(signature = (bit_generator, in_memory=true))]
    fn of(bit_generator: Bound<'_, PyAny>, in_memory: bool) -> PyResult<Option<Self>> {
        if numpy(bit_generator.py()) < OLDEST {
            return Ok(None);
        }
        let Some(kind) = Kind::of(&bit_generator)? else { return Ok(None) };
        let lock = bit_generator.getattr("lock")?;
        let mut stream = Self {
            acquire: lock.getattr("acquire")?.unbind(),
            release: lock.getattr("release")?.unbind(),
            bitgen: Bitgen::of(&bit_generator)?,
            bit_generator: bit_generator.unbind(),
            kind,
            in_memory: false,
        };
        stream.in_memory = in_memory && stream.is_as_known(lock.py())?;
        Ok(Some(stream))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.bit_generator)?;
        visit.call(&self.acquire)?;
        visit.call(&self.release)
    }
}

impl Stream {
    /// Draws by the bit generator's own functions: cheap to begin.
    pub(super) fn call<R>(
        &self,
        py: Python<'_>,
        draw: impl FnOnce(&mut Calls<'_>) -> R,
    ) -> PyResult<R> {
        let _held = Held::new(py, self)?;
        Ok(draw(&mut Calls(&self.bitgen)))
    }

    /// Does `work` as [`on`](Self::on) does, which is compiled once.
    pub(super) fn work(&self, py: Python<'_>, work: Work<'_>) -> PyResult<()> {
        self.on(py, Any(work))
    }

    /// Does `work`, with the lock held from before the state is read until after it is written.
    ///
    /// The lock lets this thread in again: a signal handler or a function that is told of progress
    /// may have drawn meanwhile, the same numbers as `work`. That is an error.
    pub(super) fn on<W: OnGenerator>(&self, py: Python<'_>, work: W) -> PyResult<()> {
        let _held = Held::new(py, self)?;
        match self.kind {
            Kind::Pcg64 => self.work_on::<Pcg64, W>(py, work),
            Kind::Pcg64Dxsm => self.work_on::<Pcg64Dxsm, W>(py, work),
            Kind::Philox => self.work_on::<Philox, W>(py, work),
            Kind::Sfc64 => self.work_on::<Sfc64, W>(py, work),
            Kind::Mt19937 => self.work_on::<Mt19937, W>(py, work),
        }
    }

    fn work_on<G: Known, W: OnGenerator>(&self, py: Python<'_>, work: W) -> PyResult<()> {
        if self.in_memory {
            let state = self.bitgen.state;
            // SAFETY: the layout was checked, the bit generator lives, and its lock is held.
            let before = unsafe { G::load(state) };
            let mut generator = before.clone();
            work.run(py, &mut generator)?;
            // SAFETY: as above.
            if !unsafe { G::load(state) }.is_same(&before) {
                return Err(used_meanwhile());
            }
            // SAFETY: as above.
            unsafe { generator.store(state) };
            return Ok(());
        }
        let state = self.dictionary(py)?;
        let before = G::read(&state)?;
        let mut generator = before.clone();
        work.run(py, &mut generator)?;
        if !G::read(&self.dictionary(py)?)?.is_same(&before) {
            return Err(used_meanwhile());
        }
        generator.write(&state)?;
        self.bit_generator.bind(py).setattr(intern!(py, "state"), state)
    }

    fn dictionary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        Ok(self.bit_generator.bind(py).getattr(intern!(py, "state"))?.cast_into()?)
    }

    /// Whether the state in memory has the layout that is known; looked at once for each kind.
    fn is_as_known(&self, py: Python<'_>) -> PyResult<bool> {
        const UNKNOWN: u8 = 0;
        const SAME: u8 = 1;
        const OTHER: u8 = 2;
        static FOUND: [AtomicU8; Kind::ALL.len()] =
            [const { AtomicU8::new(UNKNOWN) }; Kind::ALL.len()];
        let found = &FOUND[self.kind as usize];
        if found.load(Ordering::Relaxed) == UNKNOWN {
            let _held = Held::new(py, self)?;
            let same = self.lies_inside(py)?
                && match self.kind {
                    Kind::Pcg64 => self.reads_the_same::<Pcg64>(py)?,
                    Kind::Pcg64Dxsm => self.reads_the_same::<Pcg64Dxsm>(py)?,
                    Kind::Philox => self.reads_the_same::<Philox>(py)?,
                    Kind::Sfc64 => self.reads_the_same::<Sfc64>(py)?,
                    Kind::Mt19937 => self.reads_the_same::<Mt19937>(py)?,
                };
            found.store(if same { SAME } else { OTHER }, Ordering::Relaxed);
        }
        Ok(found.load(Ordering::Relaxed) == SAME)
    }

    /// Whether the state is a part of the object, as in every NumPy so far.
    fn lies_inside(&self, py: Python<'_>) -> PyResult<bool> {
        let object = self.bit_generator.bind(py);
        let size: usize = object.get_type().getattr("__basicsize__")?.extract()?;
        let begin = object.as_ptr() as usize;
        Ok((begin..begin + size).contains(&(self.bitgen.state as usize)))
    }

    fn reads_the_same<G: Known>(&self, py: Python<'_>) -> PyResult<bool> {
        let dictionary = G::read(&self.dictionary(py)?)?;
        // SAFETY: the state lies inside the object, and the lock is held.
        Ok(unsafe { G::load(self.bitgen.state) }.is_same(&dictionary))
    }
}

/// A bit generator's lock, held.
struct Held<'py, 'a> {
    py: Python<'py>,
    release: &'a Py<PyAny>,
}

impl<'py, 'a> Held<'py, 'a> {
    /// Waits for it without the interpreter's lock. Raises what a signal handler raises meanwhile.
    fn new(py: Python<'py>, stream: &'a Stream) -> PyResult<Self> {
        stream.acquire.bind(py).call0()?;
        Ok(Self { py, release: &stream.release })
    }
}

impl Drop for Held<'_, '_> {
    fn drop(&mut self) {
        if let Err(error) = self.release.bind(self.py).call0() {
            error.write_unraisable(self.py, None);
        }
    }
}
