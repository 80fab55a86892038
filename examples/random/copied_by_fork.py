"""What not to do: a generator that was made before the fork is copied into each worker.

Both workers draw the same numbers: what looks like 2 million samples is 1 million, twice.

    corewise run -- python examples/random/copied_by_fork.py
"""

import multiprocessing
import time

import numpy as np

rng = np.random.default_rng(42)


def simulate(seconds):
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
        for first in pool.map(simulate, [1.5] * workers, chunksize=1):
            print(first)
