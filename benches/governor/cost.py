"""What governing costs: a hooked call against a plain one, and putting the hooks in.

    python benches/governor/cost.py

One process puts the hooks in and out again, in turn, and times the same calls before and after. The
calls come from a small library that is compiled for this (left out where there is no compiler), so
that Python's own time, a hundred times that of a hook, is not part of it: of several blocks of
calls the fastest counts, for what disturbs a block makes it slower. Putting in is timed in
fresh processes with hundreds of libraries loaded, since every one of them is looked through, and
so is the look at one further module.
"""

import _ctypes
import argparse
import contextlib
import ctypes
import importlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import intervals
import machine

CALLS = pathlib.Path(__file__).with_name("calls.c")

MANY = """\
numpy numpy.fft numpy.random scipy sklearn numba numba.np.ufunc.workqueue numexpr pandas pyarrow
pyarrow.compute pyarrow.dataset pyarrow.parquet lightgbm xgboost skimage cv2 matplotlib.pyplot h5py
lxml.etree PIL.Image statsmodels shapely pyproj ssl sqlite3 decimal multiprocessing.pool lzma bz2
readline
"""
EVERY_MODULE_OF = ("scipy", "sklearn", "pandas", "skimage", "statsmodels")
"""Packages whose extension modules are all imported."""


def openblas():
    """The prefix and suffix of NumPy's CBLAS names, and the type of its integers."""
    import numpy as np

    np.dot(np.eye(2), np.eye(2))
    for path in loaded():
        if "openblas" in path:
            library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
            for prefix, suffix, integer in (
                ("scipy_", "64_", "long"),
                ("", "64_", "long"),
                ("scipy_", "", "int"),
                ("", "", "int"),
            ):
                if hasattr(library, f"{prefix}cblas_dgemm{suffix}"):
                    return prefix, suffix, integer
    return None


def loaded():
    """The paths of the libraries of this process, sorted."""
    with open("/proc/self/maps") as maps:
        return sorted({line.split()[-1] for line in maps if ".so" in line})


def compiled(folder):
    """What is timed, by name: a function that makes a number of calls and says how many ns."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return {}
    blas = openblas()
    defines = ["-DNO_BLAS"]
    if blas:
        prefix, suffix, integer = blas
        names = (f"{prefix}cblas_{routine}{suffix}" for routine in ("dgemm", "ddot"))
        defines = [f"-D{name}" for name in map("=".join, zip(("GEMM", "DOT"), names, strict=True))]
        defines.append(f"-DINTEGER={integer}")
    library = folder / "calls.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-fopenmp", *defines, CALLS, "-o", library]
    if subprocess.run(command).returncode:
        return {}
    calls = ctypes.CDLL(str(library))
    functions = {"OpenMP region, 1 thread": calls.regions}
    if blas:
        functions["BLAS, dgemm 8 x 8"] = calls.products
        functions["BLAS, ddot of 8 (passed)"] = calls.vectors
    for function in functions.values():
        function.argtypes, function.restype = [ctypes.c_long], ctypes.c_long
    return functions


def calls(pairs, blocks, count):
    """Prints the cost of a call, plain and hooked in turn."""
    import corewise

    def fastest(function):
        function(count)  # the first after a change makes threads anew
        return min(function(count) for _ in range(blocks)) / count

    with tempfile.TemporaryDirectory() as folder:
        functions = compiled(pathlib.Path(folder))
        if not functions:
            print("calls: left out, no C compiler with OpenMP\n")
            return
        plain = {name: [] for name in functions}
        hooked = {name: [] for name in functions}
        for _ in range(pairs):
            for name, function in functions.items():
                plain[name].append(fastest(function))
            corewise.govern()
            for name, function in functions.items():
                hooked[name].append(fastest(function))
            corewise.ungovern()
    print(f"{'ns a call':26}{'plain':>8}{'hooked':>8}   difference (interval)")
    for name in functions:
        both = zip(hooked[name], plain[name], strict=True)
        more = intervals.median([after - before for after, before in both])
        before = intervals.median(plain[name]).value
        after = intervals.median(hooked[name]).value
        print(f"{name:26}{before:>8.1f}{after:>8.1f}", end="   ")
        print(f"{more.value:+.1f} ({more.low:+.1f} to {more.high:+.1f})")
    print(f"each the fastest of {blocks} blocks of {count} calls; intervals:", end=" ")
    print(f"{intervals.describe(pairs)}\n")


def import_much():
    """Imports all that is there of a long list, for the libraries that it loads."""
    for name in MANY.split():
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for name in EVERY_MODULE_OF:
        package = sys.modules.get(name)
        if package is None:
            continue
        folder = pathlib.Path(package.__file__).parent
        for file in sorted(folder.rglob("*.so")):
            place = file.relative_to(folder.parent).with_name(file.name.split(".")[0])
            if "tests" not in place.parts:
                with contextlib.suppress(Exception):
                    importlib.import_module(".".join(place.parts))


def install_once():
    """In a process of its own: imports much, then times the hooks going in and out."""
    import corewise

    import_much()
    made = {"libraries": len(loaded())}
    with tempfile.TemporaryDirectory() as folder:
        made["module, plain"] = _further_modules(pathlib.Path(folder, "plain"))
        made["govern()"] = _milliseconds(corewise.govern)
        made["slots"] = corewise.governed().slots
        made["module, governed"] = _further_modules(pathlib.Path(folder, "governed"))
    made["ungovern()"] = _milliseconds(corewise.ungovern)
    print(json.dumps(made))


def _milliseconds(step):
    begin = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - begin)


def _further_modules(folder):
    """ms to find the first symbol in a module that was just loaded, when it is looked through."""
    import scipy.linalg

    source = next(pathlib.Path(scipy.linalg.__file__).parent.glob("_fblas.*.so"))
    folder.mkdir()
    times = []
    for number in range(15):
        module = ctypes.CDLL(shutil.copy(source, folder / f"{number}.so"))
        times.append(_milliseconds(lambda module=module: module.PyInit__fblas))
        _ctypes.dlclose(module._handle)  # or they would count among those that are looked through
    return intervals.median(times).value


def install(launches):
    """Prints how long putting the hooks in and out takes."""
    made = []
    for _ in range(launches):
        command = [sys.executable, __file__, "--install-once"]
        printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        made.append(json.loads(printed.splitlines()[-1]))
    first = made[0]
    print(f"ms, {first['libraries']} libraries loaded, {first['slots']} slots,", end=" ")
    print(f"{launches} fresh processes")
    for key in ("govern()", "ungovern()", "module, plain", "module, governed"):
        print(f"{key:22}{intervals.median([one[key] for one in made])}")
    print("module: the first symbol found in a further module, SciPy's table of BLAS functions")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=40, help="of plain and hooked, in turn")
    parser.add_argument("--blocks", type=int, default=5, help="of calls, of which one counts")
    parser.add_argument("--count", type=int, default=2000, help="calls in a block")
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
    calls(options.pairs, options.blocks, options.count)
    install(options.launches)


if __name__ == "__main__":
    main()
