"""A Pythran module with an OpenMP loop: the system's libgomp."""

import numpy as np
import stage
from pythran_sum import pythran_total

a = np.random.default_rng(11).standard_normal((2000, 2000))
with stage.pool("libgomp", "libgomp.so"):
    pythran_total(a)

stage.ready()
for _ in stage.rounds():
    value = pythran_total(a)
stage.finish(check=value)
