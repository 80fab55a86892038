"""Two workers of a multiprocessing pool, started by the method that the argument names."""

import multiprocessing
import os
import sys

import stage


def work(seed):
    # The first import in a spawned worker; a forked one has it from its parent.
    import numpy as np

    rng = np.random.default_rng(seed)
    for _ in range(10):
        np.sort(rng.standard_normal(200_000))
    return stage.threads()


def start():
    stage.forget_inherited()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2, initializer=start) as pool:
        pool.map(work, range(4), chunksize=1)
        stage.ready()
        truths = {}
        for number in stage.rounds():
            for truth in pool.map(work, range(4 * number, 4 * number + 4), chunksize=1):
                truths[truth["pid"]] = truth
        pool.close()
        pool.join()
    for truth in truths.values():
        stage.worker(truth)
    stage.finish(method=sys.argv[1], workers=len(truths), parent=os.getpid())
