"""An OpenMP region before a fork, and the same one in the child and in the child's child."""

import ctypes
import os
import sys
import threading

import look

import corewise

corewise.govern(cores=2)
if sys.argv[1] == "team":
    team = ctypes.CDLL(sys.argv[2])

    def work():
        return team.team_of(2)

    def fits(size):
        return size in (1, 2)
else:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor

    random = np.random.default_rng(0)
    x = random.standard_normal((2000, 5))
    y = x[:, 0] + x[:, 1] ** 2

    def work():
        return HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(x, y).predict(x)

    wanted = work()

    def fits(result):
        return np.allclose(result, wanted)


def in_child(then=None):
    pid = os.fork()
    if pid == 0:
        good = fits(work())
        if then is not None:
            good = good and then() == 0
        os._exit(0 if good else 1)
    return look.end_of(pid)


def from_thread():
    ends = []
    thread = threading.Thread(target=lambda: ends.append(in_child()))
    thread.start()
    thread.join()
    return ends[0]


def worker_of_child():
    """In the child, in a new thread: that one may have a team of its own."""
    pid = os.fork()
    if pid == 0:
        good = []
        thread = threading.Thread(target=lambda: good.append(fits(work())))
        thread.start()
        thread.join()
        os._exit(0 if good == [True] and fits(work()) else 1)
    return look.end_of(pid)


before = bool(fits(work()))
facts = {
    "child": in_child(),
    "grandchild": in_child(in_child),
    "from_thread": from_thread(),
    "thread_of_child": worker_of_child(),
    "again": in_child(),
}
look.say(before=before, parent=bool(fits(work())), **facts)
