"""Does at random, for a bounded time, whatever a program can do to its thread pools.

Threads compute, children are forked and killed, libraries are imported and loaded, limits are set,
signals arrive, the governor comes and goes. All results are checked.
"""

import _ctypes
import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time

import look
import numpy as np
import scipy.linalg
import threadpoolctl

import corewise

seed, seconds, library_path = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
signal.setitimer(signal.ITIMER_REAL, seconds + 40)
chance = random.Random(seed)
numbers = np.random.default_rng(seed)
A = numbers.standard_normal((100, 100))
SPD = A @ A.T + 100 * np.eye(100)
WANTED = [A @ A, np.linalg.solve(SPD, A), scipy.linalg.cholesky(SPD), np.linalg.svd(A)[1]]
runtime = ctypes.CDLL("libgomp.so.1")
stop = threading.Event()
problems = []
done = {}
last = []
calls = {}
short = []
path = os.environ.get("COREWISE_SESSION")
LIMITS = threading.Lock()


def problem(text):
    """With what was done last, the newest at the end."""
    problems.append(f"{text}, after {', '.join(last[-3:])}")


def right():
    found = [A @ A, np.linalg.solve(SPD, A), scipy.linalg.cholesky(SPD), np.linalg.svd(A)[1]]
    return all(np.allclose(x, y, atol=1e-8) for x, y in zip(found, WANTED, strict=True))


def check(what):
    if not right():
        problem(f"wrong result: {what}")


def compute(number):
    while not stop.is_set():
        check(f"thread {number}")
        calls[number] = calls.get(number, 0) + 1


def fork_and_leave():
    pid = os.fork()
    if pid == 0:
        os._exit(0 if right() else 1)
    end = look.end_of(pid, 20)
    if end != 0:
        problem(f"a forked child ended with {end}")


def fork_and_kill():
    """The child is killed at some moment of its calls."""
    pid = os.fork()
    if pid == 0:
        threading.Thread(target=compute, args=("child",), daemon=True).start()
        while True:
            right()
    for _ in range(chance.randrange(1, 4)):
        check("beside a child")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def spawn_and_kill():
    code = "import numpy as n; a = n.ones((150, 150))\nwhile True: a @ a"
    child = subprocess.Popen([sys.executable, "-c", code])
    for _ in range(chance.randrange(1, 30)):
        check("beside a process")
    child.kill()
    child.wait()


def limit():
    """One thread at a time, or the limits themselves would be left in the wrong order."""
    with LIMITS, threadpoolctl.threadpool_limits(chance.randrange(1, 4)):
        check("limited")


def load_and_unload():
    library = ctypes.CDLL(library_path)
    if library.team() > 2:
        problem("a team above the budget")
    _ctypes.dlclose(library._handle)


def import_something():
    name = chance.choice(["scipy.fft", "scipy.sparse.linalg", "scipy.optimize", "numpy.polynomial"])
    __import__(name)


def begin_anew():
    """Leaves the session, governs alone, and comes back."""
    corewise.ungovern()
    if chance.random() < 0.5:
        corewise.govern(cores=chance.randrange(1, 3))
        check("alone")
        corewise.ungovern()
    corewise._native.join(path)
    os.environ["COREWISE_SESSION"] = path
    # A fork beside calls that began before is a test of its own (fork_early.py).
    for thread in short:
        thread.join()
    short.clear()
    seen = [calls.get(number, 0) for number in range(3)]
    while any(calls.get(number, 0) < then + 2 for number, then in enumerate(seen)):
        time.sleep(0.001)


def signal_self():
    signal.raise_signal(signal.SIGUSR1)


def thread_that_ends():
    thread = threading.Thread(target=check, args=("short thread",))
    thread.start()
    short.append(thread)


ACTIONS = [
    fork_and_leave,
    fork_and_kill,
    spawn_and_kill,
    limit,
    load_and_unload,
    import_something,
    begin_anew,
    signal_self,
    thread_that_ends,
]

signal.signal(signal.SIGUSR1, lambda number, frame: check("signal handler"))
signal.signal(signal.SIGVTALRM, lambda number, frame: check("timer"))
signal.setitimer(signal.ITIMER_VIRTUAL, 0.2, 0.2)
before = sorted(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
threads = [threading.Thread(target=compute, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
end = time.monotonic() + seconds
while time.monotonic() < end:
    action = chance.choice(ACTIONS)
    last.append(action.__name__)
    action()
    done[action.__name__] = done.get(action.__name__, 0) + 1
stop.set()
for thread in threads:
    thread.join(20)
stuck = [thread.is_alive() for thread in threads]
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
# No core has leaked: alone again, this process has the whole budget.
begin = time.monotonic()
while True:
    A @ A
    used = look.number_of("numpy")
    if used == 2 or time.monotonic() - begin > 2:
        break
    time.sleep(0.005)
after = sorted(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
look.say(seed=seed, done=done, problems=problems, stuck=stuck, used=used)
look.say(before=before, after=after, active=corewise.governed().active)
# Ends while a thread computes.
stop.clear()
threading.Thread(target=compute, args=("last",), daemon=True).start()
sys.exit(0)
