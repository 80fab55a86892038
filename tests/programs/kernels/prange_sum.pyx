# cython: language_level=3, boundscheck=False, wraparound=False
"""A Cython prange loop, built with -fopenmp when the tests are set up."""

from cython.parallel import prange
from libc.math cimport cos, sin


def total(double[:, ::1] a):
    cdef Py_ssize_t i, j
    cdef double result = 0
    for i in prange(a.shape[0], nogil=True, schedule="static"):
        for j in range(a.shape[1]):
            result += sin(a[i, j]) * cos(a[i, j])
    return result
