"""NumPy's and SciPy's wheels each bring an OpenBLAS: both pools work here, in turn."""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
with stage.pool("openblas", "scipy.libs"):
    import scipy.linalg.blas

a = np.random.default_rng(19).standard_normal((700, 700))
f = np.asfortranarray(a)
a @ a
scipy.linalg.blas.dgemm(1.0, f, f)

stage.ready()
for _ in stage.rounds():
    a @ a
    scipy.linalg.blas.dgemm(1.0, f, f)
stage.finish()
