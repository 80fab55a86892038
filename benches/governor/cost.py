"""What governing costs: a hooked call against a plain one, and putting the hooks in.

    python benches/governor/cost.py

One process puts the hooks in and out again, in turn, and times the same calls: NumPy's product of
two 8 x 8 matrices, and an empty OpenMP region in a small library that is compiled for this (left
out where there is no compiler). Putting in is timed in fresh processes with hundreds of libraries
loaded, since every one of them is looked through.
"""

import argparse
import ctypes
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import intervals
import machine

REGIONS = """\
static int entered;
void regions(long count) {
    for (long i = 0; i < count; i++) {
#pragma omp parallel
        __atomic_fetch_add(&entered, 1, __ATOMIC_RELAXED);
    }
}
"""

MANY = """\
numpy numpy.fft numpy.random scipy scipy.cluster.hierarchy scipy.fft scipy.integrate
scipy.interpolate scipy.io scipy.linalg scipy.ndimage scipy.odr scipy.optimize scipy.signal
scipy.sparse scipy.sparse.csgraph scipy.sparse.linalg scipy.spatial scipy.special scipy.stats
sklearn.cluster sklearn.covariance sklearn.datasets sklearn.decomposition sklearn.ensemble
sklearn.feature_extraction.text sklearn.linear_model sklearn.manifold sklearn.metrics
sklearn.neighbors sklearn.neural_network sklearn.svm sklearn.tree numba numexpr pandas
"""


def nanoseconds(function, count):
    """Of one call. The function is called `count` times."""
    begin = time.perf_counter_ns()
    for _ in range(count):
        function()
    return (time.perf_counter_ns() - begin) / count


def product():
    """A call of one 8 x 8 product, the smallest work that a hook can stand before."""
    import numpy as np

    matrix = np.eye(8)
    return lambda: np.dot(matrix, matrix)


def compiled(folder):
    """The function `regions` of the small library, or None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    source, library = folder / "regions.c", folder / "regions.so"
    source.write_text(REGIONS)
    command = [compiler, "-O2", "-shared", "-fPIC", "-fopenmp", source, "-o", library]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
        return None
    regions = ctypes.CDLL(str(library)).regions
    regions.argtypes = [ctypes.c_long]
    regions.restype = None
    return regions


def calls(pairs, count):
    """Prints the cost of a call, plain and hooked in turn."""
    import corewise

    with tempfile.TemporaryDirectory() as folder:
        timed = {"np.dot, 8 x 8": lambda: nanoseconds(dot, count)}
        dot = product()
        regions = compiled(pathlib.Path(folder))
        if regions:
            timed["empty OpenMP region"] = lambda: region_nanoseconds(regions, count)
        plain = {name: [] for name in timed}
        hooked = {name: [] for name in timed}
        for measure in timed.values():
            measure()
        for _ in range(pairs):
            for name, measure in timed.items():
                plain[name].append(measure())
            corewise.govern()
            for name, measure in timed.items():
                measure()  # the first after a change makes threads anew
                hooked[name].append(measure())
            corewise.ungovern()
            for measure in timed.values():
                measure()
    print(f"{'ns a call':22}{'plain':>10}{'hooked':>10}   difference (interval)")
    for name in timed:
        both = zip(hooked[name], plain[name], strict=True)
        more = intervals.median([after - before for after, before in both])
        before = intervals.median(plain[name]).value
        after = intervals.median(hooked[name]).value
        print(f"{name:22}{before:>10.1f}{after:>10.1f}", end="   ")
        print(f"{more.value:+.1f} ({more.low:+.1f} to {more.high:+.1f})")
    if not regions:
        print("empty OpenMP region: left out, no C compiler with OpenMP")
    print(f"intervals: {intervals.describe(pairs)}\n")


def region_nanoseconds(regions, count):
    begin = time.perf_counter_ns()
    regions(count)
    return (time.perf_counter_ns() - begin) / count


def install_once():
    """In a process of its own: imports much, then times the hooks going in and out."""
    import contextlib
    import importlib

    import corewise

    for name in MANY.split():
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with open("/proc/self/maps") as maps:
        mapped = {line.split()[-1] for line in maps if ".so" in line}
    times = []
    for step in (corewise.govern, corewise.ungovern):
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    print(json.dumps({"libraries": len(mapped), "in": times[0], "out": times[1]}))


def install(launches):
    """Prints how long putting the hooks in and out takes."""
    made = []
    for _ in range(launches):
        command = [sys.executable, __file__, "--install-once"]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        made.append(json.loads(printed.splitlines()[-1]))
    print(f"ms, {made[0]['libraries']} libraries loaded, {launches} fresh processes")
    for key, words in (("in", "govern()"), ("out", "ungovern()")):
        print(f"{words:22}{intervals.median([one[key] for one in made])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=15, help="of plain and hooked, in turn")
    parser.add_argument("--count", type=int, default=50000, help="calls in one sample")
    parser.add_argument("--launches", type=int, default=7, help="processes that time putting in")
    parser.add_argument("--install-once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    import corewise

    if not hasattr(corewise, "govern"):
        sys.exit("error: the installed corewise has no govern()\nhint: make .venv/.corewise")
    if options.install_once:
        install_once()
        return
    described = machine.describe(corewise.cpu_count())
    print(f"machine:  {described['machine']}\nversions: {described['versions']}\n")
    calls(options.pairs, options.count)
    install(options.launches)


if __name__ == "__main__":
    main()
