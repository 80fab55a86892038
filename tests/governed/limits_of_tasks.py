"""corewise.limits while governed: says what numbers held where, and who worked."""

import asyncio
import ctypes
import importlib.util
import os
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import joblib
import look
import numpy as np
import scipy.linalg  # noqa: F401 (its OpenBLAS)

import corewise
from corewise import _native

A = np.random.default_rng(0).standard_normal((900, 900))


def reported():
    return [lib.get_num_threads() for lib in _native.libraries() if lib.runtime == "openblas"]


def work():
    for _ in range(5):
        A @ A
        np.linalg.cholesky(A @ A.T + 1e3 * np.eye(len(A)))


def tasks():
    corewise.govern(cores=2)
    reads = []

    def limited():
        with corewise.limits(1):
            reads.append(reported())
            begin = look.helped()
            work()
            return look.helped() - begin

    work()
    look.wait_for_idle()
    with ThreadPoolExecutor(1) as executor:
        limited_helpers = executor.submit(limited).result()
        reads.append(reported())
        # The executor's thread stays, and its time with it.
        begin = look.helped()
        work()
        free_helpers = look.helped() - begin

    handed = {}
    with ThreadPoolExecutor(1) as executor, ThreadPool(1) as pool:
        # Threads that were there before the limit.
        executor.submit(reported).result(), pool.apply(reported)
        with corewise.limits(1):
            handed["submit"] = executor.submit(reported).result()
            (handed["map"],) = executor.map(lambda _: reported(), [0])
            (handed["pool"],) = pool.map(lambda _: reported(), [0])
            handed["to_thread"] = asyncio.run(asyncio.to_thread(reported))
            call = joblib.delayed(reported)()
            handed["joblib"] = joblib.Parallel(n_jobs=2, backend="threading")([call, call])[0]
        not_handed = executor.submit(reported).result()
    look.say(
        limited_helpers=limited_helpers,
        free_helpers=free_helpers,
        reads=reads,
        handed=handed,
        not_handed=not_handed,
        after=reported(),
    )


def govern_inside():
    with corewise.limits(1):
        inside = [reported()]
        corewise.govern(cores=2)
        inside.append(reported())
        with ThreadPoolExecutor(1) as executor:
            inside.append(executor.submit(reported).result())
    look.say(inside=inside, after=reported())


def ungovern_inside():
    corewise.govern(cores=2)
    with corewise.limits(1):
        inside = [reported()]
        corewise.ungovern()
        inside.append(reported())
        with ThreadPoolExecutor(1) as executor:
            inside.append(executor.submit(reported).result())
    look.say(inside=inside, after=reported())


def there_and_gone():
    """The governor comes and goes while another thread is limited."""
    with ThreadPoolExecutor(1) as executor:
        limit = corewise.limits(1)
        executor.submit(limit.__enter__).result()
        corewise.govern(cores=2)
        corewise.ungovern()

        def use():
            with corewise.limits(2):
                return reported()

        inside = executor.submit(use).result()
        executor.submit(limit.__exit__).result()
    look.say(inside=inside, after=reported())


def set_inside():
    """The program reads a number under a limit, sets another one, and sets what it has read."""
    libraries = [lib for lib in _native.libraries() if lib.runtime == "openblas"]
    for library in libraries:
        library.set_num_threads(4)
    corewise.govern(cores=2)
    look.wait_for_idle()
    with corewise.limits(2):
        before = reported()
        for library in libraries:
            library.set_num_threads(1)
        inside = reported()
        begin = look.helped()
        work()
        helpers = look.helped() - begin
        elsewhere = []
        thread = threading.Thread(target=lambda: elsewhere.extend(reported()))
        thread.start(), thread.join()
        for library, number in zip(libraries, before, strict=True):
            library.set_num_threads(number)
        again = reported()
    look.say(
        before=before,
        inside=inside,
        elsewhere=elsewhere,
        helpers=helpers,
        again=again,
        after=reported(),
    )


def unknown():
    """An OpenBLAS whose file does not tell how it is steered, and is gone."""
    # Imported, it would load its library.
    (folder,) = importlib.util.find_spec("scipy_openblas64").submodule_search_locations
    with open(os.path.join(folder, "lib", "libscipy_openblas64_.so"), "rb") as file:
        content = bytearray(file.read())
    # The number of sections: none.
    content[60:62] = b"\0\0"
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "libopenblas_copy.so")
        with open(copy, "wb") as file:
            file.write(content)
        library = ctypes.CDLL(copy)
    library.scipy_openblas_set_num_threads64_(4)
    get = library.scipy_openblas_get_num_threads64_
    seen = []
    for prepare in (lambda: None, lambda: corewise.govern(cores=2), corewise.ungovern):
        prepare()
        with corewise.limits(1):
            seen.append(get())
        seen.append(get())
    look.say(seen=seen)


stages = (govern_inside, ungovern_inside, there_and_gone, set_inside, unknown)
stage = "".join(sys.argv[1:])
next((function for function in stages if function.__name__ == stage), tasks)()
