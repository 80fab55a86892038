"""A Cython module with prange: the system's libgomp, entered from the user's own extension."""

import numpy as np
import stage
from prange_sum import total

a = np.random.default_rng(10).standard_normal((2000, 2000))
with stage.pool("libgomp", "libgomp.so"):
    total(a)

stage.ready()
for _ in stage.rounds():
    value = total(a)
stage.finish(check=value)
