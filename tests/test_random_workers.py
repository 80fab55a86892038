"""Streams for workers, generators of others, threads and processes that share a generator."""

import copy
import os
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corewise
from corewise import random
from random_streams import NAMES, Pair, bit_generator, state

every_bit_generator = pytest.mark.parametrize("name", NAMES)


def test_the_bit_generators_are_numpys():
    for name in (*NAMES, "SeedSequence", "BitGenerator"):
        assert getattr(random, name) is getattr(np.random, name)
    assert issubclass(random.Generator, np.random.Generator)


@every_bit_generator
@settings(max_examples=20, deadline=None)
@given(
    seed=st.one_of(st.integers(0, 2**200), st.lists(st.integers(0, 2**40), max_size=6)),
    path=st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_a_tree_of_spawned_streams(name, seed, path):
    pair = Pair(name, seed, threads=2)
    for count in path:
        pair.both("standard_normal", 11)
        ours, theirs = pair.ours.spawn(count), pair.theirs.spawn(count)
        assert len(ours) == len(theirs) == count
        for mine, his in zip(ours, theirs, strict=True):
            assert type(mine) is random.Generator
            assert mine.threads == pair.ours.threads
            assert state(mine) == state(his)
            keys = [one.bit_generator.seed_seq.spawn_key for one in (mine, his)]
            assert keys[0] == keys[1]
        pair.ours, pair.theirs = ours[-1], theirs[-1]
    pair.both("random", 1_001)


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "Philox", "MT19937"])
def test_a_tree_of_jumped_streams(name):
    pair = Pair(name, 77, threads=2, half=True)
    for jumps in (1, 3, 2):
        mine, his = (one.bit_generator.jumped(jumps) for one in (pair.ours, pair.theirs))
        pair.ours, pair.theirs = random.Generator(mine, threads=2), np.random.Generator(his)
        pair.both("standard_exponential", 5_003)
        pair.both("integers", 100, size=5_003, dtype=np.uint8)


@pytest.mark.parametrize("seed", [0, 12345, 2**100])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_streams_for_workers(seed, workers):
    spawned = random.streams_for(workers, seed, method="spawn")
    children = np.random.SeedSequence(seed).spawn(workers)
    assert [state(one) for one in spawned] == [
        state(np.random.default_rng(child)) for child in children
    ]
    jumped = random.streams_for(workers, seed, method="jumped")
    first = np.random.PCG64(seed)
    assert [state(one) for one in jumped] == [
        state(np.random.Generator(first.jumped(turn) if turn else first)) for turn in range(workers)
    ]
    assert {type(one) for one in [*spawned, *jumped]} == {random.Generator}
    # The first streams are the same for any number of workers.
    more = random.streams_for(workers + 3, seed, method="spawn")
    assert [state(one) for one in more[:workers]] == [state(one) for one in spawned]


def test_streams_that_are_refused():
    for workers in (-1, 1.5, "2", None):
        with pytest.raises((ValueError, TypeError), match=str(workers)):
            random.streams_for(workers, 1)
    with pytest.raises(ValueError, match=r"spawn.*jumped.*hop"):
        random.streams_for(2, 1, method="hop")
    for seed in (-1, 1.5, "a"):
        with pytest.raises((ValueError, TypeError)):
            random.streams_for(2, seed)


@every_bit_generator
def test_a_generator_of_numpys_is_shared(name):
    """`parallel(rng)` draws from the stream of `rng` itself."""
    theirs, whole = (np.random.Generator(bit_generator(name, 5)) for _ in range(2))
    ours = random.parallel(theirs)
    assert isinstance(ours, random.Generator)
    assert ours.bit_generator is theirs.bit_generator
    for turn, length in enumerate((1, 70_001, 3, 200_000)):
        drawn = (ours, theirs)[turn % 2].standard_normal(length)
        assert drawn.tobytes() == whole.standard_normal(length).tobytes()
        assert state(theirs) == state(whole)


def test_what_is_no_generator():
    for what in (None, 3, np.random, object()):
        with pytest.raises(TypeError):
            random.parallel(what)


class Counting(np.random.PCG64):
    """A subclass whose stream is its own, in Python: it may only be asked, not read."""


def test_bit_generators_of_others():
    ours = random.Generator(Counting(3), threads=2)
    theirs = np.random.Generator(Counting(3))
    for method in ("random", "standard_normal", "standard_exponential"):
        for length in (None, 1, 100_003):
            mine, his = getattr(ours, method)(length), getattr(theirs, method)(length)
            assert np.asarray(mine).tobytes() == np.asarray(his).tobytes()
            assert state(ours) == state(theirs)


@every_bit_generator
def test_copies_and_pickles(name):
    rng = random.Generator(bit_generator(name, 9), threads=3)
    rng.integers(0, 2**32, dtype=np.uint32)
    rng.standard_normal(1_001)
    copies = [copy.deepcopy(rng), pickle.loads(pickle.dumps(rng))]
    expected = np.random.Generator(pickle.loads(pickle.dumps(rng.bit_generator)))
    values = expected.standard_normal(50_001).tobytes()
    for one in copies:
        assert type(one) is random.Generator
        assert one.threads == 3
        assert one.bit_generator is not rng.bit_generator
        assert one.standard_normal(50_001).tobytes() == values
    assert copy.copy(rng).bit_generator is rng.bit_generator  # as NumPy's
    assert str(rng) == str(np.random.Generator(rng.bit_generator))


