"""A large host on a small one: pools that by default are larger than the allowed cores.

Two variables, both the benchmark's own and both unset in a plain row:

- `COREWISE_BENCH_POOLS=64`: pools that nobody sized get 64 threads.
- `COREWISE_BENCH_HOST=64`: Python counts 64 cores (`os.cpu_count`, affinity, scikit-learn).

The size has to look like a library's default, not like somebody's wish, since a governor respects
wishes. So:

- libgomp reads `OMP_NUM_THREADS` when it is loaded, whatever comes later. The variable is put in
  this process's environment for the time of the imports only, and only where it is not set.
- OpenBLAS cuts its own variable to the cores it sees, its setter does not cut. The setter is called
  right after the imports, at the address that the C library's `dlsym` gives: a governor that
  watches how `ctypes` looks up setters takes no notice.

The caveat: on a true large host OpenBLAS has its threads before any other code runs. Here a
governor that was there from the start sees a small pool being loaded, and then growing behind its
back. And the host's 64 cores are not there to run anything, which is the point: a container's are
not either.
"""

import ctypes
import importlib
import os

POOLS = "COREWISE_BENCH_POOLS"
HOST = "COREWISE_BENCH_HOST"

SETTERS = (
    b"scipy_openblas_set_num_threads64_",
    b"scipy_openblas_set_num_threads",
    b"openblas_set_num_threads64_",
    b"openblas_set_num_threads",
)


def begin(libraries):
    """Imports the libraries as on the host that the environment tells of. First thing to do."""
    host, pools = os.environ.get(HOST), os.environ.get(POOLS)
    hidden = pools and "OMP_NUM_THREADS" not in os.environ
    if hidden:
        os.environ["OMP_NUM_THREADS"] = pools
    if host:
        _count(int(host))
    for name in libraries:
        importlib.import_module(name)
    if hidden:
        del os.environ["OMP_NUM_THREADS"]
    if pools:
        size = _wanted(int(pools), "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
        for path in _loaded("openblas"):
            _grow(path, size)


def _count(cores):
    os.cpu_count = lambda: cores
    os.sched_getaffinity = lambda pid: set(range(cores))
    # Physical cores, which scikit-learn goes by, are counted by a program (lscpu), once.
    from joblib.externals.loky.backend import context

    context.physical_cores_cache = cores


def _wanted(default, *variables):
    """What OpenBLAS would take on such a host: its first variable that is set."""
    for name in variables:
        value = os.environ.get(name, "").split(",")[0]
        if value.isdigit() and int(value) > 0:
            return int(value)
    return default


def _loaded(part):
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "/" in line}
    return sorted(path for path in paths if part in os.path.basename(path))


def _grow(path, threads):
    library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_NOW)
    dlsym = ctypes.CDLL(None).dlsym
    dlsym.restype = ctypes.c_void_p
    dlsym.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    for name in SETTERS:
        address = dlsym(library._handle, name)
        if address:
            ctypes.CFUNCTYPE(None, ctypes.c_int)(address)(threads)
            return
    raise RuntimeError(f"{path} has no setter that is known")
