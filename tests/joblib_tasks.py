"""What the workers of `test_joblib.py` do: a module that imports little, as each process does."""

import os
import threading

from joblib import Parallel, delayed, effective_n_jobs, parallel_config

import corewise


def where(_=None):
    """The process and the thread of a worker."""
    return os.getpid(), threading.get_ident()


def found(_=None):
    """What a worker finds for itself."""
    (blas,) = (pool.size for pool in corewise.pools() if "numpy.libs/libscipy_open" in pool.path)
    return corewise.cores(), blas, effective_n_jobs(-1)


def found_inside(n_jobs, _=None):
    return Parallel(n_jobs=n_jobs)(delayed(found)() for _ in range(2))


def where_inside(_=None):
    return os.getpid(), Parallel(n_jobs=2)(delayed(where)() for _ in range(2))


def fail(number):
    if number == 3:
        raise ValueError(f"no {number}")
    return number


def kind_of_array(array):
    return type(array).__name__, float(array.sum())


def wait_long():
    threading.Event().wait(3)


def mark(text):
    os.environ["COREWISE_TEST_MARK"] = text


def in_daemon(results):
    with parallel_config("corewise", n_jobs=2), corewise.budget(2):
        results.put((os.getpid(), Parallel()(delayed(where)() for _ in range(4))))
