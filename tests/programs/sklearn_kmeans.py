"""K-means: OpenMP regions of scikit-learn's with BLAS calls inside their threads."""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
with stage.pool("openblas", "scipy.libs"):
    import scipy.linalg  # noqa: F401  SciPy's own OpenBLAS starts its threads here
from sklearn.cluster import KMeans

x = np.random.default_rng(7).standard_normal((20_000, 30))


def fit(seed):
    return KMeans(n_clusters=8, n_init=1, max_iter=20, random_state=seed).fit(x)


with stage.pool("libgomp", "scikit_learn.libs"):
    fit(0)

stage.ready()
for number in stage.rounds():
    model = fit(number)
stage.finish(inertia=float(model.inertia_))
