"""Forks while four other threads are in BLAS; the children use BLAS and leave.

Without the governor parent and child wait for ever here (OpenBLAS 0.3.31).
"""

import os
import sys
import threading
import time

import look
import numpy as np

import corewise

FORKS = int(sys.argv[2])
random = np.random.default_rng(0)
A = random.standard_normal((300, 300))
B = random.standard_normal((300, 300))
PRODUCT, SOLUTION = A @ B, np.linalg.solve(A, B)
corewise.govern(cores=2)

stop = threading.Event()
calls = [0] * 4
wrong = []


def right():
    return np.allclose(A @ B, PRODUCT) and np.allclose(np.linalg.solve(A, B), SOLUTION, atol=1e-6)


def compute(number):
    while not stop.is_set():
        if not right():
            wrong.append(number)
        calls[number] += 1


def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0 if right() and right() else 1)
    return pid


def fork_all(ends):
    for _ in range(FORKS):
        ends.append(look.end_of(fork()))


threads = [threading.Thread(target=compute, args=(number,), daemon=True) for number in range(4)]
for thread in threads:
    thread.start()
while not all(calls):
    time.sleep(0.001)
ends = []
if sys.argv[1] == "thread":
    forker = threading.Thread(target=fork_all, args=(ends,))
    forker.start()
    forker.join()
else:
    fork_all(ends)
# The parent goes on: every thread ends another call that began after the last fork.
after = list(calls)
deadline = time.monotonic() + 20
while any(now < then + 2 for now, then in zip(calls, after, strict=True)):
    if time.monotonic() > deadline:
        break
    time.sleep(0.001)
stop.set()
for thread in threads:
    thread.join(20)
stuck = [thread.is_alive() for thread in threads]
look.say(ends=ends, went_on=[now >= then + 2 for now, then in zip(calls, after, strict=True)])
look.say(wrong=wrong, stuck=stuck, right=bool(right()))
if any(stuck):
    os._exit(3)
