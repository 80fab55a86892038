"""BLAS from threads that C code starts: many at once, and more in all than there is room for."""

import ctypes
import sys

import look
import numpy as np

import corewise

library = ctypes.CDLL(sys.argv[1])
library.multiply.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_longlong, ctypes.c_int, ctypes.c_int]
corewise.govern(cores=2)
(path,) = look.copies()
gemm = ctypes.cast(ctypes.CDLL(path).scipy_cblas_dgemm64_, ctypes.c_void_p)


def multiply(size, threads, rounds):
    a = np.random.default_rng(0).standard_normal((size, size))
    out = np.zeros((threads, size, size))
    failed = library.multiply(gemm, a.ctypes.data, out.ctypes.data, size, threads, rounds)
    return bool(failed == 0 and np.allclose(out, a @ a))


facts = {
    "few": multiply(200, 4, 5),
    "many": multiply(8, 300, 2),
    "again": all(multiply(8, 100, 1) for _ in range(50)),
}
a = np.ones((400, 400))
a @ a
look.say(used=look.number_of("numpy"), **facts)
