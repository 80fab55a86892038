"""Dask: the seed of each block comes from its number, not from the worker that makes it."""

import dask
import numpy as np
from dask.delayed import delayed

from corewise.random import SeedSequence, default_rng

BLOCKS = 12


def block_mean(seed):
    """The mean of one block of noise."""
    return default_rng(seed).exponential(3.0, size=30_000).mean()


def run(scheduler, workers):
    seeds = SeedSequence(42).spawn(BLOCKS)
    with dask.config.set(scheduler=scheduler, num_workers=workers):
        return np.mean(dask.compute(*[delayed(block_mean)(seed) for seed in seeds]))


if __name__ == "__main__":
    for scheduler, workers in (("synchronous", 1), ("threads", 3), ("processes", 2)):
        print(f"mean {run(scheduler, workers):.15f}")
