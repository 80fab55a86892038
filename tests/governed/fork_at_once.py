"""Two threads fork at the same time (in C, without the GIL) while four are in BLAS."""

import ctypes
import os
import sys
import threading
import time

import look
import numpy as np

import corewise

A = np.random.default_rng(0).standard_normal((400, 400))
WANTED = A @ A
corewise.govern(cores=2)
library = ctypes.CDLL(sys.argv[1])
stop = threading.Event()
calls = [0] * 4
wrong, bad = [], []


def compute(number):
    while not stop.is_set():
        if not np.allclose(A @ A, WANTED):
            wrong.append(number)
        calls[number] += 1


threads = [threading.Thread(target=compute, args=(number,), daemon=True) for number in range(4)]
for thread in threads:
    thread.start()
while not all(calls):
    time.sleep(0.001)
forkers = [
    threading.Thread(target=lambda: bad.append(library.forks(15)), daemon=True) for _ in range(2)
]
for forker in forkers:
    forker.start()
for forker in forkers:
    forker.join(15)
after = list(calls)
deadline = time.monotonic() + 10
while any(now < then + 2 for now, then in zip(calls, after, strict=True)):
    if time.monotonic() > deadline:
        break
    time.sleep(0.001)
look.say(bad=bad, wrong=wrong)
look.say(went_on=[now >= then + 2 for now, then in zip(calls, after, strict=True)])
os._exit(0)
