"""numexpr: a pool of its own threads."""

import numpy as np
import stage

with stage.pool("numexpr", "numexpr"):
    import numexpr

    numexpr.set_num_threads(2)
    a = np.random.default_rng(12).standard_normal(2_000_000)
    numexpr.evaluate("sin(a) * cos(a) + a ** 2")

stage.ready()
for _ in stage.rounds():
    b = numexpr.evaluate("sin(a) * cos(a) + a ** 2")
stage.finish(check=float(b[0]))
