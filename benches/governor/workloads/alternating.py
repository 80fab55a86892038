"""One caller with large products, then eight with small ones, in turn: no one size is right."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from workloads.workload import Load, Workload

THREADS = 8
PHASES = 2
SERIAL_CALLS = 2
PARALLEL_CALLS = 40


def prepare(limits):
    executor = ThreadPoolExecutor(THREADS)
    generator = np.random.default_rng(12)
    large, small = generator.standard_normal((1200, 1200)), generator.standard_normal((200, 200))

    def work(_thread):
        for _ in range(PARALLEL_CALLS):
            result = small @ small
        return float(np.abs(result).sum())

    def run():
        total = 0.0
        for _ in range(PHASES):
            for _ in range(SERIAL_CALLS):
                result = large @ large
            total += float(np.abs(result).sum())
            with limits.callers():
                total += sum(executor.map(work, range(THREADS)))
        return total

    return run


WORKLOADS = (Workload("alternating", prepare, 6, load=Load.CHANGES, quick=True),)
