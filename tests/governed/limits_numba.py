"""numba.set_num_threads on its OpenMP layer: how many threads run a prange."""

import os

os.environ["NUMBA_THREADING_LAYER"] = "omp"
import look
import numba
import numpy as np

import corewise


@numba.njit(parallel=True, cache=False)
def threads_of(count):
    seen = np.zeros(64, dtype=np.int64)
    for i in numba.prange(count):
        seen[numba.get_thread_id()] += i >= 0
    return seen


corewise.govern(cores=2)
facts = {}
for count in (1, 2, 6):
    numba.set_num_threads(count)
    seen = threads_of(64)
    facts[f"set_{count}"] = [numba.get_num_threads(), int((seen > 0).sum()), int(seen.sum())]
corewise.ungovern()
seen = threads_of(64)
facts["ungoverned"] = [numba.get_num_threads(), int((seen > 0).sum()), int(seen.sum())]
look.say(layer=numba.threading_layer(), **facts)
