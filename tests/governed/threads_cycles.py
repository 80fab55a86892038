"""Governs and ungoverns again and again while other threads compute."""

import sys
import threading

import look
import numpy as np
import scipy.linalg

import corewise

CYCLES = int(sys.argv[1])
A = np.random.default_rng(0).standard_normal((150, 150))
SPD = A @ A.T + 150 * np.eye(150)
WANTED = [A @ A, np.linalg.solve(SPD, A), scipy.linalg.cholesky(SPD)]
stop = threading.Event()
wrong = []
calls = [0] * 4


def compute(number):
    while not stop.is_set():
        results = [A @ A, np.linalg.solve(SPD, A), scipy.linalg.cholesky(SPD)]
        if not all(np.allclose(x, y) for x, y in zip(results, WANTED, strict=True)):
            wrong.append(number)
        calls[number] += 1


before = look.numbers()
threads = [threading.Thread(target=compute, args=(number,), daemon=True) for number in range(4)]
for thread in threads:
    thread.start()
for cycle in range(CYCLES):
    corewise.govern(cores=1 + cycle % 2)
    if cycle % 3:
        corewise.govern(cores=2)
    seen = sum(calls)
    while sum(calls) < seen + 2:
        pass
    corewise.ungovern()
stop.set()
for thread in threads:
    thread.join(20)
stuck = [thread.is_alive() for thread in threads]
corewise.govern(cores=2)
A @ A
used = look.number_of("numpy")
corewise.ungovern()
look.say(wrong=wrong, stuck=stuck, before=before, after=look.numbers(), used=used)
