"""BLIS, called by ctypes while this process is governed."""

import ctypes
import sys

import look
import numpy as np

import corewise

N = 600
A, C = np.ones((N, N)), np.zeros((N, N))
blis = ctypes.CDLL(sys.argv[1])


def is_right():
    C[:] = 0
    flag, n = ctypes.c_char(b"N"), ctypes.c_int(N)
    one, zero = ctypes.c_double(1), ctypes.c_double(0)
    a, c = (ctypes.c_void_p(array.ctypes.data) for array in (A, C))
    size = ctypes.byref(n)
    flags = [ctypes.byref(flag)] * 2 + [size] * 3 + [ctypes.byref(one)]
    blis.dgemm_(*flags, a, size, a, size, ctypes.byref(zero), c, size)
    return bool((C == N).all())


corewise.govern(cores=2)
right = is_right()
facts = {}
if hasattr(blis, "bli_thread_set_num_threads"):
    facts["first"] = blis.bli_thread_get_num_threads()
    blis.bli_thread_set_num_threads(3)
    right = right and is_right()
    facts["set"] = blis.bli_thread_get_num_threads()
corewise.ungovern()
right = right and is_right()
if facts:
    facts["ungoverned"] = blis.bli_thread_get_num_threads()
look.say(right=right, **facts)
