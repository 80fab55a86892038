"""Singular values of a large matrix: LAPACK on OpenBLAS's pool, with serial stretches."""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np

rng = np.random.default_rng(2)
a = rng.standard_normal((600, 600))
with stage.pool("openblas", "numpy.libs"):
    a @ a

stage.ready()
for _ in stage.rounds():
    values = np.linalg.svd(a, compute_uv=False)
stage.finish(largest=float(values[0]))
