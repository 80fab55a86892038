"""Governs while others are in BLAS, and forks at once: their calls began before any hook."""

import os
import threading
import time

import look
import numpy as np

import corewise

A = np.random.default_rng(0).standard_normal((700, 700))
PRODUCT = A @ A
stop = threading.Event()
calls = [0] * 4
wrong = []


def compute(number):
    while not stop.is_set():
        if not np.allclose(A @ A, PRODUCT):
            wrong.append(number)
        calls[number] += 1


threads = [threading.Thread(target=compute, args=(number,), daemon=True) for number in range(4)]
for thread in threads:
    thread.start()
while not all(calls):
    time.sleep(0.001)
ends = []
for _ in range(6):
    corewise.govern(cores=2)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if np.allclose(A @ A, PRODUCT) else 1)
    ends.append(look.end_of(pid, 5))
    if ends[-1] != 0:
        break
    corewise.ungovern()
after = list(calls)
deadline = time.monotonic() + 10
while any(now < then + 2 for now, then in zip(calls, after, strict=True)):
    if time.monotonic() > deadline:
        break
    time.sleep(0.001)
went_on = [now >= then + 2 for now, then in zip(calls, after, strict=True)]
look.say(ends=ends, wrong=wrong, went_on=went_on)
os._exit(0)
