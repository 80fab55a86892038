"""Monte Carlo in processes: a stream for each task goes to the worker with the task."""

import multiprocessing

from corewise.random import streams_for

TASKS = 24
POINTS = 50_000


def inside(rng):
    """How many of some points lie inside the circle."""
    x, y = rng.random((2, POINTS))
    return int((x * x + y * y < 1).sum())


def run(workers, method):
    context = multiprocessing.get_context(method)
    with context.Pool(workers) as pool:
        hits = pool.map(inside, streams_for(TASKS, seed=42, method="jumped"))
    return 4 * sum(hits) / (TASKS * POINTS)


if __name__ == "__main__":
    for workers, method in ((1, "fork"), (2, "spawn"), (3, "forkserver")):
        print(f"pi is about {run(workers, method)}")
