"""Makes this process believe that its machine has 16 cores.

The demo is about programs that run in a small share of a large host: Python libraries and thread
pools count the host's cores, the quota allows fewer. Few readers have such a host at hand, so the
count is emulated, and nothing else is:

- `os.cpu_count()` and `os.sched_getaffinity()` answer 16, so joblib and scikit-learn plan for 16;
- OpenBLAS and OpenMP pools get the size that they would choose on such a host: what their
  environment variable says, else 16.

The variables are respected: where `OMP_NUM_THREADS` or `OPENBLAS_NUM_THREADS` is set, by the user
or by `corewise run`, it decides, as on a real host. `OPENBLAS_NUM_THREADS` above the true number of
cores is cut by OpenBLAS, its setter is not: hence the call.
"""

import os

HOST_CORES = 16


def wanted(*variables):
    """The pool size that a runtime would choose: its first variable that is set, else all cores."""
    for name in variables:
        value = os.environ.get(name, "").split(",")[0]
        if value.isdigit() and int(value) > 0:
            return min(int(value), HOST_CORES)
    return HOST_CORES


def count_as_large_host():
    """What Python code is told. Before the imports: some libraries count when they are loaded."""
    os.cpu_count = lambda: HOST_CORES
    os.sched_getaffinity = lambda pid: set(range(HOST_CORES))
    # Physical cores, which scikit-learn goes by, are counted by a program (lscpu), once.
    from joblib.externals.loky.backend import context

    context.physical_cores_cache = HOST_CORES


def grow_pools():
    """Gives the loaded pools the size that they would have. After the imports, on each thread."""
    import scipy.linalg  # noqa: F401  SciPy brings an OpenBLAS of its own
    import sklearn.ensemble  # noqa: F401  scikit-learn brings libgomp
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController()
    for library in controller.lib_controllers:
        if library.user_api == "blas":
            library.set_num_threads(wanted("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"))
        else:
            library.set_num_threads(wanted("OMP_NUM_THREADS"))


def emulate():
    """Both, for the main process and as the initializer of joblib's workers."""
    count_as_large_host()
    grow_pools()
