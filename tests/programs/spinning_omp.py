"""An OpenMP pool told to wait actively (OMP_WAIT_POLICY=active) beside serial Python."""

import numpy as np
import stage
from prange_sum import total

a = np.random.default_rng(16).standard_normal((50, 2000))
with stage.pool("libgomp", "libgomp.so"):
    total(a)


def serial(count):
    result = 0
    for number in range(count):
        result += number * number
    return result


stage.ready()
for _ in stage.rounds():
    total(a)
    serial(300_000)
stage.finish()
