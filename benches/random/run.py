"""What random numbers cost: corewise beside NumPy, other packages, and writing memory.

make bench-random                         (about an hour; writes docs/random-benchmarks.md)
python benches/random/run.py --quick      (below two minutes; prints goals, writes nothing)
python benches/random/run.py --methods random normal --sizes 1 1000000
"""

import argparse
import datetime
import importlib.metadata
import os
import pathlib
import platform
import shlex
import subprocess
import sys
import time

import contestants as c
import goals
import measuring
import numpy
import page

import corewise

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "random-benchmarks.md"
SIZES = (0, *(10**power for power in range(9)))
METHODS = {
    "random": SIZES,
    "normal": SIZES,
    "exponential": SIZES,
    "random f32": SIZES,
    "normal f32": SIZES,
    "exponential f32": SIZES,
    "integers": SIZES,
    "lognormal": SIZES[:-1],
    "gamma": SIZES[:-1],
    "poisson": SIZES[:-1],
    "shuffle": SIZES[1:-1],
    "random new array": (10**6, 10**7, 10**8),
    "normal new array": (10**6, 10**7, 10**8),
}
BUSY = "**other programs were using the CPUs: the figures say little, measure on a quiet machine**"
QUICK_SIZES = (1, 1_000, 1_000_000)
QUICK_LARGE = ("random", "normal", "exponential")


def cases(options):
    """Every (method, number of values) that is asked for."""
    for method in options.methods or METHODS:
        sizes = METHODS[method]
        if options.quick and not options.sizes:
            sizes = [n for n in sizes if n in QUICK_SIZES]
            sizes += [10**7] if method in QUICK_LARGE else []
        for n in sizes:
            if not options.sizes or n in options.sizes:
                yield method, n


def about():
    """What was measured, on what."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    flags = next((line for line in lines if line.startswith("flags")), "")
    simd = [name for name in ("avx2", "avx512f", "avx512ifma") if f" {name}" in flags]
    kernel = platform.release().partition("-")[0]
    rivals = [one.partition("==")[::2] for one in c.REQUIREMENTS[1:]]
    versions = [("corewise", importlib.metadata.version("corewise")), ("numpy", numpy.__version__)]
    versions += [*rivals, *rust_versions()]
    return {
        "Machine": f"{model[0] if model else platform.machine()} ({', '.join(simd)}), "
        f"{os.cpu_count()} CPUs, {corewise.cpu_count()} allowed cores, Linux {kernel}, "
        f"load average {os.getloadavg()[0]:.2f} at the start",
        "Versions": f"CPython {platform.python_version()}, "
        + ", ".join(f"{name} {version}" for name, version in versions),
        "Date": datetime.date.today().isoformat(),
        "Command": f"`python benches/random/run.py {shlex.join(sys.argv[1:])}`".replace(" `", "`"),
    }


def rust_versions():
    """Of the crates that the Rust program is made of."""
    command = ["cargo", "tree", "--depth", "1", "--prefix", "none"]
    tree = subprocess.run(command, cwd=c.HERE / "rust", capture_output=True, text=True, check=True)
    for line in tree.stdout.splitlines()[1:]:
        name, version, *_ = line.split()
        yield name, version.removeprefix("v")


def others():
    """CPUs that are busy though nothing is measured yet, over a second."""

    def used():
        fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
        times = [int(field) for field in fields]
        return sum(times) - times[3] - times[4]  # idle, waiting for a disk

    before, began = used(), time.monotonic()
    time.sleep(1)
    return (used() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few sizes and rounds, no page")
    parser.add_argument("--methods", nargs="*", choices=METHODS, metavar="METHOD")
    parser.add_argument("--sizes", nargs="*", type=int, metavar="N", help="0 is one without array")
    parser.add_argument("--rounds", type=int, help="default: 15, quick 5")
    parser.add_argument(
        "--seconds", type=float, help="of a measurement; default: 0.05, quick 0.005"
    )
    parser.add_argument("--page", type=pathlib.Path, default=PAGE)
    options = parser.parse_args()
    rounds = options.rounds or (5 if options.quick else 15)
    seconds = options.seconds or (0.005 if options.quick else 0.05)
    c.install(numpy.__version__)
    busy = others() > os.cpu_count() / 8
    header = about() | {
        "Rounds": f"{rounds} of {1e3 * seconds:g} ms each, of the largest arrays {measuring.FEW}"
    }
    if busy:
        header["Noise"] = BUSY
    runnings = [c.Running(one) for one in c.EVERY]
    results = measuring.Results()
    for method, n in cases(options):
        measuring.measure(results, runnings, method, n, rounds, seconds)
        shown = [(one, results.value(method, n, one)) for one in c.EVERY]
        values = "  ".join(f"{one.title} {page.number(v)}" for one, v in shown if v is not None)
        print(f"{method}, {page.size(n)}: {values}", flush=True)
    for running in runnings:
        running.end()
    verdicts = goals.verdicts(results)
    for verdict in verdicts:
        if not verdict.hit:
            goal = verdict.goal
            print(f"MISS {goal.name}: {verdict.ratio:.3g}, wanted {goal.least:.3g}")
    print(f"{sum(verdict.hit for verdict in verdicts)} of {len(verdicts)} goals are hit")
    if not options.quick:
        page.write(options.page, results, header)


if __name__ == "__main__":
    main()
