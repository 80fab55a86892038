"""Several threads import at once after govern(); every library is hooked in the end."""

import importlib
import sys
import threading

import look

import corewise

# Packages that do not import one another: NumPy and SciPy fail where two threads import parts of
# them at once, with and without the governor. NumPy first, for the same reason.
NAMES = ["scipy.linalg", "numexpr", "numba", "sqlite3", "ssl"]
corewise.govern(cores=2)
importlib.import_module("numpy")
start = threading.Barrier(len(NAMES))
failed = []


def load(name):
    start.wait()
    try:
        importlib.import_module(name)
    except Exception as error:
        failed.append(f"{name}: {error!r}")


threads = [threading.Thread(target=load, args=(name,)) for name in NAMES]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
np, threadpoolctl = map(importlib.import_module, ("numpy", "threadpoolctl"))
dgemm = importlib.import_module("scipy.linalg.blas").dgemm
A = np.random.default_rng(0).standard_normal((500, 500))
with threadpoolctl.threadpool_limits(1):
    A @ A
    dgemm(1.0, A, A)
    limited = look.numbers()
A @ A
dgemm(1.0, A, A)
found = corewise.governed().slots
corewise.ungovern()
corewise.govern(cores=2)
look.say(
    failed=failed,
    limited=limited,
    used=look.numbers(),
    found=found,
    all=corewise.governed().slots,
    modules=len(sys.modules),
)
