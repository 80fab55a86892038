"""Loads libraries in the way and order that are named, and says the sizes of their teams."""

import ctypes
import os
import sys

import look
import numpy as np

import corewise

order, bound, *paths = sys.argv[1:]
process = ctypes.CDLL(None)
process.dlopen.restype = ctypes.c_void_p
process.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
MODES = {"lazily": os.RTLD_LAZY, "now": os.RTLD_NOW, "globally": os.RTLD_NOW | os.RTLD_GLOBAL}


def load(path):
    handle = process.dlopen(path.encode(), MODES[bound])
    assert handle, path
    return ctypes.CDLL(path, handle=handle)


def teams(libraries):
    return [library.team() for library in libraries]


if order == "after":
    corewise.govern(cores=2)
libraries = [load(path) for path in paths]
alone = None
if order == "called":
    alone = teams(libraries)
if order in ("before", "called"):
    corewise.govern(cores=2)
first, second = teams(libraries), teams(libraries)
asks = [library.asks() for library in libraries]
refused = corewise.governed().refused
corewise.ungovern()
ungoverned = teams(libraries)
corewise.govern(cores=1)
again = teams(libraries)
corewise.ungovern()
a = np.ones((300, 300))
look.say(
    alone=alone,
    first=first,
    second=second,
    asks=asks,
    refused=refused,
    ungoverned=ungoverned,
    again=again,
    last=teams(libraries),
    right=bool((a @ a == 300).all()),
)
