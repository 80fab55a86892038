"""corewise.limits while governed: says what numbers held where, and who worked."""

import asyncio
import sys
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
    look.say(inside=inside, after=reported())


def ungovern_inside():
    corewise.govern(cores=2)
    with corewise.limits(1):
        inside = [reported()]
        corewise.ungovern()
        inside.append(reported())
    look.say(inside=inside, after=reported())


stages = {"govern_inside": govern_inside, "ungovern_inside": ungovern_inside}
stages.get("".join(sys.argv[1:]), tasks)()
