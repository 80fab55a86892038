"""A few eigenvalues of a large sparse matrix: mostly one busy thread, whatever the pools are."""

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import stage

n = 20_000
rng = np.random.default_rng(4)
half = scipy.sparse.random_array((n, n), density=5e-4, rng=rng, format="csr")
matrix = (half + half.T).tocsr()

stage.ready()
for _ in stage.rounds():
    v0 = rng.standard_normal(n)
    values = scipy.sparse.linalg.eigsh(matrix, k=4, v0=v0, tol=1e-4, return_eigenvectors=False)
stage.finish(largest=float(values[-1]))
