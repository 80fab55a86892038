"""The limit of processes is reached after the pools have started, and before the first call."""

import resource
import sys

import numpy as np

if "--govern" in sys.argv:
    import corewise

    corewise.govern(cores=2)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
a = np.ones((400, 400))
print("right" if (a @ a == 400).all() else "wrong")
