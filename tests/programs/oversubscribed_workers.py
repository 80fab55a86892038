"""Four loky workers, each fitting trees on OpenMP: workers × OMP_NUM_THREADS threads.

joblib limits the pools of its workers by itself; `inner_max_num_threads` is how a program lifts
that, as it does on a host whose cores joblib counts wrongly.
"""

import os

import joblib
import stage

INNER = int(os.environ.get("COREWISE_PROGRAM_INNER", "16"))


def fit(seed):
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3000, 20))
    y = (x[:, 0] > 0).astype(int)
    HistGradientBoostingClassifier(max_iter=3, early_stopping=False).fit(x, y)
    return stage.threads()


if __name__ == "__main__":
    with (
        joblib.parallel_config(backend="loky", n_jobs=4, inner_max_num_threads=INNER),
        joblib.Parallel() as parallel,
    ):
        parallel(joblib.delayed(fit)(k) for k in range(4))
        stage.ready()
        for number in stage.rounds():
            truths = parallel(joblib.delayed(fit)(4 * number + k) for k in range(4))
    for truth in truths:
        stage.worker(truth)
    stage.finish()
