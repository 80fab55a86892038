"""Multiplies by MKL, called from a library and by ctypes, and counts the threads it has then."""

import ctypes
import os
import sys

import look
import numpy as np

import corewise

module, runtime, govern = sys.argv[1:]
if govern == "governed":
    corewise.govern(cores=2)
N = 500
A, C = np.ones((N, N)), np.zeros((N, N))
before = len(os.listdir("/proc/self/task"))
library, mkl = ctypes.CDLL(module), ctypes.CDLL(runtime)
address = [ctypes.c_void_p(array.ctypes.data) for array in (A, C)]
library.multiply(N, *address)
right = bool((C == N).all())
numbers = (101, 111, 111, N, N, N)
one, zero = ctypes.c_double(1), ctypes.c_double(0)
mkl.cblas_dgemm(*numbers, one, address[0], N, address[0], N, zero, address[1], N)
started = len(os.listdir("/proc/self/task")) - before
corewise.ungovern()
look.say(
    right=right and bool((C == N).all()),
    started=started,
    reads=mkl.MKL_Get_Max_Threads(),
)
