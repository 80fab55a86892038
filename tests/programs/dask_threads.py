"""Dask's threaded scheduler: Python threads that release the GIL in NumPy."""

import dask
import dask.array
import stage

data = dask.array.random.default_rng(13).standard_normal((4000, 2000), chunks=(500, 2000))
result = dask.array.sin(data).std()

with dask.config.set(scheduler="threads", num_workers=2):
    result.compute()
    stage.ready()
    for _ in stage.rounds():
        value = result.compute()
stage.finish(check=float(value))
