"""What is expected of each test program: which findings must appear, which may, which threads.

Every code that is neither in `expect` nor in `allow` must not appear, at any severity.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """One program with its arguments and environment."""

    name: str
    script: str
    arguments: tuple = ()
    environment: dict = field(default_factory=dict)
    #: Findings that must appear.
    expect: frozenset = frozenset()
    #: Findings that may appear: they depend on how busy the machine is, or on its size.
    allow: frozenset = frozenset()
    #: Threads of the main process by runtime, callers not included, with two cores.
    pools: dict = field(default_factory=dict)
    #: How processes must be found to have been started, with the least number of each.
    methods: dict = field(default_factory=dict)
    #: The part of its CPU time that may have no owner: threads that live for less than a few ticks.
    unknown: float = 0.02
    #: Seconds of work; the default is the scripts' own.
    seconds: float | None = None


def program(script, *arguments, name=None, expect="", allow="", **more):
    """Short notation: codes as one string, the name from script and arguments."""
    return Program(
        name=name or "-".join((script, *arguments)),
        script=f"{script}.py",
        arguments=arguments,
        expect=frozenset(expect.split()),
        allow=frozenset(allow.split()),
        **more,
    )


# Two copies of OpenBLAS come with every program that imports both NumPy and SciPy from wheels, and
# libgomp with scikit-learn is called with OpenBLAS loaded: facts, worth a note.
SCIPY = "CW301"
# A copy of libgomp (scikit-learn's) beside OpenBLAS's pthreads.
SKLEARN = "CW301 CW302"

PROGRAMS = [
    # NumPy
    program("numpy_matmul", pools={"openblas": 1}),
    program("numpy_matmul", "16", expect="CW102", allow="CW101 CW104", pools={"openblas": 15}),
    program("numpy_svd", allow="CW104 CW201 CW203", pools={"openblas": 1}),
    # SciPy
    program("scipy_fft", allow=f"{SCIPY} CW201"),
    program(
        "scipy_differential_evolution",
        allow=f"{SCIPY} CW201 CW303",
        methods={"root": 1, "fork_server": 2},
    ),
    program("scipy_eigsh", allow=f"{SCIPY} CW104 CW201 CW203"),
    program("scipy_kde", allow=f"{SCIPY} CW104 CW201"),
    # scikit-learn
    program(
        "sklearn_hist_gradient_boosting",
        allow=f"{SKLEARN} CW104 CW201 CW203",
        pools={"openblas": 2, "libgomp": 1},
    ),
    program(
        "sklearn_kmeans",
        allow=f"{SKLEARN} CW101 CW104 CW201 CW203",
        pools={"openblas": 2, "libgomp": 1},
    ),
    program("sklearn_forest", "loky", allow=f"{SKLEARN} CW201", methods={"root": 1, "loky": 2}),
    program("sklearn_forest", "threading", allow=f"{SKLEARN} CW201 CW202"),
    program(
        "sklearn_forest",
        "multiprocessing",
        allow=f"{SKLEARN} CW201 CW303",
        methods={"root": 1, "fork": 2},
    ),
    # joblib, multiprocessing, concurrent.futures
    program("joblib_nested", allow="CW101 CW201 CW202", methods={"root": 1, "loky": 2}),
    program("multiprocessing_start", "fork", allow="CW201", methods={"root": 1, "fork": 2}),
    program(
        "multiprocessing_start",
        "forkserver",
        allow="CW201",
        methods={"root": 1, "fork_server": 2, "tracker": 1},
    ),
    program(
        "multiprocessing_start",
        "spawn",
        allow="CW201",
        methods={"root": 1, "spawn": 2, "tracker": 1},
    ),
    program("futures_threads", allow="CW201"),
    # Compilers
    program(
        "numba_prange", "omp", allow=f"{SCIPY} CW302 CW201", pools={"openblas": 2, "libgomp": 1}
    ),
    program(
        "numba_prange",
        "workqueue",
        allow=f"{SCIPY} CW201",
        pools={"openblas": 2, "numba_workqueue": 2},
    ),
    program("cython_prange", pools={"openblas": 1, "libgomp": 1}),
    program("pythran_openmp", pools={"openblas": 1, "libgomp": 1}),
    program("numexpr_evaluate", allow="CW201", pools={"openblas": 1, "numexpr": 2}),
    # Dask
    program("dask_threads", allow="CW201 CW202"),
    program(
        "dask_processes",
        allow="CW104 CW201 CW202 CW301 CW303",
        methods={"root": 1, "spawn": 2},
    ),
    # Healthy: nothing at all may be found.
    program("healthy_two_threads"),
    program("healthy_short"),
    program("healthy_waiting"),
    program("own_streams", methods={"fork": 2}),
    # One program for each finding.
    program(
        "oversubscribed_threads",
        expect="CW101 CW102",
        allow="CW104 CW201 CW202 CW203",
        pools={"openblas": 15},
    ),
    program(
        "oversubscribed_workers",
        expect="CW101 CW102",
        allow=f"{SKLEARN} CW104 CW203",
        methods={"loky": 4},
        # libgomp makes new threads whenever a team's size changes.
        unknown=0.06,
    ),
    program(
        "sklearn_hist_gradient_boosting",
        name="hist_gradient_boosting-OMP_NUM_THREADS=16",
        environment={"OMP_NUM_THREADS": "16"},
        expect="CW101 CW102",
        allow=f"{SKLEARN} CW104 CW201 CW203",
        pools={"libgomp": 15},
    ),
    program("spinning", expect="CW104", allow="CW203", pools={"openblas": 1}),
    program(
        "spinning_omp",
        expect="CW104",
        allow="CW203",
        environment={"OMP_WAIT_POLICY": "active"},
        pools={"libgomp": 1},
    ),
    program("idle_cores", expect="CW201"),
    program("gil_fight", expect="CW202", allow="CW201"),
    program(
        "tiny_regions",
        expect="CW203",
        allow="CW101 CW102 CW104 CW201",
        environment={"OMP_NUM_THREADS": "8"},
        pools={"libgomp": 7},
    ),
    # Just above the size from which OpenBLAS uses threads: whether they pay depends on the machine.
    program("tiny_matmuls", allow="CW104 CW203", pools={"openblas": 1}),
    program("two_openblas", expect="CW301", allow="CW101 CW104", pools={"openblas": 2}),
    program(
        "clashing_openmp",
        expect="CW302",
        allow="CW101 CW104 CW201 CW203",
        pools={"libgomp": 1, "libiomp5": 1},
    ),
    program("fork_with_pool", expect="CW303", allow="CW101 CW104", methods={"fork": 1}),
    program("same_stream", expect="CW401", methods={"fork": 2}),
    program("same_generator", expect="CW401", methods={"fork": 2}),
    # Processes that live for milliseconds.
    program("short_processes", allow="CW201"),
]
