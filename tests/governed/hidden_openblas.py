"""An OpenBLAS that exports its routines alone, as NumPy's wheels have it from 2.5 on."""

import ctypes
import os
import sys
import threading

import look
import numpy as np
import scipy_openblas64

import corewise

PATH = os.path.join(scipy_openblas64.get_lib_dir(), scipy_openblas64.get_library(True))
SIZE = 700
A = np.random.default_rng(0).standard_normal((SIZE, SIZE))
EXPECTED = A @ A


def multiplier():
    """A function that multiplies by it, looked up now: what was looked up before is not hooked."""
    dgemm = library["scipy_cblas_dgemm64_"]
    dgemm.restype = None
    long, double, array = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
    dgemm.argtypes = [ctypes.c_int] * 3 + [long] * 3 + [double, array, long, array, long]
    dgemm.argtypes += [double, array, long]

    def multiply():
        result = np.empty_like(A)
        row, plain = 101, 111
        numbers = (row, plain, plain, SIZE, SIZE, SIZE, 1.0, A.ctypes.data, SIZE, A.ctypes.data)
        dgemm(*numbers, SIZE, 0.0, result.ctypes.data, SIZE)
        return bool(np.allclose(result, EXPECTED))

    return multiply


def helpers_of(call):
    look.wait_for_idle()
    begin = look.helped()
    for _ in range(5):
        assert call()
    return look.helped() - begin


when = sys.argv[1]
if when == "before":
    corewise.govern(cores=2)
library = ctypes.CDLL(PATH)
library.scipy_openblas_set_num_threads64_(4)
number = library.scipy_openblas_get_num_threads64_
right = multiplier()()
if when == "after":
    corewise.govern(cores=2)
multiply = multiplier()
(pool,) = [pool for pool in corewise.pools() if pool.path == os.path.realpath(PATH)]
with corewise.limits(1):
    limited = [number(), helpers_of(multiply)]
free = helpers_of(multiply)

# Plain OpenBLAS hangs when a process forks while another thread is inside of it.
over = threading.Event()


def compute():
    while not over.is_set():
        multiply()


thread = threading.Thread(target=compute)
thread.start()
ended = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        os._exit(0 if multiply() else 1)
    ended.append(look.end_of(child))
over.set()
thread.join()
read = number()
corewise.ungovern()
look.say(
    right=right,
    governed=pool.governed,
    limited=limited,
    free=free,
    children=ended,
    read=read,
    ungoverned=number(),
    after=multiply(),
)
