"""An OpenBLAS that is built on OpenMP, called by ctypes: from one thread and from several.

The library's path comes first, then what to do.
"""

import ctypes
import os
import sys
import threading
import time

import look
import numpy as np
import threadpoolctl

import corewise

path, what, *rest = sys.argv[1:]
N = 200
ROUNDS = int(os.environ.get("TEST_ROUNDS", "40"))
INT, ONE, ZERO = ctypes.c_int, ctypes.c_double(1), ctypes.c_double(0)


class Library:
    """The routines, looked up when they are called first, as a program does."""

    def __init__(self):
        self.blas = ctypes.CDLL(path)
        with open("/proc/self/maps") as file:
            maps = file.read().split()
        (gomp,) = {name for name in maps if "libgomp" in name}
        self.openmp = ctypes.CDLL(gomp)

    def multiply(self, a, b):
        c = np.zeros((len(a), len(a)), order="F")
        n = INT(len(a))
        t = ctypes.c_char(b"N")
        p = [ctypes.byref(x) for x in (t, t, n, n, n, ONE)]
        self.blas.dgemm_(*p, at(a), by(n), at(b), by(n), by(ZERO), at(c), by(n))
        return c

    def solve(self, a, b):
        a, b = a.copy("F"), b.copy("F")
        n, columns, info = INT(len(a)), INT(b.shape[1]), INT(-1)
        pivots = np.zeros(len(a), dtype=np.int32)
        self.blas.dgesv_(by(n), by(columns), at(a), by(n), at(pivots), at(b), by(n), by(info))
        assert info.value == 0
        return b

    def factor(self, a):
        a = a.copy("F")
        n, info, lower = INT(len(a)), INT(-1), ctypes.c_char(b"L")
        self.blas.dpotrf_(by(lower), by(n), at(a), by(n), by(info))
        assert info.value == 0
        return np.tril(a)

    def values(self, a):
        a = a.copy("F")
        n, info, job, size = INT(len(a)), INT(-1), ctypes.c_char(b"N"), INT(20 * len(a))
        s, work = np.zeros(len(a)), np.zeros(size.value)
        none = np.zeros((1, 1))
        marks = np.zeros(8 * len(a), dtype=np.int32)
        first = [by(job), by(n), by(n), at(a), by(n), at(s), at(none), by(n), at(none), by(n)]
        self.blas.dgesdd_(*first, at(work), by(size), at(marks), by(info))
        assert info.value == 0
        return s


def at(array):
    return ctypes.c_void_p(array.ctypes.data)


def by(value):
    return ctypes.byref(value)


def problem(seed):
    random = np.random.default_rng(seed)
    a = np.asfortranarray(random.standard_normal((N, N)))
    square = np.asfortranarray(a @ a.T + N * np.eye(N))
    return a, square


PROBLEM = problem(0)


def is_right(library, a, square):
    """Whether each routine's result is what NumPy's own library gives."""
    return [
        np.allclose(library.multiply(a, square), a @ square),
        np.allclose(library.solve(square, a), np.linalg.solve(square, a)),
        np.allclose(library.factor(square), np.linalg.cholesky(square)),
        np.allclose(library.values(a), np.linalg.svd(a, compute_uv=False)),
    ]


def team(library):
    """Threads of this process after a multiplication: OpenMP keeps those of the caller's team."""
    library.multiply(*PROBLEM)
    return len(os.listdir("/proc/self/task"))


def settle():
    """Waits as long as the governor takes it that calls may be under way which it cannot know."""
    time.sleep(0.6)


