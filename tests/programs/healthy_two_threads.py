"""Two Python threads on two cores, both in NumPy code that releases the GIL: nothing to report."""

import threading

import numpy as np
import stage

data = [np.random.default_rng(seed).standard_normal(2_000_000) for seed in range(2)]


def work(a):
    stage.python_thread()
    out = np.empty_like(a)
    for _ in stage.rounds():
        np.sin(a, out=out)
        np.sqrt(np.abs(out, out=out), out=out)


workers = [threading.Thread(target=work, args=(a,)) for a in data]
stage.ready()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stage.finish()
