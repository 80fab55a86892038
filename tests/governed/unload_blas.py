"""Loads a second OpenBLAS (a copy of NumPy's file), uses and unloads it, several times."""

import _ctypes
import ctypes
import shutil
import sys
import threading

import look
import numpy as np

import corewise

A = np.random.default_rng(0).standard_normal((200, 200))
PRODUCT = A @ A
corewise.govern(cores=2)
(own,) = look.copies()
copy = shutil.copy(own, sys.argv[1])


def multiply(library):
    out = np.zeros((200, 200))
    gemm = library.scipy_cblas_dgemm64_
    gemm.restype = None
    pointer, integer, real = ctypes.c_void_p, ctypes.c_longlong, ctypes.c_double
    gemm.argtypes = [ctypes.c_int] * 3 + [integer] * 3 + [real, pointer, integer, pointer, integer]
    gemm.argtypes += [real, pointer, integer]
    at = A.ctypes.data
    gemm(101, 111, 111, 200, 200, 200, 1.0, at, 200, at, 200, 0.0, out.ctypes.data, 200)
    return np.allclose(out, PRODUCT)


right = []
used = []
for _ in range(8):
    library = ctypes.CDLL(copy)
    right.append(bool(multiply(library)))
    used.append(ctypes.c_int.in_dll(library, "blas_cpu_number").value)
    library.scipy_openblas_set_num_threads64_(1)
    right.append(bool(multiply(library)))
    used.append(ctypes.c_int.in_dll(library, "blas_cpu_number").value)
    # NumPy's own copy has its own limit.
    right.append(np.allclose(A @ A, PRODUCT))
    used.append(ctypes.c_int.in_dll(ctypes.CDLL(own), "blas_cpu_number").value)
    _ctypes.dlclose(library._handle)
if sys.argv[2] == "computes":
    # Two callers: when the first one leaves, the other may have its cores.
    def compute():
        for _ in range(200):
            A @ A

    threads = [threading.Thread(target=compute) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
corewise.ungovern()
right.append(np.allclose(A @ A, PRODUCT))
look.say(right=all(map(bool, right)), used=used, after=look.numbers())
