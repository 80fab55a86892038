"""Where `corewise.random` differed from NumPy, harmed the program or did not hear Ctrl-C."""

import os
import signal
import sys
import textwrap

import numpy as np
import pytest

from corewise import random
from execution import execute
from random_streams import Pair, state


def run(program, *args):
    """Runs a program of its own."""
    return execute(sys.executable, "-c", textwrap.dedent(program), *args)


@pytest.mark.skipif(sys.platform != "linux", reason="calls glibc")
def test_a_daemon_thread_that_fills_does_not_crash_the_exit():
    """Its watch must not ask for an interpreter that has gone: NumPy's fill just goes on.

    A handler of C, `sleep(SIGHUP)`, keeps the thread from its watch for a second, until after the
    end of the interpreter, behind which the process does `pause` until the alarm ends it.
    """
    ended = run("""
        import ctypes, signal, threading
        import numpy as np
        from corewise import random

        rng = random.Generator(np.random.PCG64(1), threads=1)
        values = np.zeros(100_000_000)
        rng.standard_normal(out=values)  # long enough to be watched
        values[0] = 0
        libc = ctypes.CDLL(None)
        libc.__cxa_atexit(libc.pause, None, None)
        libc.signal(signal.SIGHUP, libc.sleep)
        draw = lambda: rng.standard_normal(out=values)
        thread = threading.Thread(target=draw, daemon=True)
        thread.start()
        while values[0] == 0:
            pass
        signal.pthread_kill(thread.ident, signal.SIGHUP)
        signal.setitimer(signal.ITIMER_REAL, 3)
    """)
    assert ended.returncode == -signal.SIGALRM, ended.stderr.decode()
    assert b"panicked" not in ended.stderr


def test_a_signal_handler_may_draw_from_the_generator_in_use():
    """With NumPy it draws what comes next; it must not draw again what the call draws."""
    ended = run("""
        import signal, time
        import numpy as np
        from corewise import random

        rng = random.Generator(np.random.PCG64(1), threads=2)
        drawn = []
        signal.signal(signal.SIGALRM, lambda *_: drawn.append(rng.random(200).tobytes()))
        values = np.zeros(100_000_000)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        try:
            rng.random(out=values)
        except RuntimeError:
            raise SystemExit(0)  # a refusal would do
        while not drawn:
            time.sleep(0.001)
        raise SystemExit(drawn[0] == values[:200].tobytes())
    """)
    assert ended.returncode == 0, ended.stderr.decode()


def test_progress_does_not_draw_twice_what_the_call_draws():
    drawn = []

    def draw(done, total):
        if not drawn:
            drawn.append(rng.standard_gamma(3.0, 200).tobytes())

    rng = random.Generator(np.random.PCG64(1), threads=2, progress=draw)
    values = np.zeros(60_000_000)
    try:
        rng.standard_gamma(3.0, out=values)
    except RuntimeError:
        return  # a refusal would do
    assert drawn
    assert drawn[0] != values[:200].tobytes()


@pytest.mark.parametrize(("dtype", "high"), [("i1", 100), ("i1", 128), ("?", 2), ("u2", 1000)])
def test_calls_for_small_integers_can_be_ended(dtype, high):
    """They are told like all others: by Ctrl-C, and to `progress`."""

    def stop(done, total):
        raise LookupError(f"{done} of {total}")

    rng = random.Generator(np.random.PCG64(1), threads=1, progress=stop)
    before = state(rng)
    with pytest.raises(LookupError):
        rng.integers(0, high, 1_000_000_000, dtype)
    assert state(rng) == before


