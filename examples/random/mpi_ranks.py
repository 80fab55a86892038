"""MPI: each rank takes every n-th task, each task has its stream.

mpiexec -n 4 python examples/random/mpi_ranks.py

Runs without mpi4py too, as one rank.
"""

from corewise.random import streams_for

TASKS = 24


def work(rng):
    """A task: the largest of some numbers."""
    return float(rng.gamma(2.0, size=20_000).max())


def main():
    try:
        from mpi4py import MPI

        world = MPI.COMM_WORLD
        rank, ranks = world.rank, world.size
    except ImportError:
        world, rank, ranks = None, 0, 1
    streams = streams_for(TASKS, seed=42)
    mine = {task: work(streams[task]) for task in range(rank, TASKS, ranks)}
    parts = world.gather(mine) if world else [mine]
    if rank == 0:
        # In the order of the tasks: a sum of floats depends on the order.
        found = {task: value for part in parts for task, value in part.items()}
        print(f"mean maximum {sum(found[task] for task in range(TASKS)) / TASKS:.15f}")


if __name__ == "__main__":
    main()
