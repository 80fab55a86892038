"""Who takes NumPy's generators takes corewise's: SciPy, scikit-learn, Numba, and code in C."""

import ctypes

import numpy as np
import pytest

from corewise import random

KINDS = ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"]


def pair(kind="PCG64"):
    bit_generator = getattr(np.random, kind)
    return random.Generator(bit_generator(5)), np.random.Generator(bit_generator(5))


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_draws_from_a_bit_generator_of_corewise(kind):
    mine, theirs = getattr(random, kind)(5), getattr(np.random, kind)(5)
    assert np.array_equal(
        np.random.Generator(mine).normal(size=5_000), np.random.Generator(theirs).normal(size=5_000)
    )
    assert np.array_equal(
        np.random.RandomState(mine).rand(100), np.random.RandomState(theirs).rand(100)
    )


def test_scipy():
    stats = pytest.importorskip("scipy.stats")
    mine, theirs = pair()
    values = [
        stats.gamma.rvs(2.0, size=60_000, random_state=rng)
        if step == 0
        else stats.bootstrap((np.arange(50.0),), np.mean, rng=rng, n_resamples=200).standard_error
        for step in range(2)
        for rng in (mine, theirs)
    ]
    assert np.array_equal(values[0], values[1])
    assert values[2] == values[3]
    assert mine.bit_generator.state == theirs.bit_generator.state
    assert stats.qmc.Sobol(3, rng=mine).random(8).shape == (8, 3)


def test_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster")
    data = np.random.default_rng(1).normal(size=(300, 4))
    states = (random.RandomState(3), np.random.RandomState(3))
    labels = [cluster.KMeans(4, n_init=2, random_state=state).fit(data).labels_ for state in states]
    assert np.array_equal(*labels)
    assert np.array_equal(states[0].rand(3), states[1].rand(3))


def test_numba():
    numba = pytest.importorskip("numba")

    @numba.njit
    def walk(rng, steps):
        place = 0.0
        for _ in range(steps):
            place += rng.standard_normal() + rng.random()
        return place

    mine, theirs = pair()
    assert walk(mine, 1_000) == walk(theirs, 1_000)
    assert np.array_equal(mine.random(20_000), theirs.random(20_000))


@pytest.mark.parametrize("kind", KINDS)
def test_code_in_c_draws_by_the_capsule(kind):
    """As Cython code does: the struct behind `bit_generator.capsule`, `numpy/random/bitgen.h`."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype = ctypes.POINTER(ctypes.c_void_p)
    pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    mine, theirs = pair(kind)
    mine.random(10_000)
    theirs.random(10_000)
    drawn = []
    for rng in (mine, theirs):
        struct = pointer(rng.bit_generator.capsule, b"BitGenerator")
        next_double = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_void_p)(struct[3])
        drawn.append([next_double(struct[0]) for _ in range(5)])
    assert drawn[0] == drawn[1]
    assert np.array_equal(mine.random(10_000), theirs.random(10_000))
