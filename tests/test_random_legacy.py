"""`RandomState`: the legacy class beside NumPy's."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corewise import random as ours
from random_streams import NAMES, assert_same, outcome


def legacy(state):
    return [
        result
        for size in (None, 1, 40, (30, 100), 30_001, 250_000)
        for result in (
            state.random_sample(size),
            state.randn(3),
            state.randint(10, size=size),
            state.uniform(-1, 2, size),
            state.randint(-5, 2**40, size=size),
            state.normal(1, 2, size),
            state.random(size),
            state.randint(0, 200, size, np.uint8),
            state.rand(*np.atleast_1d(size if size else ())),
            state.bytes(10),
        )
    ]


@pytest.mark.parametrize("seed", [1, [1, 2, 3], np.random.PCG64(1), np.random.SFC64(1)])
def test_the_legacy_class_gives_numpys_stream(seed):
    mine = ours.RandomState(copy.deepcopy(seed), threads=2)
    theirs = np.random.RandomState(copy.deepcopy(seed))
    for first, second in zip(legacy(mine), legacy(theirs), strict=True):
        assert_same(first, second)
    mine.randn(1)
    theirs.randn(1)
    np.testing.assert_equal(mine.get_state(legacy=False), theirs.get_state(legacy=False))
    for make in (copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state))):
        made = make(mine)
        assert type(made) is ours.RandomState
        assert made.threads == 2
        assert_same(made.randn(5), make(theirs).randn(5))


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("random_sample", (-1,), {}),
        ("rand", (-1,), {}),
        ("rand", (2.5,), {}),
        ("rand", (), {"size": 3}),
        ("randint", (5, 3), {"size": 3}),
        ("randint", (0,), {"size": 3}),
        ("randint", (0, 300), {"size": 3, "dtype": np.uint8}),
        ("randint", (0, 3), {"size": 3, "endpoint": True}),
        ("uniform", (0, np.inf, 3), {}),
        ("uniform", (3, 1, 3), {}),
        ("bytes", (-1,), {}),
    ],
)
def test_what_the_legacy_class_refuses(name, args, kwargs):
    mine, theirs = ours.RandomState(1), np.random.RandomState(1)
    first = outcome(getattr(mine, name), *args, **kwargs)
    second = outcome(getattr(theirs, name), *args, **kwargs)
    if isinstance(second, tuple):
        assert first == second
    else:
        assert_same(first, second)
    np.testing.assert_equal(mine.get_state(legacy=False), theirs.get_state(legacy=False))


INTEGERS = [np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8, bool]
sizes = st.one_of(
    st.none(),
    st.integers(0, 300),
    st.sampled_from([1_023, 1_999, 2_000, 2_001, 9_999, 65_535, 65_537, 131_073]),
    st.sampled_from([(), (3, 0), (7, 11), (129, 65)]),
)


@st.composite
def integers(draw):
    """`randint` of any type and range."""
    dtype = np.dtype(draw(st.sampled_from(INTEGERS)))
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    ends = st.one_of(
        st.integers(least, most),
        st.integers(0, 63).map(lambda bits: min(2**bits, most)),
        st.sampled_from([least, most, 0, min(99, most), min(2**32 - 1, most)]),
    )
    low, high = sorted((draw(ends), draw(ends)))
    return "randint", (low, high + 1), {"dtype": dtype.type, "size": draw(sizes)}


def call(name, *args):
    return st.tuples(
        st.just(name), st.tuples(*args), st.fixed_dictionaries({}, optional={"size": sizes})
    )


numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0, -0.0, 1, np.nan, np.inf, -1e308]))
scales = st.one_of(st.floats(0, 1e3), st.sampled_from([0, -0.0, -1, np.nan, np.inf, [1.0, 2.0]]))
any_call = st.one_of(
    call("standard_normal"),
    call("normal", numbers, scales),
    st.tuples(st.just("randn"), st.lists(st.integers(0, 40), max_size=3), st.just({})),
    st.tuples(st.just("rand"), st.lists(st.integers(0, 40), max_size=3), st.just({})),
    integers(),
    call("random_sample"),
    call("random"),
    call("uniform", numbers, numbers),
    st.tuples(st.just("bytes"), st.tuples(st.integers(0, 5_000)), st.just({})),
    # NumPy's own, which use and leave the normal number that waits.
    st.sampled_from([("lognormal", (), {"size": 3}), ("standard_t", (3,), {"size": 3})]),
    st.sampled_from([("shuffle", (np.arange(5),), {}), ("seed", (5,), {})]),
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [None, *NAMES])
@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), calls=st.lists(any_call, min_size=1, max_size=8))
def test_any_mix_of_calls(name, seed, calls):
    make = (lambda: seed) if name is None else (lambda: getattr(np.random, name)(seed))
    mine, theirs = ours.RandomState(make(), threads=2), np.random.RandomState(make())
    for method, args, kwargs in calls:
        first = outcome(getattr(mine, method), *args, **kwargs)
        second = outcome(getattr(theirs, method), *args, **kwargs)
        if isinstance(second, tuple):
            assert first == second
        else:
            assert_same(first, second)
        np.testing.assert_equal(mine.get_state(legacy=False), theirs.get_state(legacy=False))


@pytest.mark.parametrize("sizes", [(None, 1, 2, 3), (129, 2_001), (300_001, 5, 300_000)])
def test_the_normal_number_that_waits(sizes):
    """It is used first, whoever left it: a call for one, a large one, `set_state`, or NumPy."""
    mine, theirs = ours.RandomState(1), np.random.RandomState(1)
    for size in sizes * 2:
        assert_same(mine.normal(1, 2, size), theirs.normal(1, 2, size))
        assert_same(mine.standard_normal(size), theirs.standard_normal(size))
        assert_same(mine.lognormal(size=1), theirs.lognormal(size=1))
        np.testing.assert_equal(mine.get_state(legacy=False), theirs.get_state(legacy=False))
        state = theirs.get_state()
        mine.set_state((*state[:3], 1, 0.25))
        assert mine.randn() == 0.25
        mine.set_state(state)


def test_an_error_leaves_the_normal_number_that_waits():
    def stop(done, total):
        raise LookupError

    state = ours.RandomState(1, progress=stop)
    state.standard_normal()
    before = []

    def draw():
        while True:
            before.append(state.get_state(legacy=False))
            state.standard_normal(30_000_001 * len(before))

    with pytest.raises(LookupError):
        draw()
    np.testing.assert_equal(state.get_state(legacy=False), before[-1])
