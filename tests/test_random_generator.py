"""`corewise.random` beside `numpy.random`: the one in place of the other, and what it adds."""

import copy
import inspect
import pickle
import sys
import threading

import numpy as np
import pytest

from corewise import _native
from corewise import random as ours
from execution import clean_environment, execute

BIT_GENERATORS = [
    np.random.PCG64,
    np.random.PCG64DXSM,
    np.random.Philox,
    np.random.SFC64,
    np.random.MT19937,
]


def assert_same(first, second):
    """The same values of the same types, down to the bits."""
    assert type(first) is type(second)
    assert getattr(first, "dtype", None) == getattr(second, "dtype", None)
    assert np.shape(first) == np.shape(second)
    assert np.asarray(first).tobytes() == np.asarray(second).tobytes()


def assert_same_state(first, second):
    np.testing.assert_equal(first.bit_generator.state, second.bit_generator.state)


def pair(kind=np.random.PCG64, seed=1, **more):
    return ours.Generator(kind(seed), **more), np.random.Generator(kind(seed))


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)


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
        ("random", (), {"out": [1.0, 2.0]}),
        ("random", (), {"out": np.empty((4, 3)).T}),
        ("random", (4,), {"out": np.empty(3)}),
        ("random", (12,), {"out": np.empty((4, 3))}),
        ("standard_exponential", (3,), {"method": "other"}),
        ("standard_exponential", (3,), {"method": None}),
        ("uniform", (0, np.inf, 3), {}),
        ("uniform", (1, 0, 3), {}),
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


def test_spawn_gives_numpys_children_of_the_class():
    mine, theirs = pair(threads=2)
    children = mine.spawn(3)
    assert [type(child) for child in children] == [ours.Generator] * 3
    assert [child.threads for child in children] == [2] * 3
    for first, second in zip(children, theirs.spawn(3), strict=True):
        assert_same(first.random(100), second.random(100))
    assert outcome(mine.spawn, -1) == outcome(theirs.spawn, -1)


def test_default_rng_takes_what_numpys_takes():
    sequence = np.random.SeedSequence(3)
    for seed in (0, 2**100, [1, 2, 3], np.arange(4), sequence, np.random.Philox(3)):
        first = ours.default_rng(copy.deepcopy(seed))
        assert_same(first.random(10), np.random.default_rng(copy.deepcopy(seed)).random(10))
    assert ours.default_rng().random() != ours.default_rng().random()
    theirs = np.random.default_rng(3)
    assert ours.default_rng(theirs).bit_generator is theirs.bit_generator
    mine = ours.default_rng(3)
    assert ours.default_rng(mine) is mine
    assert ours.default_rng(mine, threads=2).bit_generator is mine.bit_generator
    for wrong in (-1, 1.5, "seed", [1, -2]):
        assert outcome(ours.default_rng, wrong) == outcome(np.random.default_rng, wrong)


def test_parallel_shares_the_bit_generator():
    theirs = np.random.default_rng(4)
    mine = ours.parallel(theirs, threads=2)
    drawn = [mine.random(100_000), theirs.random(3), mine.normal(size=50_000)]
    alone = np.random.default_rng(4)
    for first, second in zip(
        drawn, [alone.random(100_000), alone.random(3), alone.normal(size=50_000)], strict=True
    ):
        assert_same(first, second)
    with pytest.raises(TypeError, match="rng must be a numpy Generator or BitGenerator, not 3"):
        ours.parallel(3)


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


def test_streams_by_spawning():
    streams = ours.streams_for(3, 7, threads=2)
    theirs = np.random.SeedSequence(7).spawn(3)
    for stream, sequence in zip(streams, theirs, strict=True):
        assert type(stream) is ours.Generator
        assert stream.threads == 2
        assert_same(stream.random(10), np.random.Generator(np.random.PCG64(sequence)).random(10))
    rng = ours.default_rng(7)
    first, second = ours.streams_for(1, rng), ours.streams_for(1, rng)
    assert first[0].random() != second[0].random()


@pytest.mark.parametrize(
    "kind", [np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.MT19937]
)
def test_streams_by_jumping(kind):
    source = kind(7)
    before = source.state
    streams = ours.streams_for(3, source, method="jumped")
    np.testing.assert_equal(source.state, before)
    for number, stream in enumerate(streams):
        assert_same(stream.random(10), np.random.Generator(kind(7).jumped(number)).random(10))


def test_streams_refused():
    assert ours.streams_for(0) == []
    with pytest.raises(ValueError, match="n_workers must be from 1 to 65536, not -1"):
        ours.streams_for(-1)
    with pytest.raises(TypeError, match="n_workers must be an integer, not 'three'"):
        ours.streams_for("three")
    with pytest.raises(ValueError, match="method must be 'spawn' or 'jumped', not 'leap'"):
        ours.streams_for(2, 1, method="leap")
    with pytest.raises(ValueError, match="SFC64 cannot jump; choose method='spawn'"):
        ours.streams_for(2, np.random.SFC64(1), method="jumped")


