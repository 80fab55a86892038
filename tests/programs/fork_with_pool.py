"""A fork while libgomp's pool is alive: in a region the child would hang, so it enters none."""

import os

import numpy as np
import stage
from prange_sum import total

a = np.random.default_rng(21).standard_normal((1000, 2000))
with stage.pool("libgomp", "libgomp.so"):
    total(a)

stage.ready()
child = os.fork()
if child == 0:
    for _ in stage.rounds():
        np.sort(a, axis=None)
    os._exit(0)
for _ in stage.rounds():
    total(a)
os.waitpid(child, 0)
stage.worker({"pid": child, "threads": {str(child): {"main": True}}})
stage.finish()
