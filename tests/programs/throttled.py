"""Two busy threads: started by the test in a cgroup whose quota is below what they want."""

import threading

import numpy as np
import stage


def work(seed):
    stage.python_thread()
    a = np.random.default_rng(seed).standard_normal(1_000_000)
    out = np.empty_like(a)
    for _ in stage.rounds():
        np.sin(a, out=out)


workers = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
stage.ready()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stage.finish()