MEMORY = """
    import resource, sys
    import numpy as np
    from corewise import random

    def limit(more):
        with open("/proc/self/statm") as pages:
            size = int(pages.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))

    rng = random.Generator(np.random.PCG64(1), threads=1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory")
def test_bytes_that_do_not_fit_are_a_memory_error():
    ended = run(
        textwrap.dedent(MEMORY)
        + textwrap.dedent("""
        limit(300_000_000)
        try:
            rng.bytes(200_000_001)
        except MemoryError:
            print("refused")
    """)
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.mark.parametrize("n", [2**53, 2**53 + 1, 2**55, 2**60])
def test_binomial_of_more_tries_than_floats_count(n):
    Pair("PCG64", 1, threads=2).both("binomial", n, 9e5 / n, size=60_000)


@pytest.mark.parametrize(
    ("n", "p"), [(1e-300, 1e-310), (1e-100, 1e-100), (1e-310, 2.2e-308), (1e-310, 1e-300)]
)
def test_negative_binomial_of_a_small_p(n, p):
    Pair("PCG64", 1, threads=2).both("negative_binomial", n, p, size=1_000)


@pytest.mark.parametrize("size", [None, 1, 200, 20_000])
@pytest.mark.parametrize(("low", "high"), [(0.0, -0.0), (0, -0.0), (0.0, np.float64(-0.0))])
def test_uniform_numbers_from_zero_to_minus_zero(low, high, size):
    """The range is -0.0, which NumPy refuses as it does all below 0."""
    Pair("PCG64", 1, threads=2).both("uniform", low, high, size=size)


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "Philox", "SFC64"])
def test_a_half_that_waits_is_kept_as_it_was_given(name):
    """NumPy keeps any number that is not 0 until the half is drawn."""
    pair = Pair(name, 1)
    for rng in (pair.ours, pair.theirs):
        rng.bit_generator.state = {**rng.bit_generator.state, "has_uint32": 2, "uinteger": 7}
    pair.both("random", 1_000)


def test_init_that_raises_leaves_a_generator_of_one_stream():
    rng = random.Generator(np.random.PCG64(1))
    with pytest.raises(ValueError, match="threads"):
        rng.__init__(np.random.PCG64(2), threads=0)
    expected = np.random.Generator(np.random.PCG64(rng.bit_generator.seed_seq.entropy))
    assert rng.random() == expected.random()


def test_init_that_raises_leaves_a_legacy_generator_of_one_stream():
    rng = random.RandomState(1)
    with pytest.raises(ValueError, match="threads"):
        rng.__init__(2, threads=0)
    again = np.random.RandomState()
    again.set_state(rng.get_state())
    assert rng.random_sample() == again.random_sample()


def test_rand_asks_a_subclass_for_random_sample():
    """As NumPy's `rand` and `random` do."""

    def subclass(kind):
        class Own(kind):
            def random_sample(self, size=None):
                return "its own"

        return Own(1)

    ours, theirs = subclass(random.RandomState), subclass(np.random.RandomState)
    assert str(ours.rand(2)) == str(theirs.rand(2))
    assert str(ours.random(2)) == str(theirs.random(2))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_what_progress_raises_in_a_child_ends_its_call():
    """A child that its `progress` forked is not to fill the array to its end first."""
    children = []
    raised = []

    def report(done, total):
        if raised:
            os._exit(7)  # asked again after it had said stop
        if not children:
            child = os.fork()
            children.append(child)
            if child == 0:
                raised.append(done)
                raise LookupError

    rng = random.Generator(np.random.PCG64(1), threads=2, progress=report)
    try:
        rng.standard_gamma(3.0, 20_000_000)
    except LookupError:
        os._exit(0)
    finally:
        if children == [0]:
            os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="calls glibc")
@pytest.mark.parametrize("first", [0, 1])
def test_rounding_is_that_of_the_caller_on_every_thread(first):
    """The values do not depend on the number of threads, however the caller rounds.

    A thread of the pool has the rounding of the thread that happened to start it.
    """
    ended = run(
        """
        import ctypes, sys
        import numpy as np
        from corewise import random

        libm = ctypes.CDLL("libm.so.6")
        upward = {"x86_64": 0x800, "aarch64": 0x400000}[__import__("platform").machine()]
        modes = [0, upward]

        def draw(threads):
            rng = random.Generator(np.random.PCG64(1), threads=threads)
            return rng.normal(0.1, 0.7, 500_001)

        first = int(sys.argv[1])
        libm.fesetround(modes[first])
        draw(2)
        libm.fesetround(modes[1 - first])
        one, two = draw(1), draw(2)
        libm.fesetround(0)
        raise SystemExit(int((one != two).sum() > 0))
    """,
        str(first),
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="signals of Linux")
def test_idle_threads_do_not_take_signals_that_the_program_waits_for():
    """NumPy's program of one thread survives this; no thread of the pool may take the signal."""
    program = """
        import os, signal, sys
        import numpy as np
        from corewise import random

        rng = random.Generator(np.random.PCG64(1), threads=2)
        rng.standard_normal(1_000_000)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        os.kill(os.getpid(), signal.SIGUSR1)
        raise SystemExit(signal.sigwait({signal.SIGUSR1}) != signal.SIGUSR1)
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    ended = execute(sys.executable, "-c", textwrap.dedent(program), env=environment)
    assert ended.returncode == 0, ended.stderr.decode()
