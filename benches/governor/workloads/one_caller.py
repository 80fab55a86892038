"""One thread that calls large routines: a pool of all cores is right."""

import numpy as np

from workloads.workload import Workload


def _matrix(n, kind="general"):
    matrix = np.random.default_rng(n).standard_normal((n, n))
    if kind == "symmetric":
        return matrix + matrix.T
    if kind == "definite":
        return matrix @ matrix.T + n * np.eye(n)
    return matrix


def _calls(routine, n, kind="general", calls=1):
    def prepare(limits):
        data = _matrix(n, kind)

        def run():
            with limits.one_caller():
                for _ in range(calls):
                    result = routine(data)
            return float(np.abs(result).sum())

        return run

    return prepare


WORKLOADS = (
    Workload("one-matmul-1500", _calls(lambda a: a @ a, 1500), 8, quick=True),
    Workload("one-svd-700", _calls(lambda a: np.linalg.svd(a, compute_uv=False), 700, calls=2), 6),
    Workload("one-eigh-800", _calls(np.linalg.eigvalsh, 800, "symmetric", 2), 6),
    Workload("one-cholesky-2000", _calls(np.linalg.cholesky, 2000, "definite", 3), 6),
)
