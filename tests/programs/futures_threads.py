"""concurrent.futures threads that release the GIL in NumPy: two busy threads on two cores."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import stage


def work(seed):
    rng = np.random.default_rng(seed)
    for _ in range(20):
        np.sort(rng.standard_normal(400_000))


with ThreadPoolExecutor(2, thread_name_prefix="sorter", initializer=stage.python_thread) as pool:
    list(pool.map(work, range(2)))
    stage.ready()
    for number in stage.rounds():
        list(pool.map(work, range(2 * number, 2 * number + 2)))
stage.finish()
