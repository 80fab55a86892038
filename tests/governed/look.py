"""What the programs in this folder look at: thread counts as the libraries have them.

A program that hangs ends with the stacks of all its threads.
"""

import ctypes
import faulthandler
import json
import os
import select
import signal
import threading
import time

# By a signal, not faulthandler's thread: in a forked process the exit would wait for that one.
faulthandler.register(signal.SIGALRM, all_threads=True, chain=True)
signal.setitimer(signal.ITIMER_REAL, float(os.environ.get("TEST_WATCHDOG", "45")))


def copies():
    """The paths of the copies of OpenBLAS in this process."""
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[-1].strip() for line in maps if "openblas" in line}
    return sorted(paths)


def numbers(name="blas_cpu_number"):
    """A variable of each OpenBLAS: by default the thread count of its next parallel part."""
    return [ctypes.c_int.in_dll(ctypes.CDLL(path), name).value for path in copies()]


def number_of(copy, name="blas_cpu_number"):
    """As `numbers`, of one copy: `numpy` or `scipy`."""
    (path,) = [path for path in copies() if f"/{copy}.libs/" in path]
    return ctypes.c_int.in_dll(ctypes.CDLL(path), name).value


def state():
    """Whether and by what this process is governed."""
    import corewise

    governed = corewise.governed()
    return {
        "active": governed.active,
        "budget": governed.budget,
        "session": os.environ.get("COREWISE_SESSION"),
    }


def helpers():
    """The threads that are not Python's: the pools'."""
    own = {str(thread.native_id) for thread in threading.enumerate()}
    return [f"/proc/self/task/{tid}" for tid in set(os.listdir("/proc/self/task")) - own]


def helped():
    """CPU time in ns of the pools' threads."""
    total = 0
    for thread in helpers():
        with open(f"{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total


def wait_for_idle():
    """Until the pools' threads sleep: idle ones spin for a moment."""
    while True:
        states = []
        for thread in helpers():
            with open(f"{thread}/stat") as file:
                states.append(file.read().rpartition(")")[2].split()[0])
        if "R" not in states:
            return
        time.sleep(0.01)


def say(**facts):
    """Tells the test."""
    print(json.dumps(facts), flush=True)


def end_of(pid, seconds=10):
    """How a child ended: its exit code, minus its signal, or `hung` (it is killed then)."""
    descriptor = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)
    if not ended:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        return "hung"
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
