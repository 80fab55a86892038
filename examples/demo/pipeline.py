"""A small model search on handwritten digits, the way that it is written every day.

    python pipeline.py

Three stages on the data set that scikit-learn ships: a grid search over a pipeline with gradient
boosting (OpenMP), a kernel map with a singular value decomposition and clustering (BLAS, OpenMP),
and a cross-validation on two loky workers (processes × BLAS).
"""

import sys
import time

import large_host

large_host.count_as_large_host()

import joblib  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.kernel_approximation import Nystroem  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402


def search(x, y):
    """A grid search; `n_jobs` is left alone, so each fit has the pools for itself."""
    pipeline = make_pipeline(
        StandardScaler(),
        PCA(random_state=0),
        HistGradientBoostingClassifier(max_iter=3, random_state=0),
    )
    grid = {"pca__n_components": [16, 32]}
    return GridSearchCV(pipeline, grid, cv=3).fit(x, y).best_score_


def decompose(x):
    """Dense linear algebra: a kernel map, its singular values, clusters in their space."""
    scaled = StandardScaler().fit_transform(x)
    features = Nystroem(n_components=100, random_state=0).fit_transform(scaled)
    left, values, _ = np.linalg.svd(features, full_matrices=False)
    clusters = KMeans(n_clusters=10, n_init=3, random_state=0).fit(left[:, :40] * values[:40])
    return clusters.inertia_


def validate(x, y):
    """Cross-validation on two worker processes, each with BLAS work of its own."""
    model = make_pipeline(StandardScaler(), PCA(30, svd_solver="full"), SVC())
    with joblib.parallel_config(backend="loky", n_jobs=2, initializer=large_host.emulate):
        return cross_val_score(model, x, y, cv=4).mean()


def main():
    x, y = load_digits(return_X_y=True)
    large_host.grow_pools()
    print(
        f"emulated: a host with {large_host.HOST_CORES} cores "
        f"(pools of {large_host.wanted('OMP_NUM_THREADS')} OpenMP threads, "
        f"{large_host.wanted('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS')} BLAS threads)"
    )
    begin = time.perf_counter()
    for name, stage, arguments in (
        ("grid search, gradient boosting", search, (x, y)),
        ("kernel map, SVD, k-means", decompose, (x,)),
        ("cross-validation on 2 workers", validate, (x, y)),
    ):
        start = time.perf_counter()
        value = stage(*arguments)
        print(f"{name:32} {time.perf_counter() - start:7.2f} s   {value:.4f}", flush=True)
    print(f"{'in all':32} {time.perf_counter() - begin:7.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
