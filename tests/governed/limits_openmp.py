"""omp_set_num_threads, nested regions and BLAS inside of a region, while governed."""

import ctypes
import sys

import look
import numpy as np
import threadpoolctl

import corewise

corewise.govern(cores=2)
team = ctypes.CDLL(sys.argv[1])
gomp = ctypes.CDLL("libgomp.so.1")
seen = {}
for count in (1, 2, 6):
    gomp.omp_set_num_threads(count)
    seen[f"set_{count}"] = [gomp.omp_get_max_threads(), team.asks(), team.team(), team.asks()]
with threadpoolctl.threadpool_limits(1, user_api="openmp"):
    seen["limit_1"] = [team.asks(), team.team()]
seen["after"] = [team.asks(), team.team()]
seen["nested"] = [team.nested(), team.team()]
corewise.ungovern()
seen["ungoverned"] = [team.asks(), team.team()]
a = np.ones((500, 500))
look.say(right=bool((a @ a == 500).all()), **seen)
