"""`copied_by_fork.py` put right: each worker gets a stream of its own."""

import multiprocessing
import time

from corewise.random import streams_for


def simulate(rng, seconds=1.5):
    """Draws for a while and gives the first numbers as evidence."""
    first = rng.standard_normal(3)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rng.standard_normal(10_000)
    return first


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    workers = 2
    with context.Pool(workers) as pool:
        for first in pool.map(simulate, streams_for(workers, seed=42), chunksize=1):
            print(first)
