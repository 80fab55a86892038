"""`corewise.random` beside `numpy.random`: the one in place of the other, and what it adds."""

import copy
import inspect
import pickle
import sys

import numpy as np
import pytest

from corewise import _native
from corewise import random as ours
from execution import clean_environment, execute
from random_streams import NAMES, assert_same, assert_same_state, pair

BIT_GENERATORS = [getattr(np.random, name) for name in NAMES]


def test_what_is_exported_is_numpys():
    for name in (
        "MT19937",
        "PCG64",
        "PCG64DXSM",
        "Philox",
        "SFC64",
        "SeedSequence",
        "BitGenerator",
    ):
        assert getattr(ours, name) is getattr(np.random, name)
    assert issubclass(ours.Generator, np.random.Generator)
    assert issubclass(ours.RandomState, np.random.RandomState)


def mixed(rng):
    """What many methods give, one after the other, of sizes with and without threads."""
    sizes = [None, 0, 1, 7, 40, 1_000, (30, 100), 30_001, 250_000]
    return [
        result
        for size in sizes
        for result in (
            rng.random(size),
            rng.integers(0, 100, size),
            rng.standard_normal(size, dtype=np.float32),
            rng.integers(-3, 3, size, dtype=np.int8, endpoint=True),
            rng.normal(1, 2.5, size),
            rng.random(size, np.float32),
            rng.standard_exponential(size, method="inv"),
            rng.integers(2, size=size, dtype=bool),
            rng.exponential(np.float64(3), size),
            rng.uniform(-1, 1, size),
            rng.integers(0, 2**40, size, np.uint64),
            rng.lognormal(0.5, 0.25, size),
            rng.gamma(2.5, 2.0, size),
            rng.standard_exponential(size, np.float32),
        )
    ] + [rng.bytes(length) for length in (0, 1, 2, 3, 4, 999, 1_000_000)]


@pytest.mark.parametrize("kind", BIT_GENERATORS)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_mix_of_methods_gives_numpys_stream(kind, threads):
    mine, theirs = pair(kind, threads=threads)
    for first, second in zip(mixed(mine), mixed(theirs), strict=True):
        assert_same(first, second)
    assert_same_state(mine, theirs)


@pytest.mark.parametrize("kind", BIT_GENERATORS)
def test_the_state_may_be_passed_as_a_dictionary(kind):
    """What is done where NumPy's states lie in memory in a way that is not known."""
    mine, theirs = pair(kind)
    mine._stream = _native.Stream.of(mine.bit_generator, in_memory=False)
    for first, second in zip(mixed(mine), mixed(theirs), strict=True):
        assert_same(first, second)
    assert_same_state(mine, theirs)


def test_out_is_filled_and_returned():
    for shape in [(), (0,), (5,), (1_000, 30)]:
        for dtype in (np.float64, np.float32):
            mine, theirs = pair()
            out = np.full(shape, np.nan, dtype)
            assert mine.standard_normal(dtype=dtype, out=out) is out
            assert_same(out, theirs.standard_normal(dtype=dtype, out=np.empty(shape, dtype)))
            assert mine.random(out=out, size=shape, dtype=dtype) is out
            assert_same(out, theirs.random(shape, dtype, np.empty(shape, dtype)))


def test_out_may_be_a_view_or_a_subclass(tmp_path):
    class Array(np.ndarray):
        pass

    mine, theirs = pair()
    whole = np.zeros(100)
    assert_same(mine.random(out=whole[20:60]), theirs.random(40))
    assert not whole[:20].any()
    assert not whole[60:].any()
    array = np.empty(50).view(Array)
    assert mine.random(out=array) is array
    assert_same(np.asarray(array), theirs.random(50))
    mapped = np.memmap(tmp_path / "values", np.float64, "w+", shape=(1_000,))
    assert mine.random(out=mapped) is mapped
    assert_same(np.asarray(mapped), theirs.random(1_000))


