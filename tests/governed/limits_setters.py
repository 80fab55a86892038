"""Calls each setter and getter of NumPy's and SciPy's OpenBLAS by ctypes while governed."""

import ctypes

import look
import numpy as np
import scipy.linalg

import corewise

A = np.random.default_rng(0).standard_normal((500, 500))
NAMES = {
    "numpy": ("scipy_openblas_set_num_threads64_", "scipy_openblas_get_num_threads64_"),
    "scipy": ("scipy_openblas_set_num_threads", "scipy_openblas_get_num_threads"),
}
CALLS = {"numpy": lambda: A @ A, "scipy": lambda: scipy.linalg.blas.dgemm(1.0, A, A)}


def library(copy):
    (path,) = [path for path in look.copies() if f"/{copy}.libs/" in path]
    return ctypes.CDLL(path)


corewise.govern(cores=2)
seen = {}
for copy, (setter, getter) in NAMES.items():
    loaded = library(copy)
    put, get = getattr(loaded, setter), getattr(loaded, getter)
    row = []
    for count in (1, 2, 5, 1):
        put(count)
        CALLS[copy]()
        row.append([get(), look.number_of(copy)])
    # Below 1 means what the library had chosen.
    put(0)
    CALLS[copy]()
    row.append([get() > 0, look.number_of(copy)])
    local = setter.replace("num_threads", "num_threads_local")
    if hasattr(loaded, local):
        put(2)
        last = getattr(loaded, local)(1)
        CALLS[copy]()
        row.append([last, get(), look.number_of(copy)])
    put(2)
    seen[copy] = row
corewise.ungovern()
look.say(**seen, after=look.numbers())
