"""What NumPy refuses is refused with the same type of exception, and leaves the state as it was."""

import copy
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corewise import random
from random_streams import NAMES, Pair, ended, state

SIZES = [
    -1, (-1,), (2, -3), 2**63, 2**64, 2**80, (2**32, 2**32), (2**62, 2), 2**60, 1.5, 3.0, "3", b"3",
    [2, 2], [2, -1], np.int8(3), np.array(3), np.array([2, 2]), np.array([1.5]), np.float64(3),
    True, {3}, {"a": 1}, object(), range(3), (2, (3,)), (None,), Ellipsis, slice(3), 1j, (), [],
    None, (1,) * 64, (1,) * 65,
]  # fmt: skip
BY_SIZE = [
    ("random", (), {}),
    ("random", (), {"dtype": "f4"}),
    ("uniform", (0, 1), {}),
    ("standard_normal", (), {}),
    ("normal", (), {}),
    ("lognormal", (), {}),
    ("standard_exponential", (), {}),
    ("exponential", (), {}),
    ("integers", (10,), {}),
    ("integers", (10,), {"dtype": "i1"}),
    ("standard_gamma", (2.0,), {}),
    ("poisson", (4.0,), {}),
    ("binomial", (9, 0.5), {}),
    ("choice", (5,), {}),
]


@pytest.mark.parametrize(("method", "args", "kwargs"), BY_SIZE, ids=str)
def test_sizes(method, args, kwargs):
    pair = Pair("PCG64", 3, threads=2, half=True)
    endings = [pair.both(method, *args, size=size, **kwargs) for size in SIZES]
    raised = {ending[1] for ending in endings if ending[0] == "raised"}
    assert {ValueError, TypeError} <= raised


def test_a_call_that_is_refused_changes_nothing():
    pair = Pair("Philox", 3, threads=2, half=True)
    before = state(pair.ours)
    for method, args, kwargs in [
        ("random", (-1,), {}),
        ("random", (2**60,), {}),
        ("random", (3,), {"dtype": "i8"}),
        ("standard_normal", (2,), {"out": np.zeros(3)}),
        ("normal", (0, -1, 10_000), {}),
        ("exponential", (-1,), {"size": 10_000}),
        ("integers", (5, 2), {"size": 10_000}),
        ("integers", (0, 2**64 + 1), {"size": 3}),
        ("integers", (0, 300), {"size": 3, "dtype": "u1"}),
        ("uniform", (0, np.inf), {"size": 3}),
        ("bytes", ("3",), {}),
        ("lognormal", (0, -1), {}),
        ("choice", ([],), {"size": 3}),
    ]:
        ending = pair.both(method, *args, **kwargs)
        assert ending[0] == "raised", method
        assert state(pair.ours) == before


@pytest.mark.parametrize("size", [None, 1, 1_000])
def test_signs_of_zeros_and_what_is_no_number(size):
    pair = Pair("PCG64", 4, threads=2)
    for odd in (-0.0, 0.0, np.nan, -np.nan, np.inf, -np.inf, 5e-324, -5e-324, 1.8e308):
        for method in ("normal", "lognormal", "uniform", "laplace", "gumbel", "logistic"):
            pair.both(method, 0.0, odd, size=size)
            pair.both(method, odd, 1.0, size=size)
            pair.both(method, odd, odd, size=size)
        for method in ("exponential", "standard_gamma", "poisson", "rayleigh", "weibull", "power"):
            pair.both(method, odd, size=size)


ARGUMENTS = [
    None, -1, -0.0, 0, 2.5, np.nan, np.inf, -np.inf, "a", b"a", [], [[]], [1, 2], [1, -1], {},
    object(), 1j, True, 2**64, -(2**63), 10**400, np.float32(2), np.longdouble(2), np.ma.masked,
    np.zeros((2, 0)), np.datetime64("2020"), (3, 4, 5), np.array(["x"]), np.array([None]),
]  # fmt: skip
arguments = st.sampled_from(ARGUMENTS)
# Arguments before `out`: NumPy takes whatever is there for an array, and may crash.
BEFORE_OUT = {"random": 2, "standard_normal": 2, "standard_exponential": 3, "standard_gamma": 3}


