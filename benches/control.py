"""What reading and limiting thread pools costs, beside threadpoolctl.

    make bench            (or: python benches/control.py --seconds 20)

NumPy, SciPy and scikit-learn are loaded; both are measured in the same process, in turn, and each
figure is the median of as many rounds as fit. Where 8 threads do it at once, a figure is the time
of all over the number of their calls. Imports are fresh interpreters, less an empty one. A goal
that is missed ends the program with 1.
"""

import argparse
import ctypes
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import numpy  # noqa: F401
import scipy.linalg  # noqa: F401
import sklearn.ensemble  # noqa: F401
import threadpoolctl as theirs
from overhead import machine

import corewise
from corewise import _native
from corewise import threadpoolctl as ours

THREADS = 8


def in_block(make):
    """A function that enters and leaves what `make` gives."""

    def enter_and_leave():
        with make():
            pass

    return enter_and_leave


def per_call(work, calls):
    """Nanoseconds of a call from one thread."""
    begin = time.perf_counter_ns()
    for _ in range(calls):
        work()
    return (time.perf_counter_ns() - begin) / calls


def per_call_at_once(work, calls):
    """Nanoseconds of a call where several threads do it at once."""
    each = max(calls // THREADS, 1)
    start = threading.Barrier(THREADS + 1)

    def run():
        start.wait()
        for _ in range(each):
            work()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    start.wait()
    begin = time.perf_counter_ns()
    for thread in threads:
        thread.join()
    return (time.perf_counter_ns() - begin) / (each * THREADS)


def paired(works, seconds, measure):
    """What several functions take, measured in turn: a list for each, round by round."""
    # Long enough that the start of threads is little of it.
    calls = {name: max(int(2e7 / per_call(work, 20)), THREADS) for name, work in works.items()}
    found = {name: [] for name in works}
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(found[next(iter(works))]) < 5:
        for name, work in works.items():
            found[name].append(measure(work, calls[name]))
    return found


def times_faster(first, second):
    """How many times faster the second is: rounds are compared, so that both had the same noise."""
    return statistics.median(one / other for one, other in zip(first, second, strict=True))


def imports(rounds):
    """Milliseconds that imports take in a fresh interpreter, less those of an empty one."""
    codes = ["pass", "import threadpoolctl", "import corewise", "import corewise.threadpoolctl"]
    environment = {**os.environ}
    # What a user has: compiled once.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    found = {code: [] for code in codes}
    for turn in range(rounds + 1):
        for code in codes:
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=environment)
            if turn:
                found[code].append(1e3 * (time.perf_counter() - begin))
    empty = found.pop("pass")
    return {
        code: statistics.median(one - base for one, base in zip(times, empty, strict=True))
        for code, times in found.items()
    }


def next_call(rounds):
    """Microseconds of the first call after a library was loaded; checks that it is seen."""
    # Few rounds: each copy of libgomp takes of the little space for variables of threads.
    found = {"threadpoolctl": [], "corewise": []}
    (source,) = (one["filepath"] for one in theirs.threadpool_info() if "gomp" in one["prefix"])
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            for name, info in (
                ("corewise", ours.threadpool_info),
                ("threadpoolctl", theirs.threadpool_info),
            ):
                path = pathlib.Path(folder, f"libgomp-{name}-{turn}.so")
                shutil.copyfile(source, path)
                ctypes.CDLL(path)
                begin = time.perf_counter_ns()
                pools = info()
                found[name].append((time.perf_counter_ns() - begin) / 1e3)
                assert any(pool["filepath"] == str(path) for pool in pools)
    return {name: statistics.median(times) for name, times in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="for each of four groups")
    parser.add_argument("--rounds", type=int, default=15, help="of fresh interpreters")
    options = parser.parse_args()
    their_controller, controller = theirs.ThreadpoolController(), ours.ThreadpoolController()
    prepared = corewise.limits(1)
    reading = {
        "threadpoolctl.threadpool_info()": theirs.threadpool_info,
        "corewise.threadpoolctl.threadpool_info()": ours.threadpool_info,
    }
    limiting = {
        "threadpoolctl.threadpool_limits(1)": in_block(lambda: theirs.threadpool_limits(1)),
        "threadpoolctl controller.limit": in_block(lambda: their_controller.limit(limits=1)),
        "corewise.limits(1), prepared": in_block(lambda: prepared),
        "corewise.limits(1)": in_block(lambda: corewise.limits(1)),
        "corewise.threadpoolctl.threadpool_limits(1)": in_block(lambda: ours.threadpool_limits(1)),
        "corewise.threadpoolctl controller.limit": in_block(lambda: controller.limit(limits=1)),
    }
    print(f"machine: {machine()}")
    print(f"pools:   {', '.join(library.prefix for library in _native.libraries())}\n")
    missed = []

    def goal(what, value, wanted, at_most=False):
        reached = value <= wanted if at_most else value >= wanted
        print(f"  {what}: {value:.2f} (goal {wanted:g}{'' if reached else ', MISSED'})")
        if not reached:
            missed.append(what)

    for title, measure in (
        ("1 thread", per_call),
        (f"{THREADS} threads at once", per_call_at_once),
    ):
        print(title)
        times = paired(reading, options.seconds, measure)
        times |= paired(limiting, options.seconds, measure)
        for name, nanoseconds in times.items():
            print(f"  {name:46}{statistics.median(nanoseconds) / 1e3:>10.2f} µs")
        goal("info, times faster", times_faster(*(times[name] for name in reading)), 20)
        whole, kept, *others = limiting
        for name in others:
            faster = times_faster(times[whole], times[name])
            goal(f"{name}, times faster than threadpool_limits", faster, 20)
            faster = times_faster(times[kept], times[name])
            goal(f"{name}, times faster than controller.limit", faster, 5)
    print("the first call after a library was loaded")
    times = next_call(5)
    for name, microseconds in times.items():
        print(f"  {name:46}{microseconds:>10.1f} µs")
    print("imports")
    times = imports(options.rounds)
    for name, milliseconds in times.items():
        print(f"  {name:46}{milliseconds:>10.1f} ms")
    their_import = times["import threadpoolctl"]
    for name in ("import corewise", "import corewise.threadpoolctl"):
        goal(f"{name}, parts of threadpoolctl's", times[name] / their_import, 0.5, at_most=True)
    if missed:
        sys.exit(f"{len(missed)} goals missed")


if __name__ == "__main__":
    main()
