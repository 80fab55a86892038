"""Programs with nothing wrong: governing must not be felt."""

import numpy as np

from workloads.workload import Load, Workload


def _python(_limits):
    """Python, array arithmetic and products too small for any pool: many hooked calls."""
    generator = np.random.default_rng(6)
    small, vector = generator.standard_normal((12, 12)), generator.standard_normal(20000)

    def run():
        total, state = 0.0, small
        for step in range(15000):
            state = np.tanh(state @ small)
            if step % 20 == 0:
                total += float(np.exp(-(vector * vector)).sum()) / (1 + step)
            total += sum(value * value for value in state[0].tolist())
        return total

    return run


def _right_pool(limits):
    """One caller, and a pool of the cores that it may use."""
    matrix = np.random.default_rng(7).standard_normal((600, 600))

    def run():
        for _ in range(20):
            result = matrix @ matrix
        return float(np.abs(result).sum())

    return run


WORKLOADS = (
    Workload("healthy-python", _python, 10, load=Load.HEALTHY, by_hand=False, quick=True),
    Workload("healthy-right-pool", _right_pool, 10, load=Load.HEALTHY, by_hand=False),
)
