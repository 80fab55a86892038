"""scikit-learn: OpenMP loops and BLAS, alone and under joblib's threads and processes."""

import functools

import numpy as np

from workloads.workload import Load, Workload

LIBRARIES = ("numpy", "scipy.linalg", "sklearn.ensemble", "sklearn.cluster")
JOBS = (2, 4, 8)


def _classes(rows, columns):
    from sklearn.datasets import make_classification

    return make_classification(rows, columns, n_informative=columns // 2, random_state=1)


def _booster():
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=20, early_stopping=False, random_state=1)


def _blobs(rows):
    from sklearn.datasets import make_blobs

    return make_blobs(rows, 30, centers=12, cluster_std=8.0, random_state=1)[0]


def _clusters(data, seed):
    from sklearn.cluster import KMeans

    # A fixed number of steps: whether one more is done would depend on rounding.
    return KMeans(12, n_init=1, max_iter=30, tol=0, random_state=seed).fit(data).inertia_


def _hgb(limits):
    x, y = _classes(20000, 20)

    def run():
        with limits.one_caller():
            return float(_booster().fit(x, y).predict_proba(x[:100]).sum())

    return run


def _kmeans(limits):
    data = _blobs(40000)

    def run():
        with limits.one_caller():
            return float(_clusters(data, 0))

    return run


def _hgb_cv(backend, n_jobs, limits):
    from sklearn.model_selection import cross_val_score

    x, y = _classes(3000, 20)

    def run():
        with limits.joblib(backend, n_jobs):
            return float(cross_val_score(_booster(), x, y, cv=8).sum())

    return run


def _kmeans_fits(backend, n_jobs, limits):
    import joblib

    data = _blobs(20000)

    def run():
        with limits.joblib(backend, n_jobs):
            fits = (joblib.delayed(_clusters)(data, seed) for seed in range(8))
            return float(sum(joblib.Parallel()(fits)))

    return run


def _nearest(rows, data):
    from sklearn.metrics import pairwise_distances

    return np.partition(pairwise_distances(rows, data), 1, axis=1)[:, 1]


def _pairwise(backend, n_jobs, limits):
    import joblib
    from sklearn.metrics import pairwise_distances

    data = np.random.default_rng(3).standard_normal((2400, 600))

    def over_threads():
        # scikit-learn's own n_jobs, which always takes threads here.
        with limits.callers():
            return float(pairwise_distances(data, n_jobs=n_jobs).sum())

    def over_processes():
        with limits.joblib(backend, n_jobs):
            parts = np.array_split(data, 16)
            calls = (joblib.delayed(_nearest)(part, data) for part in parts)
            return float(sum(part.sum() for part in joblib.Parallel()(calls)))

    return over_threads if backend == "threading" else over_processes


def _search(backend, n_jobs, limits):
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import RandomizedSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = _classes(1200, 160)
    model = make_pipeline(StandardScaler(), PCA(svd_solver="full"), Ridge())
    grid = {"pca__n_components": list(range(20, 140, 10)), "ridge__alpha": [0.1, 1.0, 10.0]}

    def run():
        with limits.joblib(backend, n_jobs):
            search = RandomizedSearchCV(model, grid, n_iter=6, cv=3, random_state=1)
            return float(search.fit(x, y).best_score_)

    return run


def _load(name, backend):
    """BLAS in worker processes, and k-means, which goes between OpenMP and BLAS."""
    if name == "kmeans-fits":
        return Load.SPINS
    return Load.SPINS if backend == "loky" and name != "hgb-cv" else Load.STEADY


WORKLOADS = (
    Workload("hgb", _hgb, 4, libraries=LIBRARIES),
    Workload("kmeans", _kmeans, 8, load=Load.SPINS, libraries=LIBRARIES, quick=True),
    *(
        Workload(
            f"{name}-{backend}-{n_jobs}",
            functools.partial(prepare, backend, n_jobs),
            iterations=iterations,
            load=_load(name, backend),
            libraries=LIBRARIES,
            quick=(name, backend, n_jobs) == ("hgb-cv", "threading", 2),
        )
        for name, prepare, iterations in (
            ("hgb-cv", _hgb_cv, 3),
            ("kmeans-fits", _kmeans_fits, 3),
            ("pairwise", _pairwise, 5),
            ("search", _search, 3),
        )
        for backend in ("threading", "loky")
        for n_jobs in JOBS
    ),
)
