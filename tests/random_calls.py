"""Strategies of hypothesis: calls of a generator's methods, with parameters, dtypes and sizes."""

import numpy as np
from hypothesis import strategies as st

# Chunks of any power of two begin and end at, before and behind these.
AROUND = tuple(2**power + d for power in range(6, 18) for d in (-2, -1, 0, 1, 2))
# Where further threads take part, up to all 17 of them.
LARGE = (50_000, 65_537, 100_001, 199_999, 200_001, 262_147, 430_001, 524_289)
SHAPES = st.sampled_from([None, (), 0, 1, (1, 1), (0, 3), (3, 0), (7, 11), (2, 3, 5), (129, 65)])
SMALL = st.one_of(SHAPES, st.integers(0, 300))
SIZES = st.one_of(SMALL, st.sampled_from(AROUND), st.integers(300, 30_000), st.sampled_from(LARGE))
FLOATS = (np.float64, np.float32)
INTEGERS = tuple(getattr(np, f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64))

seeds = st.integers(0, 2**130)
threads = st.one_of(st.none(), st.integers(1, 17))
scales = st.floats(1e-3, 1e3)
any_float = st.floats(-1e6, 1e6)
# Refused, or taken as NumPy takes it: both must do the same.
ODD = (0.0, -0.0, -1.0, np.nan, 1, True)
# Some distributions of older NumPy never come to an end with these.
ENDLESS = (1e308, 5e-324, np.inf, -np.inf)
per_element = st.sampled_from([[0.5], [1.0, 2.0, 3.5], np.linspace(0.1, 9, 65)])


def parameter(strategy, odd=ODD):
    """Mostly plain numbers; now and then odd ones, or one for each element."""
    return st.one_of(*[strategy] * 8, st.sampled_from(odd), per_element)


def fast_parameter(strategy):
    """As `parameter`, with the numbers at the ends too."""
    return parameter(strategy, ODD + ENDLESS)


def call(name, /, *positional, size=SIZES, **named):
    """A strategy of (method, positional arguments, named ones); sizes are left out or given."""
    return st.tuples(
        st.just(name),
        st.tuples(*positional),
        st.fixed_dictionaries({"size": size}, optional=named),
    )


@st.composite
def integers(draw):
    """`integers` of every dtype: masks, Lemire's method in 8 to 64 bits, whole ranges, booleans."""
    dtype = draw(st.sampled_from([*INTEGERS, np.bool_, int, ">i4"]))
    kind = np.dtype(dtype)
    least, most = (0, 1) if kind == np.bool_ else (np.iinfo(kind).min, np.iinfo(kind).max)
    ends = st.one_of(
        st.integers(least, most),
        st.integers(0, kind.itemsize * 8 - 1).map(lambda bits: min(2**bits, most)),
        st.sampled_from([least, most, most - 1, 0, min(99, most), min(2**32 - 1, most)]),
    )
    low, high = sorted((draw(ends), draw(ends)))
    endpoint = draw(st.booleans())
    if draw(st.integers(0, 19)):  # once in twenty: an empty range, which is refused, may be left
        high += not endpoint
    size = draw(SIZES)
    return "integers", (low, high), {"size": size, "dtype": dtype, "endpoint": endpoint}


dtypes = st.sampled_from(FLOATS)
fast = st.one_of(
    call("random", dtype=dtypes),
    call("uniform", fast_parameter(any_float), fast_parameter(any_float)),
    integers(),
    st.tuples(st.just("bytes"), st.tuples(st.integers(0, 70_000)), st.just({})),
    call("standard_normal", dtype=dtypes),
    call("normal", fast_parameter(any_float), fast_parameter(scales)),
    call("lognormal", fast_parameter(st.floats(-3, 3)), fast_parameter(st.floats(0.01, 3))),
    call(
        "standard_exponential", dtype=dtypes, method=st.sampled_from(["zig", "inv", "zig", "other"])
    ),
    call("exponential", fast_parameter(scales)),
)

further = st.one_of(
    call("standard_gamma", parameter(st.floats(0, 100)), dtype=dtypes),
    call("gamma", parameter(st.floats(0, 100)), parameter(scales)),
    call("chisquare", parameter(st.floats(0.1, 100))),
    call("beta", parameter(st.floats(0.1, 10)), parameter(st.floats(0.1, 10))),
    call("f", parameter(st.floats(0.5, 50)), parameter(st.floats(0.5, 50))),
    call("standard_t", parameter(st.floats(0.5, 50))),
    call("standard_cauchy"),
    call("wald", parameter(scales), parameter(scales)),
    call("vonmises", parameter(st.floats(-3, 3)), parameter(st.floats(0, 20))),
    call("laplace", parameter(any_float), parameter(scales)),
    call("gumbel", parameter(any_float), parameter(scales)),
    call("logistic", parameter(any_float), parameter(scales)),
    call("rayleigh", parameter(scales)),
    call("weibull", parameter(st.floats(0.1, 20))),
    call("pareto", parameter(st.floats(0.1, 20))),
    call("power", parameter(st.floats(0.1, 20))),
    call("triangular", st.just(-1.0), st.floats(-1, 2), st.just(2.0)),
    call("poisson", parameter(st.one_of(st.floats(0, 12), st.floats(0, 2000)))),
    call("binomial", st.integers(0, 10_000), parameter(st.floats(0, 1))),
    call("negative_binomial", parameter(st.floats(0.1, 50)), parameter(st.floats(0.01, 1))),
    call("geometric", parameter(st.floats(0.001, 1))),
    call("zipf", parameter(st.floats(1.01, 8))),
    call("logseries", parameter(st.floats(0.01, 0.99))),
    call("hypergeometric", st.integers(1, 200), st.integers(0, 200), st.integers(0, 150)),
    call("noncentral_chisquare", st.floats(0.5, 30), st.floats(0, 30)),
    call("noncentral_f", st.floats(0.5, 30), st.floats(0.5, 30), st.floats(0, 30)),
    call("dirichlet", st.sampled_from([(0.3, 0.2), (5.0, 1.0, 2.5)]), size=SMALL),
    call("multinomial", st.integers(0, 40), st.just([0.2, 0.3, 0.5]), size=SMALL),
    call("multivariate_hypergeometric", st.just([7, 9, 4]), st.integers(0, 20), size=SMALL),
    call("choice", st.one_of(st.integers(1, 2**40), st.just([5, 7, 9.5]))),
    call("choice", st.just(4), replace=st.booleans(), p=st.just([0.1, 0.2, 0.3, 0.4])),
    call("choice", st.integers(300, 9_000), size=SMALL, replace=st.just(False)),
    st.tuples(
        st.just("permutation"),
        st.tuples(st.one_of(st.sampled_from(AROUND), st.integers(0, 5_000))),
        st.just({}),
    ),
)

# Without sizes, one value at a time.
scalars = st.sampled_from(
    [
        ("random", (), {}),
        ("random", (), {"dtype": np.float32}),
        ("standard_normal", (), {}),
        ("standard_normal", (), {"dtype": np.float32}),
        ("normal", (3, 2), {}),
        ("standard_exponential", (), {}),
        ("exponential", (), {}),
        ("lognormal", (), {}),
        ("uniform", (-1, 1), {}),
        ("integers", (6,), {}),
        ("integers", (2**40,), {}),
        ("integers", (5,), {"dtype": np.int8}),
        ("integers", (2,), {"dtype": bool}),
        ("poisson", (50,), {}),
        ("standard_gamma", (3,), {}),
        ("bytes", (5,), {}),
    ]
)
any_call = st.one_of(fast, fast, further, scalars)
