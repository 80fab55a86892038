"""Four Python threads that each call a Numba `prange` loop."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from workloads.workload import Workload

CALLERS = 4
CALLS = 6


def prepare(limits):
    import numba

    numba.config.THREADING_LAYER = "omp"  # the one that several threads may enter
    executor = ThreadPoolExecutor(CALLERS)
    data = np.random.default_rng(4).standard_normal((600, 1000))

    # Compiled once for all launches: the driver sets NUMBA_CACHE_DIR.
    @numba.njit(parallel=True, cache=True)
    def total(a):
        result = 0.0
        for i in numba.prange(a.shape[0]):
            for j in range(a.shape[1]):
                result += np.sin(a[i, j]) * np.cos(a[i, j])
        return result

    def work(_caller):
        if limits.by_hand:
            numba.set_num_threads(max(1, limits.cores // CALLERS))
        return sum(total(data) for _ in range(CALLS))

    def run():
        return float(sum(executor.map(work, range(CALLERS))))

    return run


WORKLOADS = (
    Workload("numba-prange-threads", prepare, 6, libraries=("numpy", "numba.np.ufunc.omppool")),
)
