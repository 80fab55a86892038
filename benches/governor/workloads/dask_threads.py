"""Dask's threads over chunks that NumPy multiplies or decomposes."""

import numpy as np

from workloads.workload import Workload

WORKERS = 4


def _graph(kind):
    import dask.array

    data = np.random.default_rng(5).standard_normal((2000, 2000))
    if kind == "matmul":
        chunks = dask.array.from_array(data, chunks=(500, 500))
        return abs(chunks @ chunks).sum()
    chunks = dask.array.from_array(data, chunks=(250, 250))
    values = chunks.map_blocks(
        lambda block: np.linalg.svd(block, compute_uv=False)[None, :], chunks=(1, 250)
    )
    return values.sum()


def _compute(kind):
    def prepare(limits):
        import dask

        graph = _graph(kind)

        def run():
            with limits.callers(), dask.config.set(scheduler="threads", num_workers=WORKERS):
                return float(graph.compute())

        return run

    return prepare


WORKLOADS = (
    Workload("dask-matmul", _compute("matmul"), 5),
    Workload("dask-svd", _compute("svd"), 4),
)
