//! The methods of `numpy.random.Generator` that are done here.

use corewise_rng::{
    Beta, Binomial, Cauchy, ChiSquare, Exponential, F, Gamma, Geometric, Gumbel, Laplace,
    LogNormal, LogSeries, Logistic, NegativeBinomial, NoncentralChiSquare, NoncentralF, Normal,
    NumPy, Pareto, Poisson, Power, Rayleigh, StandardExponential, StandardExponential32,
    StandardExponentialInverse, StandardExponentialInverse32, StandardGamma, StandardGamma32,
    StandardNormal, StandardNormal32, StandardT, StandardUniform, StandardUniform32, Triangular,
    Uniform, VonMises, Wald, Weibull, Zipf,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::array::Float;
use super::call::{Call, Method, integer, number};
use super::fill::draw;
use super::integers::{bytes, integers, randint};
use super::legacy;
use super::parameters::{
    Given, NEWEST, OLDEST, above_one, location, narrow, numpy, one, positive, probability, scale,
    two,
};
use super::shuffle::shuffle;

/// Methods for a class that has them beside those of NumPy's `Generator`.
///
/// Nothing is in it, so that it can stand beside any other base. What a method does not understand
/// goes to NumPy's own method, with the same arguments.
#[pyclass(frozen, subclass, module = "corewise._native")]
pub(crate) struct Streams;

/// As [`Streams`], beside those of NumPy's `RandomState`.
#[pyclass(frozen, subclass, module = "corewise._native")]
pub(crate) struct LegacyStreams;

/// Since this one `beta` and `zipf` are as they are now.
const CHANGED: NumPy = NumPy(2, 1);

type Arguments<'a, 'py> = (&'a Bound<'py, PyTuple>, Option<&'a Bound<'py, PyDict>>);

/// By `fast`, else by NumPy.
fn answer<'py>(
    method: &'static Method,
    generator: &Bound<'py, PyAny>,
    (args, kwargs): Arguments<'_, 'py>,
    fast: impl FnOnce(&Call<'_, 'py>) -> Given<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let call = Call::new(method, generator, args, kwargs);
    match fast(&call)? {
        Some(value) => Ok(value),
        None => call.by_numpy(),
    }
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

/// Methods that differ in their names, parameters and what is drawn; in some the oldest NumPy that
/// draws so, up to the newest that was compared.
macro_rules! methods {
    ($class:ident, $numpy:literal; $(
        $(#[$about:meta])*
        $signature:literal
        $name:ident($($parameter:literal),*) $(since $oldest:tt)? = $fast:expr;
    )*) => {
        #[pymethods]
        impl $class {$(
            $(#[$about])*
            #[doc = concat!(
                "\nParameters, result and errors are those of `", $numpy, ".", stringify!($name),
                "`, which documents them.",
            )]
            #[pyo3(signature = (*args, **kwargs), text_signature = $signature)]
            fn $name<'py>(
                slf: &Bound<'py, Self>,
                args: &Bound<'py, PyTuple>,
                kwargs: Option<&Bound<'py, PyDict>>,
            ) -> PyResult<Bound<'py, PyAny>> {
                static METHOD: Method = Method::new(stringify!($name), &[$($parameter),*]);
                $(
                    if !($oldest..=NEWEST).contains(&numpy(slf.py())) {
                        return Call::new(&METHOD, slf.as_any(), args, kwargs).by_numpy();
                    }
                )?
                answer(&METHOD, slf.as_any(), (args, kwargs), $fast)
            }
        )*}
    };
}

