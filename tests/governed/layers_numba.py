"""How many threads run a prange on a threading layer of Numba's, and what is set then.

The layer is loaded after govern() or before it, and with `compiled` the loop was compiled before.
"""

import os
import sys

os.environ["NUMBA_THREADING_LAYER"] = sys.argv[1]
import look
import numba
import numpy as np

import corewise

layer, when = sys.argv[1:]


def make():
    @numba.njit(parallel=True, cache=False)
    def loop(ids, masks):
        for i in numba.prange(len(ids)):
            a = np.full((40, 40), 1.0)
            for _ in range(20):
                a = a @ a / 40
            ids[i] = numba.get_thread_id()
            masks[i] = numba.get_num_threads() * round(a[3, 4])

    return loop


def facts(loop):
    """What is set, threads that ran, what is set in them, and what is set afterwards."""
    before = numba.get_num_threads()
    ids, masks = np.full(64, -7, dtype=np.int64), np.zeros(64, dtype=np.int64)
    loop(ids, masks)
    ran = np.unique(ids[masks > 0])
    return [before, len(ran), sorted(set(masks.tolist())), numba.get_num_threads()]


@numba.njit(parallel=True, cache=False)
def inner(values):
    total = 0.0
    for i in numba.prange(len(values)):
        total += values[i]
    return total


@numba.njit(parallel=True, cache=False)
def nested(count):
    totals = np.zeros(count)
    for i in numba.prange(count):
        totals[i] = inner(np.full(1000, i * 1.0))
    return totals


loop = make()
if when != "after":
    facts(loop)
corewise.govern(cores=2)
if when == "before":
    # A loop that is compiled now calls the layer by what was put in its place.
    loop = make()
said = {}
for count in (1, 2, 6):
    numba.set_num_threads(count)
    said[f"set_{count}"] = facts(loop)
if layer == "tbb":
    said["nested"] = bool((nested(12) == np.arange(12) * 1000.0).all())
    said["after_nested"] = numba.get_num_threads()
corewise.ungovern()
said["ungoverned"] = facts(loop)
corewise.govern(cores=2)
said["again"] = facts(loop)
look.say(layer=numba.threading_layer(), **said)
