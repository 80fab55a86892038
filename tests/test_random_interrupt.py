"""Long calls: what they report, and how they are ended early."""

import os
import signal

import numpy as np
import pytest

from corewise import random
from random_streams import state

# Takes longer than the time after which a call reports, on any machine.
LENGTH = 20_000_000


@pytest.fixture(scope="module")
def memory():
    return np.zeros(LENGTH)


def begun(progress, threads):
    """A generator in the middle of its stream."""
    rng = random.Generator(random.PCG64(15), threads=threads, progress=progress)
    rng.random(dtype=np.float32)
    return rng


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_progress(memory, threads):
    seen = []
    rng = begun(lambda *counts: seen.append(counts), threads)
    rng.standard_gamma(3.0, out=memory)
    done = [count for count, _ in seen]
    assert len(seen) > 1
    assert done == sorted(done)
    assert seen[-1] == (LENGTH, LENGTH)
    assert {total for _, total in seen} == {LENGTH}
    with_report = state(rng), memory[::1001].tobytes()
    rng = begun(None, 2)
    rng.standard_gamma(3.0, out=memory)
    assert (state(rng), memory[::1001].tobytes()) == with_report


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("method", ["standard_gamma", "gamma", "poisson"])
def test_what_progress_raises_ends_the_call(memory, method, threads):
    def stop(done, total):
        raise LookupError(f"{done} of {total}")

    rng = begun(stop, threads)
    before = state(rng)
    out = {"out": memory} if method == "standard_gamma" else {"size": LENGTH}
    with pytest.raises(LookupError, match=f"of {LENGTH}"):
        getattr(rng, method)(3.0, **out)
    assert state(rng) == before
    rng.progress = None
    assert (
        rng.standard_normal(300_001).tobytes() == begun(None, 1).standard_normal(300_001).tobytes()
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_interrupts_end_the_call(memory, threads):
    """A signal that arrives while threads work, here sent from the report of the call."""
    sent = []

    def interrupt(done, total):
        if not sent:
            sent.append(done)
            os.kill(os.getpid(), signal.SIGINT)

    rng = begun(interrupt, threads)
    before = state(rng)
    with pytest.raises(KeyboardInterrupt):
        rng.standard_gamma(3.0, out=memory)
    assert sent
    assert state(rng) == before
    assert (
        rng.standard_normal(300_001).tobytes() == begun(None, 1).standard_normal(300_001).tobytes()
    )


def test_what_cannot_be_called():
    for progress in (3, "print", [print]):
        with pytest.raises(TypeError, match="progress"):
            random.Generator(random.PCG64(1), progress=progress)


def test_progress_of_bytes_counts_bytes():
    told = []
    # The slowest on one thread: calls of less than a tenth of a second tell nothing.
    slow = random.Generator(random.Philox(1), threads=1, progress=lambda *two: told.append(two))
    slow.bytes(1_000_000_000)
    assert told[-1] == (1_000_000_000, 1_000_000_000)
    assert all(done <= total == 1_000_000_000 for done, total in told)
