"""libgomp and Intel's libiomp5 in one process, both with a live pool."""

import ctypes
import pathlib
import sys

import numpy as np
import stage
from prange_sum import total

a = np.random.default_rng(20).standard_normal((500, 2000))
with stage.pool("libgomp", "libgomp.so"):
    total(a)

library = pathlib.Path(sys.prefix, "lib", "libiomp5.so")
iomp = ctypes.CDLL(str(library))
REGION = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@REGION
def region(_):
    """What every thread of libiomp5's team calls; ctypes takes the GIL for it."""


# libiomp5 exports libgomp's interface too: start a team through its own copy of it.
with stage.pool("libiomp5", "libiomp5"):
    iomp.GOMP_parallel(region, None, 2, 0)

stage.ready()
for _ in stage.rounds():
    value = total(a)
    iomp.GOMP_parallel(region, None, 2, 0)
stage.finish(check=value)
