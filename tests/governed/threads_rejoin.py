"""Leaves its session and joins it again while four threads compute, then looks at its share."""

import os
import sys
import threading
import time

import look
import numpy as np

import corewise
from corewise import _native

A, SMALL = np.ones((300, 300)), np.ones((70, 70))
path = os.environ["COREWISE_SESSION"]
stop = threading.Event()
right = []


def compute():
    while not stop.is_set():
        if not (SMALL @ SMALL == 70).all():
            right.append(False)


threads = [threading.Thread(target=compute) for _ in range(4)]
for thread in threads:
    thread.start()
end = time.monotonic() + float(sys.argv[1])
cycles = 0
while time.monotonic() < end:
    corewise.ungovern()
    _native.join(path)
    cycles += 1
stop.set()
for thread in threads:
    thread.join()
begin = time.monotonic()
while True:
    A @ A
    used = look.number_of("numpy")
    if used == 2 or time.monotonic() - begin > 2:
        break
    time.sleep(0.005)
look.say(cycles=cycles, used=used, wrong=len(right))
