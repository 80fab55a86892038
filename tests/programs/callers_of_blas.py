"""So many Python threads, each with products on an OpenBLAS pool grown to so many threads."""

import sys
import threading

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
from blas_threads import set_openblas_threads

CALLERS, POOL = (int(argument) for argument in sys.argv[1:])

with stage.pool("openblas", "numpy.libs"):
    set_openblas_threads(POOL)
    a = np.random.default_rng(14).standard_normal((600, 600))
    a @ a


def work():
    stage.python_thread()
    for _ in stage.rounds():
        a @ a


workers = [threading.Thread(target=work) for _ in range(CALLERS)]
stage.ready()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stage.finish()
