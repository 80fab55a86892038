"""Governs again and again while a thread of C code loads copies of OpenBLAS; says what each copy's
getter and pool say in the end."""

import ctypes
import pathlib
import shutil
import sys

import look
import numpy as np

import corewise

COPIES = 8


def getter(library):
    (name,) = [
        name
        for name in ("scipy_openblas_get_num_threads64_", "scipy_openblas_get_num_threads")
        if hasattr(library, name)
    ]
    return getattr(library, name)


def main():
    folder = pathlib.Path(sys.argv[1])
    np.ones((100, 100)) @ np.ones((100, 100))
    (path,) = [path for path in look.copies() if "/numpy.libs/" in path]
    paths = [folder / f"libopenblas-{number}.so" for number in range(COPIES)]
    for copy in paths:
        shutil.copy(path, copy)
    loader = ctypes.CDLL(sys.argv[2])
    names = (ctypes.c_char_p * COPIES)(*(str(copy).encode() for copy in paths))
    assert loader.start(names, COPIES) == 0
    rounds = 0
    while loader.loaded_so_far() < COPIES:
        corewise.govern(cores=2)
        rounds += 1
    assert loader.finish() == COPIES
    loaded = [ctypes.CDLL(str(copy)) for copy in paths]
    corewise.govern(cores=2)
    look.say(
        rounds=rounds,
        limits=[getter(library)() for library in loaded],
        pools=[ctypes.c_int.in_dll(library, "blas_num_threads").value for library in loaded],
    )


main()
