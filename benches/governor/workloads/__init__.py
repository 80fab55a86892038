"""All workloads. Nothing heavy is imported before a workload's `prepare`."""

from workloads import (
    alternating,
    dask_threads,
    estimators,
    healthy,
    nested,
    numba_threads,
    one_caller,
    python_threads,
)
from workloads.workload import Load, Workload

ALL: dict[str, Workload] = {
    workload.name: workload
    for module in (
        one_caller,
        python_threads,
        nested,
        alternating,
        estimators,
        numba_threads,
        dask_threads,
        healthy,
    )
    for workload in module.WORKLOADS
}

__all__ = ["ALL", "Load", "Workload"]