methods! { Streams, "numpy.random.Generator";
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
    uniform("low", "high", "size") = uniform;

    /// Normal numbers of mean `loc` and standard deviation `scale`.
    "($self, loc=0.0, scale=1.0, size=None)"
    normal("loc", "scale", "size") = |call| two(call, (location, scale), Normal::new);

    /// Numbers whose logarithms are normal, of mean `mean` and standard deviation `sigma`.
    "($self, mean=0.0, sigma=1.0, size=None)"
    lognormal("mean", "sigma", "size") =
        |call| two(call, (location, scale), LogNormal::new);

    /// Exponential numbers of scale `scale`.
    "($self, scale=1.0, size=None)"
    exponential("scale", "size") = |call| one(call, scale, Exponential::new);

    /// Integers from `low` to `high`, which `endpoint` includes, all as likely.
    "($self, low, high=None, size=None, dtype='int64', endpoint=False)"
    integers("low", "high", "size", "dtype", "endpoint") = integers;

    /// Bytes, all as likely.
    "($self, length)"
    bytes("length") = bytes;

    /// Puts the items of an array in any order, all orders as likely.
    "($self, x, axis=0)"
    shuffle("x", "axis") since OLDEST = shuffle;

    /// Gamma numbers of shape `shape` and scale 1.
    "($self, shape, size=None, dtype='float64', out=None)"
    standard_gamma("shape", "size", "dtype", "out") since OLDEST = |call| {
        let Some([shape, size, dtype, out]) = call.arguments()? else { return Ok(None) };
        let (size, out) = (size.as_ref(), out.as_ref());
        match (positive(shape.as_ref()), Float::of(dtype.as_ref())) {
            (Some(shape), Some(Float::F64)) => draw(call, size, out, &StandardGamma::new(shape)),
            (Some(shape), Some(Float::F32)) => {
                draw(call, size, out, &StandardGamma32::new(narrow(shape)))
            }
            _ => Ok(None),
        }
    };

    /// Gamma numbers of shape `shape` and scale `scale`.
    "($self, shape, scale=1.0, size=None)"
    gamma("shape", "scale", "size") since OLDEST =
        |call| two(call, (positive, scale), Gamma::new);

    /// Numbers of the chi-square distribution.
    "($self, df, size=None)"
    chisquare("df", "size") since OLDEST = |call| one(call, positive, ChiSquare::new);

    /// Numbers of the F distribution.
    "($self, dfnum, dfden, size=None)"
    f("dfnum", "dfden", "size") since OLDEST =
        |call| two(call, (positive, positive), F::new);

    /// Numbers of Student's t distribution.
    "($self, df, size=None)"
    standard_t("df", "size") since OLDEST = |call| one(call, positive, StandardT::new);

    /// Numbers of the beta distribution.
    "($self, a, b, size=None)"
    beta("a", "b", "size") since CHANGED =
        |call| two(call, (positive, positive), Beta::new);

    /// Numbers of the Pareto II or Lomax distribution.
    "($self, a, size=None)"
    pareto("a", "size") since OLDEST = |call| one(call, positive, Pareto::new);

    /// Numbers of the Weibull distribution of scale 1.
    "($self, a, size=None)"
    weibull("a", "size") since OLDEST = |call| one(call, positive, Weibull::new);

    /// Numbers in [0, 1] whose density is a power.
    "($self, a, size=None)"
    power("a", "size") since OLDEST = |call| one(call, positive, Power::new);

    /// Numbers of the Rayleigh distribution.
    "($self, scale=1.0, size=None)"
    rayleigh("scale", "size") since OLDEST = |call| one(call, scale, Rayleigh::new);

    /// Numbers of the Laplace distribution.
    "($self, loc=0.0, scale=1.0, size=None)"
    laplace("loc", "scale", "size") since OLDEST =
        |call| two(call, (location, scale), Laplace::new);

    /// Numbers of the Gumbel distribution.
    "($self, loc=0.0, scale=1.0, size=None)"
    gumbel("loc", "scale", "size") since OLDEST =
        |call| two(call, (location, scale), Gumbel::new);

    /// Numbers of the logistic distribution.
    "($self, loc=0.0, scale=1.0, size=None)"
    logistic("loc", "scale", "size") since OLDEST =
        |call| two(call, (location, scale), Logistic::new);

    /// Numbers of the Wald distribution.
    "($self, mean, scale, size=None)"
    wald("mean", "scale", "size") since OLDEST =
        |call| {
        let Some([mean, spread, size]) = call.arguments()? else { return Ok(None) };
        match (positive(mean.as_ref()), positive(spread.as_ref())) {
            (Some(mean), Some(spread)) => {
                let distribution = Wald::new(mean, spread, numpy(call.py()));
                draw(call, size.as_ref(), None, &distribution)
            }
            _ => Ok(None),
        }
    };

    /// Numbers of the noncentral chi-square distribution.
    "($self, df, nonc, size=None)"
    noncentral_chisquare("df", "nonc", "size") since OLDEST =
        |call| two(call, (positive, positive), NoncentralChiSquare::new);

    /// Numbers of the noncentral F distribution.
    "($self, dfnum, dfden, nonc, size=None)"
    noncentral_f("dfnum", "dfden", "nonc", "size") since OLDEST = |call| {
        let Some([dfnum, dfden, nonc, size]) = call.arguments()? else { return Ok(None) };
        let parameters = [dfnum, dfden, nonc].map(|value| positive(value.as_ref()));
        let [Some(dfnum), Some(dfden), Some(nonc)] = parameters else { return Ok(None) };
        draw(call, size.as_ref(), None, &NoncentralF::new(dfnum, dfden, nonc))
    };

    /// Angles of the von Mises distribution.
    "($self, mu, kappa, size=None)"
    vonmises("mu", "kappa", "size") since OLDEST = |call| {
        let Some([mu, kappa, size]) = call.arguments()? else { return Ok(None) };
        match (mu.as_ref().and_then(|mu| location(Some(mu))), positive(kappa.as_ref())) {
            (Some(mu), Some(kappa)) => draw(call, size.as_ref(), None, &VonMises::new(mu, kappa)),
            _ => Ok(None),
        }
    };

    /// Numbers between `left` and `right` whose density is a triangle.
    "($self, left, mode, right, size=None)"
    triangular("left", "mode", "right", "size") since OLDEST = |call| {
        let Some([left, mode, right, size]) = call.arguments()? else { return Ok(None) };
        let (Some(left), Some(mode), Some(right)) = (left, mode, right) else { return Ok(None) };
        match [&left, &mode, &right].map(|side| location(Some(side))) {
            [Some(left), Some(mode), Some(right)] if left < mode && mode < right => {
                draw(call, size.as_ref(), None, &Triangular::new(left, mode, right))
            }
            _ => Ok(None),
        }
    };

    /// Numbers of the Cauchy distribution.
    "($self, size=None)"
    standard_cauchy("size") since OLDEST = |call| {
        let Some([size]) = call.arguments()? else { return Ok(None) };
        draw(call, size.as_ref(), None, &Cauchy)
    };

    /// Integers of the Poisson distribution.
    "($self, lam=1.0, size=None)"
    poisson("lam", "size") since OLDEST = |call| {
        // What is near the largest integer is refused by NumPy.
        one(call, |lam| lam.map_or(Some(1.0), |lam| positive(Some(lam))).filter(|it| *it < 1e18), Poisson::new)
    };

    /// Tries up to the first success.
    "($self, p, size=None)"
    geometric("p", "size") since OLDEST = |call| one(call, probability, Geometric::new);

    /// Integers of the logarithmic series distribution.
    "($self, p, size=None)"
    logseries("p", "size") since OLDEST = |call| one(call, probability, LogSeries::new);

    /// Integers of the Zipf distribution.
    "($self, a, size=None)"
    zipf("a", "size") since CHANGED = |call| one(call, above_one, Zipf::new);

    /// Successes among `n` tries.
    "($self, n, p, size=None)"
    binomial("n", "p", "size") since OLDEST = |call| {
        let Some([Some(n), p, size]) = call.arguments()? else { return Ok(None) };
        let n = integer(&n).and_then(|n| i64::try_from(n).ok()).filter(|n| *n > 0);
        match (n, probability(p.as_ref())) {
            // More than a float counts: NumPy's versions differ in what they make of it.
            (Some(n), Some(p)) if n < 1 << 53 => {
                draw(call, size.as_ref(), None, &Binomial::new(n, p, numpy(call.py())))
            }
            _ => Ok(None),
        }
    };

    /// Failures before success number `n`.
    "($self, n, p, size=None)"
    negative_binomial("n", "p", "size") since OLDEST = |call| {
        let Some([n, p, size]) = call.arguments()? else { return Ok(None) };
        match (positive(n.as_ref()), probability(p.as_ref())) {
            // For more than these NumPy has a limit (of the mean and ten standard deviations).
            (Some(n), Some(p)) if (1.0 - p) * (n + 10.0 * n.sqrt()) / p < 1e15 => {
                draw(call, size.as_ref(), None, &NegativeBinomial::new(n, p))
            }
            _ => Ok(None),
        }
    };
}

