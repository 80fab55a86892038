"""Forked workers that draw from copies of one Generator."""

import multiprocessing

import numpy as np
import stage

rng = np.random.default_rng(23)


def draw(_):
    first = rng.random()
    for _ in stage.rounds():
        rng.random(10_000)
    return first


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        stage.ready()
        firsts = pool.map(draw, range(2), chunksize=1)
        pool.close()
        pool.join()
    stage.finish(same=firsts[0] == firsts[1])
