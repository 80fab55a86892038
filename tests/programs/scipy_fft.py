"""Fourier transforms with `workers=2`: threads of SciPy's own extension module, no runtime."""

import numpy as np
import scipy.fft
import stage

a = np.random.default_rng(3).standard_normal((512, 4096))
with stage.native("fft"):
    scipy.fft.fft(a, workers=2)

stage.ready()
for _ in stage.rounds():
    b = scipy.fft.fft(a, workers=2)
stage.finish(check=float(abs(b[0, 0])))
