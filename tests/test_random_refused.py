"""What NumPy refuses is refused in its words, and what corewise itself refuses in its own."""

import copy
import itertools

import numpy as np
import pytest

from corewise import random as ours
from random_streams import assert_same, assert_same_state, outcome, pair


def refused():
    """Calls that NumPy refuses, or that are of no kind that is done here."""
    read_only = np.empty(4)
    read_only.flags.writeable = False
    swapped = np.dtype(np.float64).newbyteorder()
    return [
        ("random", (-1,), {}),
        ("random", ("three",), {}),
        ("random", (2.0,), {}),
        ("random", (True,), {}),
        ("random", ((3, -1),), {}),
        ("random", ([2, 3],), {}),
        ("random", (np.array(3),), {}),
        ("random", (np.array([3]),), {}),
        ("random", ((1,) * 70,), {}),
        ("random", (10**18,), {}),
        ("random", ((2**40, 2**40, 0),), {}),
        ("random", (3, np.int32), {}),
        ("random", (3, swapped), {}),
        ("random", (3, "nothing"), {}),
        ("random", (3,), {"seed": 1}),
        ("random", (3,), {"size": 3}),
        ("random", (1, 2, 3, 4), {}),
        ("random", (), {"out": np.empty(3, np.float32)}),
        ("random", (), {"out": np.empty(3, swapped)}),
        ("random", (), {"out": read_only}),
        ("random", (), {"out": np.empty(8)[::2]}),
        ("random", (), {"out": np.empty((4, 3)).T}),
        ("random", (4,), {"out": np.empty(3)}),
        ("random", (12,), {"out": np.empty((4, 3))}),
        ("standard_exponential", (3,), {"method": "other"}),
        ("standard_exponential", (3,), {"method": None}),
        ("uniform", (0, np.inf, 3), {}),
        ("uniform", (1, 0, 3), {}),
        ("uniform", (0.0, -0.0), {}),
        ("uniform", (0.0, -0.0, 3), {}),
        ("uniform", (-0.0, 0.0, 3), {}),
        ("uniform", (-0.0, -0.0, 3), {}),
        ("uniform", (-1e308, 1e308, 3), {}),
        ("uniform", (None,), {}),
        ("uniform", ([1, 2], 3), {}),
        ("normal", (0, -1, 3), {}),
        ("normal", (0, -0.0, 3), {}),
        ("normal", (np.nan, 1, 3), {}),
        ("normal", (0, np.nan, 3), {}),
        ("normal", ("a",), {}),
        ("normal", (1j,), {}),
        ("normal", (10**400,), {}),
        ("normal", (np.zeros(3), 1, 4), {}),
        ("exponential", (-1,), {}),
        ("integers", (), {}),
        ("integers", (0,), {"size": 3}),
        ("integers", (0,), {"size": 3, "endpoint": True}),
        ("integers", (5, 4), {"size": 3}),
        ("integers", (0, 257), {"size": 3, "dtype": np.uint8}),
        ("integers", (-1, 5), {"size": 3, "dtype": np.uint8}),
        ("integers", (0, 3), {"size": 3, "dtype": bool}),
        ("integers", (0, 3), {"size": 3, "dtype": np.float64}),
        ("integers", (0, 3), {"size": 3, "dtype": ">i4"}),
        ("integers", (1.5, 3), {"size": 3}),
        ("integers", (0, 1e3), {"size": 3}),
        ("integers", (0, None), {"size": 3}),
        ("integers", (2**70,), {"size": 3}),
        ("integers", (2**63,), {"size": 3}),
        ("integers", (2**63,), {"size": 3, "dtype": np.uint64}),
        ("integers", ([3, 4], 9), {}),
        ("integers", (0, 9), {"size": 3, "endpoint": 1}),
        ("bytes", (-1,), {}),
        ("bytes", (1.5,), {}),
        ("gamma", (-1, 1, 3), {}),
        ("gamma", (0, 1, 3), {}),
        ("poisson", (-1, 3), {}),
        ("poisson", (1e30, 3), {}),
        ("binomial", (10, 1.5, 3), {}),
        ("binomial", (2**70, 0.5, 3), {}),
        ("zipf", (1, 3), {}),
        ("triangular", (3, 2, 1, 3), {}),
        ("negative_binomial", (1e18, 1e-9, 3), {}),
    ]


@pytest.mark.parametrize(("name", "args", "kwargs"), refused())
def test_what_numpy_refuses_is_refused_in_its_words(name, args, kwargs):
    mine, theirs = pair()
    first = outcome(getattr(mine, name), *args, **copy.deepcopy(kwargs))
    second = outcome(getattr(theirs, name), *args, **copy.deepcopy(kwargs))
    if isinstance(second, tuple):
        assert first == second
    else:
        assert_same(first, second)
    assert_same_state(mine, theirs)


