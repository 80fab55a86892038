"""OpenMP regions of microseconds on far too many threads: started with OMP_NUM_THREADS=8."""

import numpy as np
import stage
from prange_sum import total

a = np.random.default_rng(17).standard_normal((16, 8))
with stage.pool("libgomp", "libgomp.so"):
    total(a)

stage.ready()
for _ in stage.rounds():
    for _ in range(1000):
        value = total(a)
stage.finish(check=value)
