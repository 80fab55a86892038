"""Calls for one value: it is of NumPy's type, and the stream goes on as NumPy's."""

import numpy as np
import pytest

from corewise import random as ours
from random_streams import NAMES, assert_same, assert_same_state, outcome, pair

CALLS = {
    "random": ((), ()),
    "standard_normal": ((), ()),
    "standard_exponential": ((), ()),
    "standard_cauchy": ((), ()),
    "uniform": ((), (-1, 2)),
    "normal": ((), (1, 2)),
    "lognormal": ((), (1, 0.5)),
    "exponential": ((), (3,)),
    "standard_gamma": ((2.5,), (0.3,)),
    "poisson": ((), (3.5,), (50,)),
    "geometric": ((0.2,), (0.7,)),
    "logseries": ((0.4,), (0.9,)),
    "zipf": ((1.5,), (3,)),
    "binomial": ((10, 0.5), (1_000, 0.3), (1_000, 0.9)),
    "negative_binomial": ((3, 0.4), (2.5, 0.9)),
    "integers": ((6,), (-3, 9), (2**33,), (-(2**63), 2**63 - 1), (0, 2**32), (0, 1), (5, 6)),
}
TYPES = [
    None, int, bool, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16,
    np.uint8, np.bool_, np.intc, np.longlong, np.ulonglong, "int64", "i4", "?", "uint8", ">i4",
    np.dtype("int64"), np.dtype("bool"), np.dtype("uint8"), float, object,
]  # fmt: skip
RANGES = [(2,), (0, 1), (0, 2), (1, 3), (0, 100), (-5, 5), (3, 3), (np.int8(3), np.uint8(9))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", CALLS)
def test_one_value(method, name):
    mine, theirs = pair(getattr(np.random, name))
    for args in CALLS[method] * 5:
        for size in ({}, {"size": None}):
            first, second = (getattr(rng, method)(*args, **size) for rng in (mine, theirs))
            assert_same(first, second)
    assert_same_state(mine, theirs)


@pytest.mark.filterwarnings("ignore:Providing a dtype:DeprecationWarning")
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_one_integer_of_each_type(dtype):
    more = {} if dtype is None else {"dtype": dtype}
    mine, theirs = pair()
    legacy, numpys = ours.RandomState(1), np.random.RandomState(1)
    for args in RANGES * 3:
        calls = [(mine.integers, theirs.integers, more), (legacy.randint, numpys.randint, more)]
        calls += [(mine.integers, theirs.integers, {**more, "endpoint": True})]
        for first, second, options in calls:
            got, expected = outcome(first, *args, **options), outcome(second, *args, **options)
            if isinstance(expected, tuple):
                assert got == expected
            else:
                assert_same(got, expected)
    assert_same_state(mine, theirs)
    np.testing.assert_equal(legacy.get_state(legacy=False), numpys.get_state(legacy=False))
