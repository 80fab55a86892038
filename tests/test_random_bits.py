"""`corewise.random` gives the bits of `numpy.random`, and leaves the state that NumPy leaves."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import random_calls as calls
from corewise import random
from random_streams import NAMES, Pair, bit_generator, frozen, state

# Of NumPy itself, where float32 overflows; arguments are taken from everywhere.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
every_bit_generator = pytest.mark.parametrize("name", NAMES)


@every_bit_generator
@settings(max_examples=300, deadline=None)
@given(seed=calls.seeds, threads=calls.threads, half=st.booleans(), call=calls.fast)
def test_a_call(name, seed, threads, half, call):
    method, args, kwargs = call
    Pair(name, seed, threads, half).both(method, *args, **kwargs)


@every_bit_generator
@settings(max_examples=120, deadline=None)
@given(seed=calls.seeds, threads=calls.threads, half=st.booleans(), call=calls.further)
def test_a_call_of_a_further_distribution(name, seed, threads, half, call):
    method, args, kwargs = call
    Pair(name, seed, threads, half).both(method, *args, **kwargs)


@every_bit_generator
@settings(max_examples=80, deadline=None)
@given(
    seed=calls.seeds,
    threads=st.lists(calls.threads, min_size=1, max_size=3),
    sequence=st.lists(calls.any_call, min_size=2, max_size=10),
)
def test_any_mix_of_calls(name, seed, threads, sequence):
    pair = Pair(name, seed)
    for turn, (method, args, kwargs) in enumerate(sequence):
        pair.ours.threads = threads[turn % len(threads)]
        pair.both(method, *args, **kwargs)


@every_bit_generator
@settings(max_examples=150, deadline=None)
@given(
    seed=calls.seeds,
    threads=calls.threads,
    half=st.booleans(),
    length=st.one_of(st.integers(0, 300), st.sampled_from(calls.AROUND)),
    dtype=st.sampled_from([np.int64, np.int8, np.float32, np.complex128, "S3", object]),
    method=st.sampled_from(["shuffle", "permuted", "permutation"]),
)
def test_what_moves_elements(name, seed, threads, half, length, dtype, method):
    pair = Pair(name, seed, threads, half)
    elements = np.arange(length)
    if np.dtype(dtype) == object:
        elements = elements.astype("S5")
    pair.both_in_place(method, elements.astype(dtype))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("method", ["shuffle", "permuted", "permutation"])
def test_elements_of_tables(method, axis):
    pair = Pair("PCG64", 31, threads=3, half=True)
    table = np.arange(6_000.0).reshape(60, 100)
    for array in (table, np.asfortranarray(table), table[::2, ::-3], table.T):
        pair.both_in_place(method, array, axis=axis)


def test_a_list_is_shuffled():
    pair = Pair("PCG64", 31, threads=3)
    mine, his = list(range(1_000)), list(range(1_000))
    pair.ours.shuffle(mine)
    pair.theirs.shuffle(his)
    assert mine == his
    assert state(pair.ours) == state(pair.theirs)


BIG = [
    ("random", (), {}),
    ("random", (), {"dtype": np.float32}),
    ("uniform", (-2.5, 4.0), {}),
    ("standard_normal", (), {}),
    ("standard_normal", (), {"dtype": np.float32}),
    ("normal", (1.5, 3.0), {}),
    ("lognormal", (0.1, 0.7), {}),
    ("standard_exponential", (), {}),
    ("standard_exponential", (), {"dtype": np.float32}),
    ("standard_exponential", (), {"method": "inv"}),
    ("standard_exponential", (), {"method": "inv", "dtype": np.float32}),
    ("exponential", (0.3,), {}),
    ("integers", (0, 100), {}),
    ("integers", (0, 2**31 + 1), {"dtype": np.uint32}),
    ("integers", (0, 2**40), {}),
    ("integers", (-(2**62), 2**62 + 1), {}),
    ("integers", (-(2**63), 2**63), {}),
    ("integers", (0, 129), {"dtype": np.uint8}),
    ("integers", (0, 33_000), {"dtype": np.uint16}),
    ("integers", (0, 2), {"dtype": bool}),
    ("standard_gamma", (3.0,), {}),
    ("standard_gamma", (0.4,), {}),
    ("poisson", (50.0,), {}),
    ("poisson", (3.5,), {}),
    ("laplace", (), {}),
    ("binomial", (100, 0.4), {}),
]


# What is left of 32 bits is dropped at the end of each call.
NARROW = (bool, np.uint8, np.uint16)


@pytest.mark.parametrize("size", [999_983, (1_001, 500)], ids=str)
@pytest.mark.parametrize(
    ("method", "args", "kwargs"), BIG, ids=lambda value: str(value).replace("<class ", "")
)
def test_large_calls(method, args, kwargs, size):
    threads = {999_983: 2, (1_001, 500): 7}[size]
    pair = Pair("PCG64", 12_345, threads, half=True)
    pair.both(method, *args, size=size, **kwargs)
    pair.both("integers", 0, 2**32, dtype=np.uint32)


@every_bit_generator
@pytest.mark.parametrize("method", ["random", "standard_normal", "standard_exponential"])
def test_large_calls_of_every_bit_generator(name, method):
    pair = Pair(name, 2**70 + 3, threads=3)
    for dtype in (np.float64, np.float32):
        pair.both(method, 700_001, dtype=dtype)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    seed=calls.seeds,
    threads=calls.threads,
    call=st.sampled_from([one for one in BIG if one[2].get("dtype") not in NARROW]),
    lengths=st.lists(st.integers(0, 20_000), min_size=2, max_size=5),
)
def test_one_call_equals_many(name, seed, threads, call, lengths):
    method, args, kwargs = call
    one, many = (
        random.Generator(bit_generator(name, seed), threads=count) for count in (threads, 2)
    )
    whole = getattr(one, method)(*args, size=sum(lengths), **kwargs)
    parts = [getattr(many, method)(*args, size=length, **kwargs) for length in lengths]
    assert frozen(np.concatenate(parts)) == frozen(whole)
    assert state(one) == state(many)


@every_bit_generator
@pytest.mark.parametrize("method", ["random", "standard_normal", "integers"])
def test_the_number_of_threads_changes_nothing(name, method):
    args = (1_000,) if method == "integers" else ()
    found = set()
    for threads in range(1, 18):
        rng = random.Generator(bit_generator(name, 8), threads=threads)
        values = getattr(rng, method)(*args, size=200_003)
        found.add((frozen(values), state(rng)))
    assert len(found) == 1


@pytest.mark.skipif("COREWISE_TEST_LONG" not in os.environ, reason="takes 2 GB: `make test-long`")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", ["random", "standard_normal", "standard_exponential"])
def test_a_hundred_million(method):
    length, step = 100_000_000, 1_000_000
    ours = random.Generator(np.random.PCG64(99), threads=2)
    theirs = np.random.Generator(np.random.PCG64(99))
    values = getattr(ours, method)(length)
    for start in range(0, length, step):
        expected = getattr(theirs, method)(step)
        assert values[start : start + step].tobytes() == expected.tobytes()
    assert state(ours) == state(theirs)
