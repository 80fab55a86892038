"""Forked workers that draw from NumPy's global state: all get the same numbers."""

import multiprocessing

import numpy as np
import stage


def draw(_):
    first = np.random.random()
    for _ in stage.rounds():
        np.random.random(10_000)
    return first


if __name__ == "__main__":
    np.random.seed(22)
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        stage.ready()
        firsts = pool.map(draw, range(2), chunksize=1)
        pool.close()
        pool.join()
    stage.finish(same=firsts[0] == firsts[1])
