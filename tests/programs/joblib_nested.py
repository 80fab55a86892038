"""joblib in joblib: loky workers whose own jobs run on threads (joblib's rule for nesting)."""

import threading

import joblib
import numpy as np
import stage


def inner(seed):
    rng = np.random.default_rng(seed)
    for _ in range(10):
        np.sort(rng.standard_normal(200_000))
    return threading.get_native_id()


def outer(seed):
    tids = joblib.Parallel(n_jobs=2)(joblib.delayed(inner)(2 * seed + k) for k in range(4))
    return len(set(tids)), stage.threads()


if __name__ == "__main__":
    with joblib.Parallel(n_jobs=2, backend="loky") as parallel:
        parallel(joblib.delayed(outer)(k) for k in range(2))
        stage.ready()
        for number in stage.rounds():
            results = parallel(joblib.delayed(outer)(2 * number + k) for k in range(2))
    for _, truth in results:
        stage.worker(truth)
    stage.finish(inner_threads=max(count for count, _ in results))