def mixed():
    """Threads that call everything at once, and some that change settings meanwhile."""
    library = Library()
    corewise.govern(cores=int(rest[0]))
    wrong, barrier = [], threading.Barrier(8)
    expected = [problem(seed) for seed in range(8)]

    def work(seed):
        library.openmp.omp_set_num_threads(8)
        barrier.wait()
        for number in range(ROUNDS):
            results = is_right(library, *expected[seed])
            if not all(results):
                wrong.append([seed, number, results])
            if "settings" in rest:
                library.openmp.omp_set_num_threads(1 + (seed + number) % 8)
                if seed % 4 == 0:
                    library.blas.openblas_set_num_threads(1 + number % 8)

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The library is whole afterwards, without the governor too.
    corewise.ungovern()
    wrong += [after for after in [is_right(library, *expected[0])] if not all(after)]
    look.say(wrong=wrong)


def teams():
    """How many threads take part, by the shares of one caller."""
    library = Library()
    corewise.govern(cores=int(rest[0]))
    settle()
    tasks = len(os.listdir("/proc/self/task"))
    started = team(library) - tasks
    right = all(is_right(library, *problem(1)))
    corewise.ungovern()
    look.say(started=started, right=right, ungoverned=team(library) - tasks)


def limits():
    """What is set reads back and is obeyed: rows of what is read, and threads started since."""
    library = Library()
    get = library.blas.openblas_get_num_threads
    set_ = library.blas.openblas_set_num_threads
    read = library.openmp.omp_get_max_threads
    corewise.govern(cores=4)
    rows = {"first": [get(), read()]}
    settle()
    tasks = len(os.listdir("/proc/self/task"))
    set_(1)
    rows["one"] = [get(), read(), team(library) - tasks, get(), read()]
    set_(2)
    rows["two"] = [get(), read(), team(library) - tasks, get(), read()]
    set_(8)
    rows["eight"] = [get(), read(), team(library) - tasks, get(), read()]
    library.openmp.omp_set_num_threads(3)
    team(library)
    rows["openmp"] = [get(), read()]
    library.openmp.omp_set_num_threads(8)
    team(library)
    for limit in (1, 3):
        with threadpoolctl.threadpool_limits(limit):
            team(library)
            rows[f"in_{limit}"] = [get(), read()]
    rows["after"] = [get(), read()]
    corewise.ungovern()
    rows["ungoverned"] = [get(), read()]
    team(library)
    look.say(**rows)


def forks():
    """A child of a thread that had a team computes."""
    library = Library()
    corewise.govern(cores=2)
    settle()
    team(library)
    child = os.fork()
    if not child:
        os._exit(0 if all(is_right(library, *problem(2))) else 1)
    ended = look.end_of(child, 20)
    look.say(child=ended, parent=all(is_right(library, *problem(3))))


def unseen():
    """Calls of another thread that are under way when the governor comes, and by old addresses."""
    library, stop, wrong = Library(), threading.Event(), []
    library.openmp.omp_set_num_threads(8)
    assert all(is_right(library, *problem(4)))

    def work():
        library.openmp.omp_set_num_threads(8)
        while not stop.is_set():
            results = is_right(library, *problem(5))
            if not all(results):
                wrong.append(results)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(ROUNDS):
        corewise.govern(cores=4)
        # Looked up anew: these are hooked, the other thread's are not.
        hooked = Library()
        wrong += [r for r in [is_right(hooked, *problem(6))] if not all(r)]
        corewise.ungovern()
    stop.set()
    thread.join()
    look.say(wrong=wrong)


def fixed():
    """Results of four callers at once, bit for bit those of one."""
    library, wrong, barrier = Library(), [], threading.Barrier(4)
    corewise.govern(cores=2, deterministic=True)
    settle()
    a, square = problem(7)
    expected = [library.multiply(a, square), library.solve(square, a), library.factor(square)]

    def work():
        library.openmp.omp_set_num_threads(8)
        barrier.wait()
        for number in range(ROUNDS):
            got = [library.multiply(a, square), library.solve(square, a), library.factor(square)]
            same = [bool((x == y).all()) for x, y in zip(got, expected, strict=True)]
            if not all(same):
                wrong.append([number, same])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look.say(wrong=wrong)


globals()[what]()
