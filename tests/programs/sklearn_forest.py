"""A random forest with `n_jobs=2` under the joblib backend that the argument names."""

import sys

import joblib
import numpy as np
import stage
from sklearn.ensemble import RandomForestClassifier

if __name__ == "__main__":
    backend = sys.argv[1]
    rng = np.random.default_rng(8)
    x = rng.standard_normal((3000, 20))
    y = (x[:, 0] + x[:, 1] ** 2 > 1).astype(int)

    def score(seed):
        forest = RandomForestClassifier(20, n_jobs=1, random_state=seed).fit(x, y)
        return forest.score(x, y), stage.threads()

    with joblib.parallel_config(backend=backend, n_jobs=2), joblib.Parallel() as parallel:
        if backend == "threading":
            # The forest itself asks for threads, so it is the one that is parallel here.
            def step(number):
                forest = RandomForestClassifier(40, n_jobs=2, random_state=number)
                return [(forest.fit(x, y).score(x, y), None)]
        else:

            def step(number):
                return parallel(joblib.delayed(score)(2 * number + k) for k in range(2))

        step(0)
        stage.ready()
        for number in stage.rounds():
            results = step(number)
    for _, truth in results:
        if truth is not None:
            stage.worker(truth)
    stage.finish(score=float(results[0][0]))
