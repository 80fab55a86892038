"""Matrix products that fill OpenBLAS's pool: the plainest program that uses all cores.

An argument grows the pool to that many threads, as OpenBLAS does by itself on a larger host.
"""

import sys

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np

if len(sys.argv) > 1:
    from blas_threads import set_openblas_threads

    with stage.pool("openblas", "numpy.libs"):
        set_openblas_threads(int(sys.argv[1]))

rng = np.random.default_rng(1)
a = rng.standard_normal((1200, 1200))
with stage.pool("openblas", "numpy.libs"):
    a @ a

stage.ready()
for _ in stage.rounds():
    b = a @ a
stage.finish(check=float(np.isfinite(b).all()))
