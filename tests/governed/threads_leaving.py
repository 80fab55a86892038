"""Leaves its session in the middle of BLAS calls, of four threads."""

import sys
import threading

import numpy as np

import corewise

A = np.ones((60, 60))
started = threading.Barrier(5)


def compute():
    A @ A
    started.wait()
    while True:
        A @ A


for _ in range(4):
    threading.Thread(target=compute, daemon=True).start()
started.wait()
session = corewise._native
for _ in range(int(sys.argv[1])):
    corewise.ungovern()
    session.join(sys.argv[2])
corewise.ungovern()
A @ A
