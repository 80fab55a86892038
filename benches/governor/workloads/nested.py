"""Parallel NumPy calls inside parallel tasks, over threads and over processes.

The shape is that of 'Composable Multi-Threading and Multi-Processing for Numeric Libraries' (SciPy
2018). Balanced: many equal tasks. Unbalanced: many small ones, then a large one that is left alone,
so that a pool of one thread leaves cores idle at the end, and a pool of all oversubscribes before.
"""

import functools
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from workloads.workload import Load, Workload

WORKERS = 4

SIZES = {
    ("qr", "balanced"): [400] * 32,
    ("qr", "unbalanced"): [250] * 32 + [1200],
    ("eig", "balanced"): [200] * 24,
    ("eig", "unbalanced"): [150] * 24 + [500],
}


@functools.cache
def _matrix(n):
    return np.random.default_rng(n).standard_normal((n, n))


def task(kind, n):
    """One task. Workers make the data themselves, once."""
    if kind == "qr":
        return float(np.abs(np.linalg.qr(_matrix(n), mode="r").diagonal()).sum())
    return float(np.abs(np.linalg.eigvals(_matrix(n))).sum())


def _over_threads(work, sizes, limits):
    executor = ThreadPoolExecutor(WORKERS)

    def run():
        with limits.callers():
            return sum(executor.map(work, sizes))

    return run


def _over_fork(work, sizes, limits):
    context = multiprocessing.get_context("fork")
    for n in set(sizes):
        _matrix(n)

    def run():
        with context.Pool(WORKERS, initializer=limits.worker) as pool:
            return sum(pool.map(work, sizes, chunksize=1))

    return run


def _over_loky(work, sizes, limits):
    import joblib

    def run():
        with limits.joblib("loky", WORKERS):
            return sum(joblib.Parallel(batch_size=1)(joblib.delayed(work)(n) for n in sizes))

    return run


def _nested(over, kind, balance):
    def prepare(limits):
        return over(functools.partial(task, kind), SIZES[kind, balance], limits)

    return prepare


def _load(over, balance):
    if balance == "unbalanced":
        return Load.CHANGES
    return Load.STEADY if over is _over_threads else Load.SPINS


WORKLOADS = tuple(
    Workload(
        f"{kind}-{balance}-{name}",
        _nested(over, kind, balance),
        iterations=5,
        load=_load(over, balance),
        quick=(kind, balance, name) == ("qr", "unbalanced", "fork"),
    )
    for name, over in (("threads", _over_threads), ("fork", _over_fork), ("loky", _over_loky))
    for kind, balance in SIZES
)
