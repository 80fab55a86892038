"""Loads and unloads libraries that are hooked, while threads compute, and calls each."""

import _ctypes
import ctypes
import sys
import threading
import time

import look
import numpy as np

import corewise

# Stays: libgomp's idle threads would not survive its being unloaded, governed or not.
runtime = ctypes.CDLL("libgomp.so.1")
corewise.govern(cores=2)
A = np.random.default_rng(0).standard_normal((200, 200))
PRODUCT = A @ A
stop = threading.Event()
wrong = []


def compute():
    while not stop.is_set():
        if not np.allclose(A @ A, PRODUCT):
            wrong.append(1)


threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads:
    thread.start()
sizes = set()
slots = set()
for turn in range(40):
    # By turns, so that one may lie where another one was.
    for path in sys.argv[1:] if turn % 2 else reversed(sys.argv[1:]):
        library = ctypes.CDLL(path)
        sizes.add(library.team())
        _ctypes.dlclose(library._handle)
    slots.add(corewise.governed().slots)
stop.set()
for thread in threads:
    thread.join()
before = corewise.governed().slots
libraries = [ctypes.CDLL(path) for path in sys.argv[1:]]
loaded = corewise.governed().slots
# The threads that have ended count as callers for some ms more.
deadline = time.monotonic() + 2
while (last := [library.team() for library in libraries]) != [2, 2]:
    if time.monotonic() > deadline:
        break
for library in libraries:
    _ctypes.dlclose(library._handle)
corewise.ungovern()
libraries = [ctypes.CDLL(path) for path in sys.argv[1:]]
look.say(
    sizes=sorted(sizes),
    steady=max(slots) - min(slots) <= 8 * len(libraries),
    hooked=loaded >= before,
    wrong=wrong,
    last=last,
    ungoverned=[library.team() for library in libraries],
)