@settings(max_examples=600, deadline=None)
@given(
    method=st.sampled_from(
        ["random", "uniform", "integers", "bytes", "standard_normal", "normal", "lognormal",
         "standard_exponential", "exponential", "standard_gamma", "gamma", "poisson", "binomial",
         "laplace", "geometric", "permutation", "choice", "zipf", "beta", "triangular"]
    ),
    args=st.lists(arguments, max_size=4),
    kwargs=st.dictionaries(
        st.sampled_from(["size", "dtype", "low", "high", "loc", "scale", "endpoint", "bad",
                         "method", "shape", "lam", "n", "p", "length", "mean", "sigma"]),
        st.one_of(st.just(3), arguments),
        max_size=2,
    ),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_any_arguments(method, args, kwargs):
    args = args[: BEFORE_OUT.get(method)]
    Pair("PCG64", 5, threads=2, half=True).both(method, *args, **kwargs)


@pytest.mark.parametrize("method", ["shuffle", "permuted", "permutation", "choice"])
@pytest.mark.filterwarnings("ignore")
def test_what_cannot_be_shuffled(method):
    pair = Pair("PCG64", 5, threads=2)
    read_only = np.arange(9)
    read_only.flags.writeable = False
    for what in (
        read_only,
        (1, 2),
        "text",
        3.5,
        -3,
        None,
        {1, 2},
        {1: 2},
        np.array(3),
        iter([1]),
        b"ab",
    ):
        pair.both(method, copy.copy(what) if not isinstance(what, set) else what)
    for axis in (1, -2, "0", None, 1.0):
        pair.both(method, np.arange(9), axis=axis)
    pair.both("permuted", np.arange(9), out=read_only)
    pair.both("permuted", np.arange(9), out=np.zeros(8, int))
    pair.both("permuted", np.arange(9), out=np.zeros(9, "f4"))


@pytest.mark.parametrize("seed", [-1, 1.5, "1", b"1", [-1], [1.5], ["a"], {}, object(), 1j, np.nan])
def test_seeds(seed):
    expected = ended(np.random.default_rng, seed)
    got = ended(random.default_rng, seed)
    assert got[0] == expected[0]
    if expected[0] == "raised":
        assert got[1] is expected[1]


SPAWNED = np.random.SeedSequence(5, spawn_key=(2**40, 3)).spawn(2)[1]


@pytest.mark.parametrize(
    "seed",
    [
        0,
        1,
        2**32,
        2**700,
        [1, 2],
        [0],
        (2**40,),
        np.uint8(3),
        np.arange(5),
        True,
        [],
        [[1], [2]],
        SPAWNED,
    ],
)
def test_seeds_that_are_taken(seed):
    ours, theirs = random.default_rng(seed), np.random.default_rng(seed)
    assert isinstance(ours, random.Generator)
    assert isinstance(ours, np.random.Generator)
    assert state(ours) == state(theirs)
    assert ours.random(9).tobytes() == theirs.random(9).tobytes()


def test_what_default_rng_gets():
    for name in NAMES:
        bit_generator = getattr(random, name)(4)
        assert random.default_rng(bit_generator).bit_generator is bit_generator
    ours = random.default_rng(3)
    assert random.default_rng(ours) is ours
    theirs = np.random.default_rng(3)
    assert random.default_rng(theirs).bit_generator is theirs.bit_generator
    legacy = np.random.RandomState(3)
    assert (
        random.default_rng(legacy).standard_normal(500).tobytes()
        == np.random.default_rng(np.random.RandomState(3)).standard_normal(500).tobytes()
    )


@pytest.mark.parametrize("what", [None, 3, "PCG64", np.random, np.random.PCG64, object()])
def test_what_is_no_bit_generator(what):
    expected, got = ended(np.random.Generator, what), ended(random.Generator, what)
    assert expected[0] == "raised"
    assert got == expected


def damaged(whole):
    """States with something missing, too much or of the wrong kind."""
    for key in whole:
        yield {name: value for name, value in whole.items() if name != key}
        for wrong in (None, -1, "x", 2**200, [], {}, 1.5):
            yield {**whole, key: wrong}
    for key in whole["state"]:
        inner = whole["state"]
        yield {**whole, "state": {name: value for name, value in inner.items() if name != key}}
        for wrong in (None, -1, "x", 2**200, [], [1, 2], np.zeros(3)):
            yield {**whole, "state": {**inner, key: wrong}}
    yield from ({}, None, 3, [], {**whole, "bit_generator": "PCG65"})


@pytest.mark.parametrize("name", NAMES)
def test_damaged_states(name):
    """A state that is refused leaves the generator usable, with the state that NumPy leaves."""
    for wrong in damaged(getattr(np.random, name)(6).state):
        pair = Pair(name, 6, threads=2)
        expected = ended(setattr, pair.theirs.bit_generator, "state", copy.deepcopy(wrong))
        got = ended(setattr, pair.ours.bit_generator, "state", copy.deepcopy(wrong))
        pair.compare(expected, got, f"state = {wrong}")
        if expected[0] == "raised":
            for method in ("random", "standard_normal", "standard_exponential"):
                pair.both(method, 1_000)
            pair.both("integers", 100, size=999, dtype=np.int32)


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_a_half_that_waits_is_whatever_the_state_says(name):
    pair = Pair(name, 6, threads=2)
    for waits, half in ((1, 2**32 - 1), (0, 7), (1, 0), (0, 0)):
        for rng in (pair.theirs, pair.ours):
            rng.bit_generator.state = {
                **rng.bit_generator.state,
                "has_uint32": waits,
                "uinteger": half,
            }
        pair.both("integers", 0, 2**31 + 5, size=1_001, dtype=np.uint32)
        pair.both("random", 1_001, dtype=np.float32)
        pair.both("standard_normal", 1_001)


@pytest.mark.parametrize("threads", [0, -1, -(2**70), 1.5, "2", [3]])
def test_numbers_of_threads_that_are_refused(threads):
    refused = pytest.raises((ValueError, TypeError), match=re.escape(str(threads)))
    with refused:
        random.Generator(np.random.PCG64(1), threads=threads)
    with refused:
        random.default_rng(1, threads=threads)
    rng = random.Generator(np.random.PCG64(1), threads=2)
    with refused:
        rng.threads = threads
    assert rng.threads == 2
