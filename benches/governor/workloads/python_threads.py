"""Eight Python threads that all call BLAS: one thread a call is right on a few cores."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from workloads.workload import Workload

THREADS = 8


def _threads(routine, calls, definite=False, sizes=(300,)):
    """Each thread calls the routine for each of `calls` matrices, and checks its last result."""

    def prepare(limits):
        executor = ThreadPoolExecutor(THREADS)
        generator = np.random.default_rng(8)
        matrices = [generator.standard_normal((n, n)) for n in sizes]
        if definite:
            matrices = [m @ m.T + len(m) * np.eye(len(m)) for m in matrices]

        def work(thread):
            for call in range(calls):
                result = routine(matrices[(thread + call) % len(matrices)])
            return float(np.abs(result).sum())

        def run():
            with limits.callers():
                return sum(executor.map(work, range(THREADS)))

        return run

    return prepare


MIXED = (100, 800, 200, 150, 400, 300, 100, 600)

WORKLOADS = (
    Workload("threads-matmul-300", _threads(lambda a: a @ a, 30), 6, quick=True),
    Workload("threads-matmul-mixed", _threads(lambda a: a @ a, 8, sizes=MIXED), 6),
    Workload("threads-cholesky-300", _threads(np.linalg.cholesky, 60, definite=True), 6),
)
