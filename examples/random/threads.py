"""A bootstrap in threads: a stream for each task, so that the number of workers changes nothing."""

import numpy as np

import corewise
from corewise.random import streams_for

TASKS = 32
SAMPLE = np.random.default_rng(7).lognormal(size=2_000)


def bootstrap_mean(rng):
    """The mean of one sample drawn again."""
    return rng.choice(SAMPLE, SAMPLE.size).mean()


def run(workers):
    with corewise.ThreadPoolExecutor(workers) as pool:
        return list(pool.map(bootstrap_mean, streams_for(TASKS, seed=42)))


if __name__ == "__main__":
    for workers in (1, 2, 5):
        print(f"standard error {np.std(run(workers)):.15f}")
