"""A search with `workers=2`: multiprocessing workers that the parent waits for."""

import os

import stage
from scipy.optimize import differential_evolution

PARENT = os.getpid()


def cost(x):
    # Enough work for a worker to be worth its messages.
    total = 0.0
    for i in range(20_000):
        total += (x[0] - i % 7) ** 2 + (x[1] + i % 5) ** 2
    return total


if __name__ == "__main__":
    stage.ready()
    for number in stage.rounds():
        result = differential_evolution(
            cost,
            [(-9, 9), (-9, 9)],
            workers=2,
            updating="deferred",
            maxiter=2,
            popsize=8,
            rng=number,
            polish=False,
        )
    stage.finish(best=float(result.fun))
