"""Ends in the way that is named while four daemon threads are in BLAS."""

import os
import signal
import sys
import threading

import look  # noqa: F401
import numpy as np

how, governed = sys.argv[1:3]
if governed == "govern":
    import corewise

    corewise.govern(cores=2)
A = np.random.default_rng(0).standard_normal((300, 300))
busy = threading.Barrier(5)


def compute(number):
    A @ A
    busy.wait()
    while True:
        A @ A
        np.linalg.solve(A, A)


threads = [threading.Thread(target=compute, args=(n,), daemon=True) for n in range(4)]
for thread in threads:
    thread.start()
busy.wait()
A @ A
print("ready", flush=True)


def leave_thread():
    sys.exit(9)


if how == "end":
    pass
elif how == "exit":
    sys.exit(5)
elif how == "raise":
    raise ValueError("as in any program")
elif how == "_exit":
    os._exit(6)
elif how == "exit_in_thread":
    thread = threading.Thread(target=leave_thread)
    thread.start()
    thread.join()
    sys.exit(4)
elif how == "exit_in_fork":
    pid = os.fork()
    if pid == 0:
        sys.exit(3)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) + 1)
elif how == "exec":
    os.execv("/bin/sh", ["sh", "-c", "exit 8"])
elif how == "wait":
    while True:
        A @ A
else:
    os.kill(os.getpid(), getattr(signal, how))
    while True:
        A @ A
