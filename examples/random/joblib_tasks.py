"""Random walks by joblib: the same paths for any number of jobs and any backend."""

from joblib import Parallel, delayed, parallel_config

from corewise.random import streams_for

TASKS = 16


def farthest(rng):
    """How far a walk of 20,000 steps gets from where it began."""
    return float(abs(rng.standard_normal(20_000).cumsum()).max())


def run(jobs, backend):
    with parallel_config(backend=backend, n_jobs=jobs):
        walks = Parallel()(delayed(farthest)(rng) for rng in streams_for(TASKS, seed=42))
    return sum(walks) / TASKS


if __name__ == "__main__":
    for jobs, backend in ((1, "sequential"), (2, "loky"), (3, "threading")):
        print(f"mean distance {run(jobs, backend):.12f}")