@pytest.mark.parametrize("wrong", [0, -1, 65_537])
def test_threads_out_of_range(wrong):
    with pytest.raises(ValueError, match=f"threads must be from 1 to 65536, not {wrong}"):
        ours.default_rng(1, threads=wrong)
    rng = ours.default_rng(1, threads=2)
    with pytest.raises(ValueError, match="threads must be"):
        rng.threads = wrong
    assert rng.threads == 2


def test_wrong_arguments_are_named():
    with pytest.raises(TypeError, match="threads must be an integer, not 'two'"):
        ours.default_rng(1, threads="two")
    with pytest.raises(TypeError, match="progress must be callable or None, not 3"):
        ours.default_rng(1, progress=3)
    assert outcome(ours.Generator, 3) == outcome(np.random.Generator, 3)


EDGES = [
    0.0, -0.0, 1.0, -1.0, 1, 0, -1, 0.5, 2, np.nan, -np.nan, np.inf, -np.inf, 5e-324, -5e-324,
    1e-300, 1e15, 2.0**63, 9.3e18, True, np.float32(-0.0), np.int8(-3), np.float64("nan"),
]  # fmt: skip
# Names, numbers of parameters; these come to an end, or are refused, with any of the numbers above.
PARAMETERS = {
    "uniform": 2, "normal": 2, "lognormal": 2, "exponential": 1, "standard_gamma": 1, "gamma": 2,
    "chisquare": 1, "f": 2, "standard_t": 1, "beta": 2, "pareto": 1, "weibull": 1, "power": 1,
    "rayleigh": 1, "laplace": 2, "gumbel": 2, "logistic": 2, "wald": 2, "poisson": 1,
    "geometric": 1, "logseries": 1, "integers": 2, "noncentral_chisquare": 2, "triangular": 3,
}  # fmt: skip


def ends(name, args):
    """Whether NumPy itself comes to an end, and soon."""
    if name == "noncentral_chisquare":
        return all(not abs(value) > 1e9 for value in args)
    return True


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("size", [None, 3], ids=["one", "some"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_at_the_edge(name, size):
    """The same numbers, or the same exception in the same words; the state is the same."""
    edges = EDGES if PARAMETERS[name] < 3 else EDGES[::3]
    for args in itertools.product(edges, repeat=PARAMETERS[name]):
        if not ends(name, args):
            continue
        mine, theirs = pair()
        first = outcome(getattr(mine, name), *args, size=size)
        second = outcome(getattr(theirs, name), *args, size=size)
        if isinstance(second, tuple):
            assert first == second, args
        else:
            assert_same(first, second)
        assert_same_state(mine, theirs)


@pytest.mark.parametrize("name", ["binomial", "negative_binomial"])
@pytest.mark.parametrize("size", [None, 3], ids=["one", "some"])
def test_numbers_of_tries_at_the_edge(name, size):
    for tries in (-1, 0, 1, 2.5, 10, np.nan, np.inf, 2**62, 2**63, True, np.int8(7)):
        for chance in (-0.1, -0.0, 0.0, 1e-300, 0.25, 0.5, 1, 1.0, 1.5, np.nan, np.inf):
            mine, theirs = pair()
            first = outcome(getattr(mine, name), tries, chance, size=size)
            second = outcome(getattr(theirs, name), tries, chance, size=size)
            if isinstance(second, tuple):
                assert first == second, (tries, chance)
            else:
                assert_same(first, second)
            assert_same_state(mine, theirs)


@pytest.mark.parametrize("method", ["random", "standard_normal", "standard_exponential"])
def test_an_out_that_is_no_array_is_refused(method):
    """NumPy does not look, and reads beyond the object."""
    mine, theirs = pair()
    whole = [
        [0.0, 0.0],
        bytearray(16),
        memoryview(bytearray(16)),
        3,
        "text",
        np.float64(1),
        object(),
    ]
    for out in whole:
        said = f"out must be a numpy array, not {type(out).__name__}"
        for args in ((), (2,), (None, np.float32)):
            assert outcome(getattr(mine, method), *args, out=out) == (TypeError, said)
    assert outcome(mine.random, 2, np.float64, [1.0, 2.0])[0] is TypeError
    assert outcome(mine.standard_gamma, [1.0, 2.0], out=[1.0, 2.0])[0] is TypeError
    assert outcome(mine.standard_gamma, -1.0, out=[1.0, 2.0])[0] is TypeError
    assert_same_state(mine, theirs)
