"""threadpool_limits while governed: says what numbers held where."""

import sys
import threading

import look
import numpy as np
import scipy.linalg
import threadpoolctl

import corewise

A = np.random.default_rng(0).standard_normal((600, 600))


def used():
    """What one call in each OpenBLAS used."""
    A @ A
    scipy.linalg.blas.dgemm(1.0, A, A)
    return [look.number_of("numpy"), look.number_of("scipy")]


def reported(controller=None):
    info = controller.info() if controller else threadpoolctl.threadpool_info()
    return sorted(pool["num_threads"] for pool in info if "openblas" in pool["filepath"])


def plain():
    before = reported()
    corewise.govern(cores=2)
    seen = {"before": before, "governed": reported(), "used": used()}
    with threadpoolctl.threadpool_limits(1):
        seen["in_1"] = [reported(), used(), reported()]
        with threadpoolctl.threadpool_limits(2):
            seen["in_2"] = [reported(), used(), reported()]
        seen["in_1_again"] = [reported(), used(), reported()]
    seen["after"] = [reported(), used(), reported()]
    with threadpoolctl.threadpool_limits(7):
        seen["in_7"] = [reported(), used(), reported()]
    seen["after_7"] = [reported(), used(), reported()]
    corewise.ungovern()
    seen["ungoverned"] = [reported(), used(), reported()]
    look.say(**seen)


def from_two_threads():
    """The limits are the process's, so the last one counts, as it would ungoverned."""
    corewise.govern(cores=2)
    inside, leave = threading.Event(), threading.Event()
    seen = {}

    def other():
        with threadpoolctl.threadpool_limits(1):
            seen["other"] = [reported(), used()]
            inside.set()
            leave.wait()

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait()
    seen["beside"] = [reported(), used()]
    with threadpoolctl.threadpool_limits(1):
        seen["both"] = [reported(), used()]
    leave.set()
    thread.join()
    seen["after"] = [reported(), used()]
    look.say(**seen)


def controller(when):
    if when in ("before", "used"):
        kept = threadpoolctl.ThreadpoolController()
    if when == "used":
        with kept.limit(limits=1):
            reported(kept)
    corewise.govern(cores=2)
    if when == "after":
        kept = threadpoolctl.ThreadpoolController()
    seen = {"governed": [reported(kept), used(), reported(kept)]}
    with kept.limit(limits=1):
        seen["in_1"] = [reported(kept), used(), reported(kept), reported()]
    seen["after"] = [reported(kept), used(), reported(kept), reported()]
    corewise.ungovern()
    seen["ungoverned"] = [reported(kept), used(), reported(kept), reported()]
    with kept.limit(limits=1):
        seen["in_1_ungoverned"] = [reported(kept), used(), reported(kept), reported()]
    look.say(**seen)


def on_both_sides():
    """A limit that begins governed and ends ungoverned, and the other way round."""
    corewise.govern(cores=2)
    with threadpoolctl.threadpool_limits(1):
        corewise.ungovern()
        within = [reported(), used()]
    after = [reported(), used()]
    with threadpoolctl.threadpool_limits(1):
        corewise.govern(cores=2)
        within_again = [reported(), used()]
    after_again = [reported(), used()]
    corewise.ungovern()
    look.say(
        within=within,
        after=after,
        within_again=within_again,
        after_again=after_again,
        ungoverned=[reported(), used()],
    )


def while_a_library_comes_and_goes(path):
    """Unloading a library makes the governor look at everything anew."""
    import _ctypes
    import ctypes

    corewise.govern(cores=2)
    stop = threading.Event()

    def compute():
        while not stop.is_set():
            used()

    threads = [threading.Thread(target=compute) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        library = ctypes.CDLL(path)
        _ctypes.dlclose(library._handle)
    busy = reported()
    stop.set()
    for thread in threads:
        thread.join()
    corewise.ungovern()
    look.say(busy=busy, ungoverned=reported())


CASES = {
    "plain": plain,
    "from_two_threads": from_two_threads,
    "controller": controller,
    "on_both_sides": on_both_sides,
    "while_a_library_comes_and_goes": while_a_library_comes_and_goes,
}
CASES[sys.argv[1]](*sys.argv[2:])
