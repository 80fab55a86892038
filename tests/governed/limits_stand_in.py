"""corewise.threadpoolctl while governed: says what numbers held where."""

import sys
import threading

import look
import numpy as np
import scipy.linalg

import corewise
from corewise import threadpoolctl

A = np.random.default_rng(0).standard_normal((600, 600))


def used():
    """What one call in each OpenBLAS used."""
    A @ A
    scipy.linalg.blas.dgemm(1.0, A, A)
    return [look.number_of("numpy"), look.number_of("scipy")]


def reported():
    pools = threadpoolctl.threadpool_info()
    return [pool["num_threads"] for pool in pools if pool["internal_api"] == "openblas"]


def both():
    """What is read, and what a call used: with several callers the share may be less."""
    return [reported(), used()]


def beside(work):
    """What another thread gets from `work`."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def blocks():
    seen = {}
    corewise.govern(cores=2)
    with threadpoolctl.threadpool_limits(1):
        seen["in_1"] = [reported(), used(), reported()]
        # A thread of its own has its own; what is handed to a pool takes the limit along.
        seen["beside_1"] = beside(reported)
        with threadpoolctl.threadpool_limits(2):
            seen["in_2"] = both()
        seen["in_1_again"] = both()
        with threadpoolctl.ThreadpoolController().limit(limits=7, user_api="blas"):
            seen["in_7"] = both()
    seen["after"] = both()
    corewise.ungovern()
    seen["ungoverned"] = both()
    look.say(**seen)


def two_threads():
    """Each thread has its own number, in whatever order they come and go."""
    corewise.govern(cores=2)
    seen, inside, leave = {}, threading.Event(), threading.Event()

    def other():
        with threadpoolctl.threadpool_limits(1):
            seen["other"] = both()
            inside.set()
            leave.wait()
            seen["other_after"] = both()
        seen["other_left"] = both()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    seen["main"] = both()
    with threadpoolctl.threadpool_limits(2):
        seen["main_in_2"] = both()
        leave.set()
        thread.join()
    seen["after"] = both()
    look.say(**seen)


def function():
    """A limit without a block is the process's, if its thread comes first; else the thread's."""
    corewise.govern(cores=2)
    limiter = threadpoolctl.threadpool_limits(1)
    seen = {"main": both(), "beside": beside(both)}
    limiter.restore_original_limits()
    seen["restored"] = both()

    def other():
        limiter = threadpoolctl.threadpool_limits(1)
        inside = both()
        limiter.restore_original_limits()
        return [inside, both()]

    seen["other"] = beside(other)
    seen["main_after"] = both()
    look.say(**seen)


def on_both_sides():
    """A limit that begins governed and ends ungoverned, and the other way round."""
    corewise.govern(cores=2)
    with threadpoolctl.threadpool_limits(1):
        corewise.ungovern()
        within = both()
    after = both()
    with threadpoolctl.threadpool_limits(1):
        corewise.govern(cores=2)
        within_again = both()
    after_again = both()
    corewise.ungovern()
    look.say(
        within=within,
        after=after,
        within_again=within_again,
        after_again=after_again,
        ungoverned=both(),
    )


def handed_over():
    """Work that is handed to a pool of threads takes the limit along, and may limit again."""
    from concurrent.futures import ThreadPoolExecutor

    corewise.govern(cores=2)

    def work():
        first = both()
        with threadpoolctl.threadpool_limits(2):
            return [first, both()]

    with ThreadPoolExecutor(1) as pool:
        with threadpoolctl.threadpool_limits(1):
            limited = pool.submit(work).result()
        free = pool.submit(work).result()
    look.say(limited=limited, free=free)


def scope():
    """Whose calls a limit counts for."""

    def scopes():
        pools = threadpoolctl.threadpool_info(debugging_info=True)
        return [pool["thread_limit_scope"] for pool in pools if pool["user_api"] == "blas"]

    before = [scopes(), reported()]
    corewise.govern(cores=2)
    look.say(before=before, governed=[scopes(), reported()])


def one_copy():
    """The limit of a thread counts for all copies, so a copy's own is the process's."""
    corewise.govern(cores=2)
    controller = threadpoolctl.ThreadpoolController().select(internal_api="openblas")
    first = controller.select(filepath=controller.lib_controllers[0].filepath)
    with first.limit(limits=1):
        seen = {"in_1": reported(), "beside": beside(reported)}
    look.say(**seen, after=reported())


def mixed():
    """A statement within a block, and a block within a limit of corewise's, which is not raised."""
    corewise.govern(cores=2)
    seen = {}
    with threadpoolctl.threadpool_limits(2):
        limiter = threadpoolctl.threadpool_limits(1)
        seen["statement"] = reported()
        limiter.restore_original_limits()
        seen["restored"] = reported()
    with corewise.limits(1):
        with threadpoolctl.threadpool_limits(2):
            seen["in_limit"] = [reported(), beside(reported)]
        seen["limit"] = [reported(), beside(reported)]
    look.say(**seen, after=[reported(), beside(reported)])


CASES = {
    "mixed": mixed,
    "blocks": blocks,
    "two_threads": two_threads,
    "function": function,
    "on_both_sides": on_both_sides,
    "handed_over": handed_over,
    "scope": scope,
    "one_copy": one_copy,
}
CASES[sys.argv[1]]()
