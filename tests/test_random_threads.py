"""Threads that share a generator, threads that fill an array, and how calls are ended."""

import sys
import threading

import numpy as np
import pytest

from corewise import random as ours
from execution import clean_environment, execute
from random_streams import NAMES, assert_same, assert_same_state, pair

BIT_GENERATORS = [getattr(np.random, name) for name in NAMES]


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
        ("corewise.budget(1).__enter__(); corewise.limits(cores=2).__enter__()", None, 0),
        ("corewise.limits(cores=2).__enter__()", None, 1),
        ("corewise.limits(cores=1).__enter__()", None, 0),
        ("corewise.limits(cores=2).__enter__()", 7, 1),
        ("corewise.limits(cores=8).__enter__()", 5, 4),
        ("corewise.limits(openmp=1).__enter__()", 3, 2),
        ("corewise.budget(3).__enter__()", 7, 2),
        ("corewise.budget(3).__enter__()", 2, 1),
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
    assert run(THREADS.format(before="corewise.govern(cores=1)", threads=8)) == ["0"]


TWO_PROCESSES = """
import os, sys
import numpy as np
from corewise import random as ours

def threads():
    return len(os.listdir("/proc/self/task"))

class Answered(Exception):
    pass

begin, begun = os.pipe()
answer, answered = os.pipe()
parent = os.getpid()
child = os.fork()
if child == 0:
    os.close(begun)
    before = threads()
    os.read(begin, 1)
    rng = ours.default_rng(1, threads=2)
    rng.random(3_000_000)
    os.write(answered, b"%d" % (threads() - before))
    # Until the parent is gone, and some time after, it has one of the two cores.
    os.read(begin, 1)
    while threads() == before:
        rng.random(3_000_000)
    os._exit(0)

os.close(begin)
os.close(answered)
os.set_blocking(answer, False)
before, seen = threads(), []

def report(done, total):
    seen.append(threads() - before)
    if len(seen) == 1:
        os.write(begun, b"x")
    try:
        raise Answered(os.read(answer, 9).decode())
    except BlockingIOError:
        pass

# Seconds of work, which end when the other process has had its turn.
rng = ours.default_rng(1, threads=2, progress=report)
try:
    while True:
        rng.negative_binomial(50.5, 0.5, 30_000_000)
except Answered as error:
    print(seen[0], error)
os.close(begun)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_two_processes_share_the_budget(corewise):
    """While one has both cores the other has its own thread alone, and both when that is done."""
    command = [corewise, "run", "--no-record", "--quiet", "--cores", "2", "--", sys.executable]
    ended = execute(*command, "-c", TWO_PROCESSES, env=clean_environment())
    assert ended.stdout.decode().split() == ["1", "0", "0"], ended.stderr.decode()


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
import os, signal
import numpy as np
from corewise import random as ours
def interrupt(done, total):
    # Handled at the next look: inside the call, unless that was the last one.
    if done < total / 2:
        os.kill(os.getpid(), signal.SIGALRM)
rng = ours.Generator(np.random.{kind}(1), threads={threads}, progress=interrupt)
rng.integers(9, size=1, dtype=np.int32)
def handler(number, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, handler)
values = np.empty(20_000_000)
try:
    while True:
        before = rng.bit_generator.state
        rng.standard_gamma(3.0, out=values)
        values = np.empty(2 * len(values))  # until it takes long enough
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
        rng.standard_gamma(3.0, out=values)
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
            rng.standard_gamma(3.0, out=np.empty(len(before) * len(values)))

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