methods! { LegacyStreams, "numpy.random.RandomState";
    /// Uniform numbers in [0, 1).
    "($self, size=None)"
    random_sample("size") = |call| {
        let Some([size]) = call.arguments()? else { return Ok(None) };
        draw(call, size.as_ref(), None, &StandardUniform)
    };

    /// Uniform numbers in [0, 1).
    "($self, size=None)"
    random("size") = |call| {
        let Some([size]) = call.arguments()? else { return Ok(None) };
        draw(call, size.as_ref(), None, &StandardUniform)
    };

    /// Uniform numbers in [0, 1), an array of these dimensions.
    "($self, *args)"
    rand() = |call| {
        if call.has_names() {
            return Ok(None);
        }
        draw(call, call.dimensions().as_ref(), None, &StandardUniform)
    };

    /// Uniform numbers in [low, high).
    "($self, low=0.0, high=1.0, size=None)"
    uniform("low", "high", "size") = uniform;

    /// Normal numbers of mean 0 and standard deviation 1.
    "($self, size=None)"
    standard_normal("size") = |call| {
        let Some([size]) = call.arguments()? else { return Ok(None) };
        legacy::normal(call, size.as_ref(), None)
    };

    /// Normal numbers of mean 0 and standard deviation 1, an array of these dimensions.
    "($self, *args)"
    randn() = |call| {
        if call.has_names() {
            return Ok(None);
        }
        legacy::normal(call, call.dimensions().as_ref(), None)
    };

    /// Normal numbers of mean `loc` and standard deviation `scale`.
    "($self, loc=0.0, scale=1.0, size=None)"
    normal("loc", "scale", "size") = |call| {
        let Some([mean, spread, size]) = call.arguments()? else { return Ok(None) };
        match (location(mean.as_ref()), scale(spread.as_ref())) {
            (Some(mean), Some(spread)) => {
                legacy::normal(call, size.as_ref(), Some((mean, spread)))
            }
            _ => Ok(None),
        }
    };

    /// Integers from `low` up to `high`, which is left out.
    "($self, low, high=None, size=None, dtype='int')"
    randint("low", "high", "size", "dtype") = randint;

    /// Bytes, all as likely.
    "($self, length)"
    bytes("length") = bytes;
}

/// `uniform(low=0.0, high=1.0, size=None)`.
fn uniform<'py>(call: &Call<'_, 'py>) -> Given<'py> {
    let Some([low, high, size]) = call.arguments()? else { return Ok(None) };
    match (location(low.as_ref()), number(high.as_ref(), 1.0)) {
        // From 0.0 to -0.0 is -0.0, which NumPy takes for negative.
        (Some(low), Some(high)) if (high - low).is_finite() && (high - low).is_sign_positive() => {
            draw(call, size.as_ref(), None, &Uniform::new(low, high))
        }
        _ => Ok(None),
    }
}
