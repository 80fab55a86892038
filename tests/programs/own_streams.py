"""Forked workers that each make a Generator of their own, from spawned seeds: nothing is shared."""

import multiprocessing

import numpy as np
import stage


def draw(seed):
    rng = np.random.default_rng(seed)
    first = rng.random()
    for _ in stage.rounds():
        rng.random(10_000)
    return first


if __name__ == "__main__":
    seeds = np.random.SeedSequence(24).spawn(2)
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        stage.ready()
        firsts = pool.map(draw, seeds, chunksize=1)
        pool.close()
        pool.join()
    stage.finish(same=firsts[0] == firsts[1])
