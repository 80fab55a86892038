"""Warms up one pool after the other and says which threads each of them started.

Prints `ready` and a JSON list of [runtime, part of the library's path, threads]. A pool's threads
are those that are there after its first use and were not before. Threads that Python starts itself
are last. Arguments: Numba's layer; `busy` to keep all pools at work afterwards.
"""

import json
import os
import sys
import threading

layer, mode = sys.argv[1], sys.argv[2]
os.environ["OPENBLAS_NUM_THREADS"] = "3"
os.environ["OMP_NUM_THREADS"] = "3"
os.environ["NUMBA_NUM_THREADS"] = "3"
os.environ["NUMBA_THREADING_LAYER"] = layer
os.environ["NUMEXPR_NUM_THREADS"] = "3"
os.environ["OPENBLAS_THREAD_TIMEOUT"] = "20"


def threads():
    return set(map(int, os.listdir("/proc/self/task")))


truth = []
before = threads()


def started(runtime, path):
    global before
    now = threads()
    truth.append([runtime, path, sorted(now - before)])
    before = now


import numpy

numpy.ones((300, 300)) @ numpy.ones((300, 300))
started("OpenBLAS", "numpy.libs/")

import scipy.linalg.blas

scipy.linalg.blas.dgemm(1.0, numpy.ones((300, 300)), numpy.ones((300, 300)))
started("OpenBLAS", "scipy.libs/")

from sklearn.ensemble import HistGradientBoostingRegressor

points = numpy.random.default_rng(0).random((2000, 8))
model = HistGradientBoostingRegressor(max_iter=3)
model.fit(points, points[:, 0])
started("libgomp", "scikit_learn.libs/")

import numexpr

numbers = numpy.ones(1_000_000)
numexpr.evaluate("numbers * 2 + 1")
started("numexpr", "numexpr/")

import numba


@numba.njit(parallel=True)
def total(values):
    result = 0.0
    for index in numba.prange(values.size):
        result += values[index]
    return result


total(numbers)
if layer == "omp":
    # Numba's layer is linked to the system's libgomp, a copy of its own beside scikit-learn's.
    started("libgomp", "/libgomp.so.1")
else:
    started("Numba workqueue", "numba/")

end = threading.Event()
for _ in range(2):
    threading.Thread(target=end.wait, daemon=True).start()


def work():
    # One thread for all: two of them in one OpenMP pool would make it start a second team.
    while True:
        numpy.ones((500, 500)) @ numpy.ones((500, 500))
        model.fit(points, points[:, 0])
        numexpr.evaluate("numbers * 2 + 1")
        total(numbers)


def spin():
    while True:
        pass


if mode == "busy":
    threading.Thread(target=spin, daemon=True).start()
started("Python", "")

print("ready", json.dumps(truth), flush=True)
if mode == "busy":
    work()
sys.stdin.read()
