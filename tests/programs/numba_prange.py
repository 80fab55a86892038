"""A Numba prange loop under the threading layer that the argument names: omp or workqueue."""

import sys

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
with stage.pool("openblas", "scipy.libs"):
    import scipy.linalg  # noqa: F401  Numba loads it when it compiles
import numba

layer = sys.argv[1]
numba.config.THREADING_LAYER = layer
RUNTIME, LIBRARY = {"omp": ("libgomp", "libgomp"), "workqueue": ("numba_workqueue", "workqueue")}[
    layer
]


@numba.njit(parallel=True)
def total(a):
    result = 0.0
    for i in numba.prange(a.shape[0]):
        for j in range(a.shape[1]):
            result += np.sin(a[i, j]) * np.cos(a[i, j])
    return result


a = np.random.default_rng(9).standard_normal((4000, 2000))
with stage.pool(RUNTIME, LIBRARY):
    total(a[:10])
assert numba.threading_layer() == layer

stage.ready()
for _ in stage.rounds():
    value = total(a)
stage.finish(check=value)
