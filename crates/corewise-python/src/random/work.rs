//! What is done with a bit generator, and for which kinds of them the code is made.
//!
//! The code that fills an array is large, and is made for each distribution and each kind. So those
//! kinds that skip are one ([`Skipping`](super::skipping::Skipping)), and where a distribution takes
//! most of the time, the others are left to NumPy: they gain little.

use corewise_rng::{BitGenerator, Distribution};
use pyo3::prelude::*;

use super::state::Known;
use super::stream::Stream;

/// What to do with a generator of any kind.
pub(super) trait Work {
    /// Does it; the bit generator moves on only if this succeeds.
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<()>;
}

/// A distribution that arrays are filled with.
pub(super) trait Drawn: Distribution {
    /// From which kinds.
    type Kinds: Kinds;
}

/// From which kinds of bit generators something is drawn.
pub(super) trait Kinds {
    /// Whether the stream is of one of them.
    fn have(stream: &Stream) -> bool;

    /// Does `work`.
    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<()>;
}

/// From all.
pub(super) struct All;

impl Kinds for All {
    fn have(_: &Stream) -> bool {
        true
    }

    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<()> {
        stream.work(py, OnAny(work))
    }
}

/// From those that skip.
pub(super) struct Skippers;

impl Kinds for Skippers {
    fn have(stream: &Stream) -> bool {
        stream.skips()
    }

    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<()> {
        stream.work(py, OnSkipping(work))
    }
}

/// Work with a generator of a known kind.
pub(super) trait KnownWork {
    /// As [`Work::run`].
    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<()>;
}

/// Work with a generator of any kind.
pub(super) struct OnAny<W>(pub(super) W);

impl<W: Work> KnownWork for OnAny<W> {
    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        generator.work(py, self.0)
    }
}

struct OnSkipping<W>(W);

impl<W: Work> KnownWork for OnSkipping<W> {
    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<()> {
        generator.work_skipping(py, self.0)
    }
}

macro_rules! drawn {
    ($kinds:ident: $($distribution:ty),* $(,)?) => {$(
        impl Drawn for $distribution {
            type Kinds = $kinds;
        }
    )*};
}

mod of {
    pub(super) use corewise_rng::*;
}

drawn! { All:
    of::StandardUniform, of::StandardUniform32, of::Uniform, of::StandardNormal,
    of::StandardNormal32, of::Normal, of::StandardExponential, of::StandardExponential32,
    of::Exponential, of::Integers<i64>, of::Integers<u64>, of::Integers<i32>, of::Integers<u32>,
}

drawn! { Skippers:
    of::StandardExponentialInverse, of::StandardExponentialInverse32, of::LogNormal,
    of::StandardGamma, of::StandardGamma32, of::Gamma, of::ChiSquare, of::F, of::StandardT,
    of::Beta, of::Pareto, of::Weibull, of::Power, of::Rayleigh, of::Laplace, of::Gumbel,
    of::Logistic, of::Wald, of::VonMises, of::Triangular, of::Cauchy, of::Poisson, of::Geometric,
    of::LogSeries, of::Zipf, of::Binomial, of::NegativeBinomial, of::NoncentralChiSquare, of::NoncentralF, of::Integers<i16>,
    of::Integers<u16>, of::Integers<i8>, of::Integers<u8>, of::Integers<bool>,
}
