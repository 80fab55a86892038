"""A kernel density estimate: one busy thread in compiled code."""

import numpy as np
import stage
from scipy.stats import gaussian_kde

rng = np.random.default_rng(5)
density = gaussian_kde(rng.standard_normal((2, 4000)))
points = rng.standard_normal((2, 1000))

stage.ready()
for _ in stage.rounds():
    values = density(points)
stage.finish(check=float(values.sum()))
