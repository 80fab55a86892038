"""Calls a library that carries MKL beside code of its own, governed by one core."""

import ctypes
import sys

import look

import corewise

(path,) = sys.argv[1:]
corewise.govern(cores=1)
before = corewise.governed().functions
# Modules that call it have slots for its functions; ctypes asks for them by name.
library = ctypes.CDLL(path)


def pair(function):
    told, had = ctypes.c_int(), ctypes.c_int()
    function(ctypes.byref(told), ctypes.byref(had))
    return [told.value, had.value]


def facts():
    return {
        "factorise": pair(library.factorise),
        "within": pair(library.within),
        "numbered": library.numbered(3),
        "unnumbered": library.unnumbered(),
        "setting": library.MKL_Get_Max_Threads(),
    }


governed = facts()
hooked = corewise.governed().functions - before
corewise.ungovern()
look.say(governed=governed, plain=facts(), hooked=hooked)
