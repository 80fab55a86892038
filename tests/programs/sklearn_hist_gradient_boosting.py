"""Gradient boosting on histograms: thousands of small OpenMP regions on scikit-learn's libgomp."""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
with stage.pool("openblas", "scipy.libs"):
    import scipy.linalg  # noqa: F401  SciPy's own OpenBLAS starts its threads here
from sklearn.ensemble import HistGradientBoostingClassifier

rng = np.random.default_rng(6)
x = rng.standard_normal((4000, 20))
y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(int)


def fit(trees):
    return HistGradientBoostingClassifier(max_iter=trees, early_stopping=False).fit(x, y)


with stage.pool("libgomp", "scikit_learn.libs"):
    fit(1)

stage.ready()
for _ in stage.rounds():
    model = fit(10)
stage.finish(score=float(model.score(x, y)))
