"""`shuffle` and `permutation`: the orders that NumPy gives, of arrays of every kind."""

import os
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corewise import random as ours
from random_calls import AROUND
from random_streams import NAMES, Pair, assert_same, assert_same_state, pair

KINDS = [
    "i1", "u1", "?", "i2", "f2", "i4", "f4", "i8", "f8", "M8[s]", "c8", "c16", "g", "S1", "S2",
    "S3", "S4", "S8", "S16", "U1", "U4", "V5", "V16", ">i4", ">f8", "i4,f4", "O", "O,i8",
]  # fmt: skip


def filled(length, kind):
    """An array that tells its items from each other, as far as they have room."""
    dtype = np.dtype(kind)
    if dtype.hasobject:
        array = np.empty(length, dtype)
        array[:] = [(str(item), item) if dtype.names else str(item) for item in range(length)]
        return array
    numbers = np.arange(length * dtype.itemsize, dtype=np.uint64) * 0x9E3779B97F4A7C15
    array = (numbers >> 56).astype(np.uint8)
    return (array & 1 if kind == "?" else array).view(dtype)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [0, 1, 2, 3, 63, 64, 65, 66, 1_999, 2_001, 20_011])
def test_arrays_of_every_type(kind, length):
    Pair("PCG64", 4, half=length % 2 == 1).both_in_place("shuffle", filled(length, kind))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**70),
    half=st.booleans(),
    lengths=st.lists(st.one_of(st.integers(0, 400), st.sampled_from(AROUND)), max_size=4),
    kind=st.sampled_from(["i1", "i2", "i4", "i8", "c16"]),
)
def test_any_lengths_one_after_the_other(name, seed, half, lengths, kind):
    both = Pair(name, seed, half=half)
    for length in lengths:
        both.both_in_place("shuffle", filled(length, kind))
        both.both("permutation", length)
        both.both("permutation", filled(length, kind))
        both.both("random")


def test_arrays_that_lie_in_memory_in_other_ways(tmp_path):
    both = Pair("PCG64", 5, half=True)
    whole = np.arange(40_001.0)
    for select in (
        lambda a: a[::2],
        lambda a: a[::-1],
        lambda a: a[3:-5],
        lambda a: a.view(np.uint8)[1:-7].view(np.float64),
        lambda a: a.view(np.recarray),
        lambda a: np.ma.masked_array(a, a % 2 == 0),
        lambda a: a[:40_000].reshape(200, 200),
        lambda a: a[:40_000].reshape(-1, 1),
    ):
        mine, his = whole.copy(), whole.copy()
        for rng, array in ((both.ours, mine), (both.theirs, his)):
            rng.shuffle(select(array))
        assert mine.tobytes() == his.tobytes()
        assert_same_state(both.ours, both.theirs)
    mapped = np.memmap(tmp_path / "values", np.int64, "w+", shape=3_000)
    mapped[:] = np.arange(3_000)
    his = np.arange(3_000)
    both.ours.shuffle(mapped)
    both.theirs.shuffle(his)
    assert_same(np.asarray(mapped), his)


def test_axes():
    for axis in (0, -1, 1, np.int64(0), True, "0", None):
        Pair("PCG64", 6).both("shuffle", np.arange(9), axis=axis)
        Pair("PCG64", 6).both("shuffle", np.arange(9), axis)
    Pair("PCG64", 6).both("shuffle")
    Pair("PCG64", 6).both("shuffle", x=np.arange(3))
    Pair("PCG64", 6).both("shuffle", np.arange(3), 0, 0)


def test_permutations_are_copies():
    mine, theirs = pair()
    array = np.arange(5_000)
    assert_same(mine.permutation(array), theirs.permutation(array))
    assert_same(array, np.arange(5_000))
    for what in (7, np.int8(7), [3, 4, 5], (1, 2, 3), np.arange(12).reshape(3, 4)):
        assert_same(mine.permutation(what), theirs.permutation(what))
    assert_same_state(mine, theirs)


def test_the_legacy_class_shuffles_as_before():
    mine, theirs = ours.RandomState(3), np.random.RandomState(3)
    first, second = np.arange(3_000), np.arange(3_000)
    mine.shuffle(first)
    theirs.shuffle(second)
    assert_same(first, second)
    assert_same(mine.permutation(100), theirs.permutation(100))


@pytest.fixture
def ctrl_c():
    """Python's own handler, which it does not set where the shell has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_long_shuffle_is_reported_and_ended():
    """By what the report raises, and by Ctrl-C; the state is as before, and no item is lost."""
    values = np.arange(20_000_000)
    told = []

    def report(done, total):
        told.append((done, total))
        if len(told) == 1:
            raise LookupError("enough")
        os.kill(os.getpid(), signal.SIGINT)

    rng = ours.Generator(np.random.PCG64(7), progress=report)
    before = []

    def shuffle():
        while True:
            before.append(rng.bit_generator.state)
            rng.shuffle(values)

    for error in (LookupError, KeyboardInterrupt):
        with pytest.raises(error):
            shuffle()
        assert rng.bit_generator.state == before[-1]
    assert all(0 < done < total == 20_000_000 for done, total in told)
    values.sort()
    assert np.array_equal(values, np.arange(20_000_000))
