"""Four Python threads, each with products on an OpenBLAS pool grown to 16 threads."""

import threading

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np
from blas_threads import set_openblas_threads

with stage.pool("openblas", "numpy.libs"):
    set_openblas_threads(16)
    a = np.random.default_rng(14).standard_normal((300, 300))
    a @ a


def work():
    stage.python_thread()
    for _ in stage.rounds():
        a @ a


workers = [threading.Thread(target=work) for _ in range(4)]
stage.ready()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stage.finish()