@every_bit_generator
def test_threads_that_share_a_generator(name):
    """What they draw is, together, the sequence: each call is a piece of it."""
    rng = random.Generator(bit_generator(name, 6), threads=2)
    length, calls, workers = 5_000, 12, 4
    start = threading.Barrier(workers)

    def draw(_):
        start.wait()
        return [rng.random(length) for _ in range(calls)]

    with ThreadPoolExecutor(workers) as pool:
        drawn = [piece for pieces in pool.map(draw, range(workers)) for piece in pieces]
    expected = np.random.Generator(bit_generator(name, 6))
    pieces = [expected.random(length) for _ in range(calls * workers)]
    assert {one.tobytes() for one in drawn} == {one.tobytes() for one in pieces}
    assert state(rng) == state(expected)


def drawn_by_a_child(seed):
    rng = random.default_rng(seed)
    rng.threads = 2
    return rng.standard_normal(500_001).tobytes()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(method):
    """A pool of threads that is alive when a process forks does not hang the child."""
    random.Generator(np.random.PCG64(1), threads=3).standard_normal(700_001)
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        drawn = list(pool.map(drawn_by_a_child, [4, 5]))
    assert drawn == [
        np.random.default_rng(seed).standard_normal(500_001).tobytes() for seed in (4, 5)
    ]


def test_a_fork_in_the_middle_of_other_threads_calls():
    """Children forked while other threads draw can draw, and the parent goes on."""
    stop = threading.Event()
    rng = random.Generator(np.random.PCG64(1), threads=2)

    def keep_drawing():
        while not stop.is_set():
            rng.standard_normal(300_000)

    worker = threading.Thread(target=keep_drawing)
    worker.start()
    try:
        for turn in range(10):
            child = os.fork()
            if child == 0:
                try:
                    right = drawn_by_a_child(turn) == (
                        np.random.default_rng(turn).standard_normal(500_001).tobytes()
                    )
                    os._exit(0 if right else 3)
                finally:
                    os._exit(4)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        worker.join()


LEGACY = [
    ("random_sample", (100_003,)),
    ("random", (11,)),
    ("rand", (30, 40)),
    ("randn", (100_003,)),
    ("randn", (3,)),
    ("standard_normal", ((7, 5),)),
    ("normal", (1.5, 2.0, 50_001)),
    ("uniform", (-1.0, 1.0, 50_001)),
    ("randint", (0, 100, 100_003)),
    ("randint", (2**40,)),
    ("standard_exponential", (999,)),
    ("exponential", (2.0, 999)),
    ("lognormal", (0.0, 1.0, 999)),
    ("poisson", (4.0, 999)),
    ("gamma", (2.0, 1.0, 999)),
    ("permutation", (50,)),
    ("choice", (50, 20)),
    ("bytes", (13,)),
    ("random_sample", ()),
    ("randn", ()),
]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    sequence=st.lists(st.sampled_from(LEGACY), min_size=1, max_size=8),
    dtype=st.sampled_from([np.int64, np.int32, np.uint8, np.uint64, bool]),
)
def test_the_legacy_generator(seed, sequence, dtype):
    ours, theirs = random.RandomState(seed), np.random.RandomState(seed)
    for method, args in sequence:
        mine, his = (getattr(one, method)(*args) for one in (ours, theirs))
        assert type(mine) is type(his)
        assert np.asarray(mine).tobytes() == np.asarray(his).tobytes()
        narrow = [one.randint(0, 2, 2_001, dtype=dtype).tobytes() for one in (ours, theirs)]
        assert narrow[0] == narrow[1]
        assert repr(ours.get_state()) == repr(theirs.get_state())


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a", [-1], [], [[1]]])
def test_seeds_of_the_legacy_generator(seed):
    endings = []
    for kind in (random.RandomState, np.random.RandomState):
        try:
            endings.append(repr(kind(seed).get_state()))
        except Exception as error:
            endings.append(type(error))
    assert endings[0] == endings[1]


def threads_of_a_fill(rng, *_):
    """How many threads of the pool a process has after it has filled an array."""
    rng.random(3_000_000)
    names = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/comm") as file:
            names.append(file.read())
    return sum(name.startswith("corewise-rng") for name in names)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_process_fills_with_one_thread(method, monkeypatch):
    monkeypatch.setattr(corewise._budget, "_allowed", lambda: 3)
    with get_context(method).Pool(1) as pool:
        told = random.default_rng(1, threads=2)
        counts = [pool.apply(threads_of_a_fill, (one,)) for one in (random.default_rng(1), told)]
    assert counts == [0, 1]


def test_a_worker_of_lokys_fills_with_one_thread():
    told = random.default_rng(1, threads=2)
    tasks = [joblib.delayed(threads_of_a_fill)(one) for one in (random.default_rng(1), told)]
    with joblib.parallel_config("loky", n_jobs=2):
        counts = [joblib.Parallel()([task])[0] for task in tasks]
    assert counts == [0, 1]


def test_a_worker_with_a_budget_uses_it():
    with corewise.budget(4), corewise.ProcessPoolExecutor(2) as pool:
        assert pool.submit(threads_of_a_fill, random.default_rng(1)).result() == 1
