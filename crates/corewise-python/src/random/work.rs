//! What is done with a bit generator, and for how many kinds of them the code is made.

use corewise_rng::{BitGenerator, Distribution};
use pyo3::prelude::*;

use super::state::Known;
use super::stream::Stream;

/// What to do with a generator of any kind.
pub(super) trait Work {
    /// What comes of it.
    type Outcome;

    /// Does it; the bit generator moves on only if this succeeds.
    fn run<G: BitGenerator>(self, py: Python<'_>, generator: &mut G) -> PyResult<Self::Outcome>;
}

/// A distribution that arrays are filled with.
pub(super) trait Drawn: Distribution {
    /// For how many kinds.
    type Kinds: Kinds;
}

/// For how many kinds of bit generators code is made.
pub(super) trait Kinds {
    /// Does `work` with the bit generator.
    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<W::Outcome>;
}

/// For each kind: for distributions that take little time themselves.
pub(super) struct Each;

impl Kinds for Each {
    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<W::Outcome> {
        stream.work(py, OfEach(work))
    }
}

/// Once for all kinds that skip.
pub(super) struct Any;

impl Kinds for Any {
    fn work<W: Work>(stream: &Stream, py: Python<'_>, work: W) -> PyResult<W::Outcome> {
        stream.work(py, OfAny(work))
    }
}

/// Work with a generator of a known kind.
pub(super) trait KnownWork {
    /// What comes of it.
    type Outcome;

    /// As [`Work::run`].
    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<Self::Outcome>;
}

struct OfEach<W>(W);

impl<W: Work> KnownWork for OfEach<W> {
    type Outcome = W::Outcome;

    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<W::Outcome> {
        self.0.run(py, generator)
    }
}

struct OfAny<W>(W);

impl<W: Work> KnownWork for OfAny<W> {
    type Outcome = W::Outcome;

    fn run<G: Known>(self, py: Python<'_>, generator: &mut G) -> PyResult<W::Outcome> {
        generator.work_as_any(py, self.0)
    }
}

macro_rules! drawn {
    ($kinds:ident: $($distribution:ident),* $(,)?) => {$(
        impl Drawn for corewise_rng::$distribution {
            type Kinds = $kinds;
        }
    )*};
}

drawn! { Each:
    StandardUniform, StandardUniform32, Uniform, StandardNormal, StandardNormal32, Normal,
    StandardExponential, StandardExponential32, Exponential,
}

drawn! { Any:
    StandardExponentialInverse, StandardExponentialInverse32, LogNormal, StandardGamma,
    StandardGamma32, Gamma, ChiSquare, F, StandardT, Beta, Pareto, Weibull, Power, Rayleigh,
    Laplace, Gumbel, Logistic, Wald, VonMises, Triangular, Cauchy, Poisson, Geometric, LogSeries,
    Zipf, Binomial, NegativeBinomial,
}

impl<T: corewise_rng::Integer> Drawn for corewise_rng::Integers<T> {
    type Kinds = Each;
}