@pytest.mark.parametrize("method", ["random", "integers", "standard_exponential", "bytes", "gamma"])
def test_signatures_name_numpys_parameters(method):
    mine = inspect.signature(getattr(ours.Generator, method)).parameters
    theirs = inspect.signature(getattr(np.random.Generator, method)).parameters
    assert list(mine) == list(theirs)


def test_a_bit_generator_of_another_kind_is_numpys_to_use():
    class Own(np.random.PCG64):
        pass

    mine, theirs = pair(Own)
    for first, second in zip(mixed(mine), mixed(theirs), strict=True):
        assert_same(first, second)
    assert_same_state(mine, theirs)


def test_a_subclass_need_not_call_init():
    class Bare(ours.Generator):
        def __init__(self, bit_generator):
            np.random.Generator.__init__(self, bit_generator)

    theirs = np.random.default_rng(1)
    assert_same(Bare(np.random.PCG64(1)).normal(size=100), theirs.normal(size=100))


@pytest.mark.parametrize("kind", BIT_GENERATORS)
def test_copies_are_of_the_class(kind):
    mine, theirs = pair(kind, threads=3)
    mine.integers(9, size=3, dtype=np.int32)
    theirs.integers(9, size=3, dtype=np.int32)
    for make in (copy.deepcopy, lambda rng: pickle.loads(pickle.dumps(rng))):
        made = make(mine)
        assert type(made) is ours.Generator
        assert made.threads == 3
        assert made.bit_generator is not mine.bit_generator
        assert_same(made.random(1_000), make(theirs).random(1_000))
    assert copy.copy(mine).bit_generator is mine.bit_generator
    assert_same_state(mine, theirs)


class Named(ours.Generator):
    def __init__(self):
        super().__init__(np.random.PCG64(5), threads=2)


def test_a_subclass_is_copied_as_itself():
    made = pickle.loads(pickle.dumps(Named()))
    assert type(made) is Named
    assert made.threads == 2
    assert_same(made.random(10), Named().random(10))


REPLACED = """
import numpy, numpy.random
import corewise
ours = corewise.random
from numpy.random import Generator, RandomState
theirs, legacy = numpy.random.default_rng(1), RandomState(1)
numpy.random.Generator = ours.Generator
numpy.random.RandomState = ours.RandomState
numpy.random.default_rng = ours.default_rng

class Own(ours.Generator):
    def random(self, *args):
        return super().random(*args)

rng = Own(numpy.random.PCG64(1))
assert (rng.random((2,)) == theirs.random(2)).all()
assert (rng.normal([1, 2]) == theirs.normal([1, 2])).all()
assert (rng.choice(5, 3) == theirs.choice(5, 3)).all()
assert (rng.permutation([1, 2, 3]) == theirs.permutation([1, 2, 3])).all()
mine = ours.default_rng(1)
assert mine.bit_generator.state == numpy.random.PCG64(1).state
assert ours.parallel(theirs).bit_generator is theirs.bit_generator
assert [child.random() for child in ours.streams_for(2, 1)]
assert (ours.RandomState(1).randint([3, 4]) == legacy.randint([3, 4])).all()
assert type(mine.spawn(1)[0]) is ours.Generator
print("fine")
"""


def test_its_classes_may_stand_in_the_place_of_numpys():
    """What NumPy is left to do, NumPy's own class does, whatever `numpy.random` holds."""
    ended = execute(sys.executable, "-c", REPLACED, env=clean_environment())
    assert ended.stdout.decode() == "fine\n", ended.stderr.decode()[-500:]


def test_modules_are_attributes_of_the_package():
    program = """
import sys, corewise
assert "numpy" not in sys.modules
print(corewise.random.default_rng(1).integers(9), corewise.threadpoolctl.threadpool_limits)
"""
    ended = execute(sys.executable, "-c", program, env=clean_environment())
    assert ended.stdout.startswith(b"4 <class"), ended.stderr.decode()[-500:]
