"""Products just above OpenBLAS's threshold for threads: each is over in tens of microseconds."""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np

a = np.random.default_rng(18).standard_normal((128, 128))
out = np.empty_like(a)

stage.ready()
for _ in stage.rounds():
    for _ in range(1000):
        np.matmul(a, a, out=out)
stage.finish()
