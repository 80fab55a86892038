"""Regions of Intel's OpenMP: the sizes of their teams, governed and not."""

import ctypes
import sys

import look
import numpy as np

import corewise

runtime_path, library_path = sys.argv[1:]
runtime = ctypes.CDLL(runtime_path, ctypes.RTLD_GLOBAL)
library = ctypes.CDLL(library_path)


def sizes():
    library.team()
    return [library.asks(), library.team(), library.team_of(1), library.team_of(4), library.team()]


alone = sizes()
corewise.govern(cores=2)
facts = {"alone": alone, "governed": sizes(), "sum": library.sum()}
runtime.omp_set_num_threads(1)
facts["set_1"] = sizes()
runtime.omp_set_num_threads(3)
corewise.ungovern()
facts["ungoverned"] = sizes()
a = np.ones((300, 300))
look.say(right=bool((a @ a == 300).all()), **facts)