@pytest.mark.parametrize("kind", BIT_GENERATORS)
def test_several_threads_share_one_generator(kind):
    """Each value of the stream is drawn once, in runs that are whole calls."""
    size, calls = 5_000, 40
    mine, theirs = pair(kind, threads=2)
    drawn = [[] for _ in range(4)]

    def draw(into):
        for _ in range(calls):
            into.append(mine.random(size))

    workers = [threading.Thread(target=draw, args=(into,)) for into in drawn]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    stream = theirs.random((4 * calls, size))
    found = np.array([run for into in drawn for run in into])
    assert_same(found[np.argsort(found[:, 0])], stream[np.argsort(stream[:, 0])])
    assert_same_state(mine, theirs)


def test_a_generator_is_locked_while_it_draws():
    """A call waits for whoever holds the bit generator's lock."""
    mine, theirs = pair()
    drawn = []
    worker = threading.Thread(target=lambda: drawn.append(mine.random(100_000)))
    with mine.bit_generator.lock:
        worker.start()
        worker.join(0.2)
        assert worker.is_alive()
        assert not drawn
    worker.join()
    assert_same(drawn[0], theirs.random(100_000))


def run(program):
    ended = execute(sys.executable, "-c", program, env=clean_environment())
    assert ended.returncode == 0, ended.stdout.decode() + ended.stderr.decode()
    return ended.stdout.decode().split()


THREADS = """
import os
import numpy as np
import corewise
from corewise import random as ours
values = np.empty(3_000_000)
rng = ours.default_rng(1, threads={threads})
{before}
tasks = len(os.listdir("/proc/self/task"))
rng.random(out=values)
print(len(os.listdir("/proc/self/task")) - tasks)
assert np.array_equal(values, np.random.default_rng(1).random(3_000_000))
"""


@pytest.mark.parametrize(
    ("before", "threads", "started"),
    [
        ("corewise.budget(1).__enter__()", None, 0),
        ("corewise.budget(3).__enter__()", None, 2),
        ("corewise.limits(cores=2).__enter__()", None, 1),
        ("", 1, 0),
        ("", 4, 3),
        ("corewise.govern(1)", None, 0),
        ("corewise.govern(3)", None, 2),
    ],
)
def test_threads_are_as_many_as_the_task_may_use(before, threads, started):
    assert run(THREADS.format(before=before, threads=threads)) == [str(started)]


def test_the_governor_leases_the_cores():
    """A generator's own number is not above what the session has."""
    assert run(THREADS.format(before="corewise.govern(2)", threads=8)) == ["1"]


def test_a_forked_child_draws_on():
    program = """
import os
import numpy as np
from corewise import random as ours
rng, theirs = ours.default_rng(1, threads=2), np.random.default_rng(1)
assert np.array_equal(rng.random(1_000_000), theirs.random(1_000_000))
child = os.fork()
assert np.array_equal(rng.normal(size=1_000_000), theirs.normal(size=1_000_000))
if child == 0:
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print("fine")
"""
    assert run(program) == ["fine"]


INTERRUPTED = """
import signal
import numpy as np
from corewise import random as ours
rng = ours.Generator(np.random.{kind}(1), threads={threads})
rng.integers(9, size=1, dtype=np.int32)
def handler(number, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.15)
values = np.empty(60_000_000, np.float32)
try:
    while True:
        before = rng.bit_generator.state
        rng.standard_normal(dtype=np.float32, out=values)
except KeyboardInterrupt:
    pass
np.testing.assert_equal(rng.bit_generator.state, before)
theirs = np.random.Generator(np.random.{kind}())
theirs.bit_generator.state = before
assert np.array_equal(rng.random(1000), theirs.random(1000))
print("fine")
"""


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["PCG64", "MT19937"])
def test_an_interrupted_call_leaves_the_generator_as_it_was(kind, threads):
    assert run(INTERRUPTED.format(kind=kind, threads=threads)) == ["fine"]


def test_progress_is_told_and_may_stop_the_call():
    told = []
    rng = ours.default_rng(1, progress=lambda done, total: told.append((done, total)))
    thread = threading.get_ident()
    values = np.empty(30_000)
    rng.random(out=values)
    assert not told
    # Long enough on any machine: as often as it takes to be told once.
    values = np.empty(20_000_000)
    while not told:
        rng.standard_normal(out=values)
        values = values if told else np.empty(2 * len(values))
    assert all(0 <= done <= total for done, total in told)
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    threads = []

    def stop(done, total):
        threads.append(threading.get_ident())
        raise RuntimeError("enough")

    rng.progress = stop
    before = []

    def draw():
        while True:
            before.append(rng.bit_generator.state)
            rng.standard_normal(out=values)

    with pytest.raises(RuntimeError, match="enough"):
        draw()
    assert rng.bit_generator.state == before[-1]
    assert threads == [thread]


def test_without_numpy_it_says_so():
    program = """
import sys
sys.modules["numpy"] = None
import corewise, corewise._native
try:
    import corewise.random
except ImportError as error:
    print(error)
"""
    said = "corewise.random needs NumPy, which is not installed: pip install numpy"
    assert " ".join(run(program)) == said


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
