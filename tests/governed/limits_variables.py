"""Says what the pools use under the variables that the test has set."""

import ctypes
import sys

import look
import numpy as np
import threadpoolctl

import corewise

if corewise.governed().active is False:
    corewise.govern(cores=2)
team = ctypes.CDLL(sys.argv[1])
a = np.ones((500, 500))
a @ a
info = threadpoolctl.threadpool_info()
look.say(
    blas=look.number_of("numpy"),
    blas_reported=[p["num_threads"] for p in info if p["internal_api"] == "openblas"],
    openmp=team.team(),
    openmp_asks=team.asks(),
    clause=[team.team_of(1), team.team_of(2), team.team_of(6)],
)
