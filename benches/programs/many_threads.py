"""Multiplies matrices for some seconds with a pool of 64 threads and prints how many it did.

python many_threads.py SECONDS
"""

import sys
import time

import numpy as np
from threadpoolctl import ThreadpoolController

THREADS = 64

for library in ThreadpoolController().lib_controllers:
    library.set_num_threads(THREADS)

seconds = float(sys.argv[1])
a = np.random.default_rng(0).random((1000, 1000))
a @ a  # starts the pool
begin = time.perf_counter()
done = 0
while time.perf_counter() - begin < seconds:
    a @ a
    done += 1
print(done / (time.perf_counter() - begin))
