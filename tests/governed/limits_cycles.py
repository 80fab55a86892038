"""Governs and ungoverns several times: before and after imports, with and without calls between."""

import sys

import look

import corewise


def reported():
    import threadpoolctl

    # Runs when first imported, and loads ctypes: a look at libraries more.
    return sorted(pool["num_threads"] for pool in threadpoolctl.threadpool_info())


def call():
    import numpy as np

    a = np.ones((400, 400))
    assert (a @ a == 400).all()


def imports():
    import numpy  # noqa: F401
    import scipy.linalg  # noqa: F401


early = sys.argv[1] == "before"
if early:
    corewise.govern(cores=1)
imports()
if not early:
    alone = reported()
    corewise.govern(cores=1)
call()
corewise.ungovern()
first = reported()
call()
rounds = []
for cores in (1, 2, 2, 1):
    corewise.govern(cores=cores)
    call()
    rounds.append([cores, look.number_of("numpy")])
    corewise.ungovern()
    rounds.append(["ungoverned", *reported()])
    call()
# Again without ungovern() between: each begins anew with its budget.
again = []
for cores in (1, 2, 1, 2):
    corewise.govern(cores=cores)
    call()
    again.append([cores, look.number_of("numpy")])
corewise.ungovern()
look.say(
    alone=first if early else alone,
    first=first,
    rounds=rounds,
    again=again,
    last=reported(),
    numbers=look.numbers(),
    pools=look.numbers("blas_num_threads"),
    functions=corewise.governed().slots,
)
