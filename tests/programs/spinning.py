"""Short products with serial Python between them: OpenBLAS's idle thread spins in the meantime.

OpenBLAS's workers spin for about 0.1 s after each call before they sleep.
"""

import stage

with stage.pool("openblas", "numpy.libs"):
    import numpy as np

a = np.random.default_rng(15).standard_normal((300, 300))
a @ a


def serial(count):
    total = 0
    for number in range(count):
        total += number * number
    return total


stage.ready()
for _ in stage.rounds():
    a @ a
    serial(300_000)
stage.finish()
