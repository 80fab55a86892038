"""How many threads of a governed program want to run at once, looked at a thousand times a second.

    python benches/governor/runnable.py            (or: --callers 4 --grown 64 --plain)

Python threads that call BLAS without a pause: a governor can give each at least itself, so what
is allowed is the budget and one for each caller. More than that, for long, is oversubscription. The
sampler is another process and reads the state of each thread; it competes for the same cores, so
the program prints how often it really looked.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import emulation
import machine

LIBRARIES = ("numpy",)
RELIST_EVERY = 0.02
"""Seconds after which threads are listed anew: new ones are seen that much too late."""


def program(callers, size, seconds):
    """The program that is looked at: callers that multiply matrices until time is up."""
    emulation.begin(LIBRARIES)
    import numpy as np

    matrix = np.random.default_rng(1).standard_normal((size, size))

    def call(until):
        count = 0
        while time.perf_counter() < until:
            matrix @ matrix
            count += 1
        return count

    with ThreadPoolExecutor(callers) as executor:
        list(executor.map(call, [time.perf_counter() + 0.3] * callers))
        print(json.dumps({"ready": os.getpid()}), flush=True)
        begin = time.perf_counter()
        count = sum(executor.map(call, [begin + seconds] * callers))
    print(json.dumps({"calls a second": count / (time.perf_counter() - begin)}), flush=True)


def sample(pid, seconds, rate):
    """(time, runnable threads) for each look, until time is up or the program has ended."""
    tasks = pathlib.Path(f"/proc/{pid}/task")
    looks, files = [], {}
    begin = listed = time.perf_counter()
    due = begin
    while (now := time.perf_counter()) - begin < seconds:
        if not files or now - listed > RELIST_EVERY:
            listed = now
            with contextlib.suppress(FileNotFoundError):
                _list(tasks, files)
            if not files:
                break
        looks.append((now - begin, sum(_runs(file) for file in list(files.values()))))
        due = max(due + 1 / rate, now)
        time.sleep(max(0.0, due - time.perf_counter()))
    for file in files.values():
        os.close(file)
    return looks


def _list(tasks, files):
    """Opens what is new and closes what is gone."""
    names = {folder.name for folder in tasks.iterdir()}
    for name in files.keys() - names:
        os.close(files.pop(name))
    for name in names - files.keys():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            files[name] = os.open(tasks / name / "stat", os.O_RDONLY)


def _runs(file):
    """State R is running or runnable. A thread that has just ended is neither."""
    try:
        return os.pread(file, 512, 0).rpartition(b")")[2].split()[0] == b"R"
    except (OSError, IndexError):
        return False


def longest_above(looks, bound):
    """The longest time from one look to another with all looks between above the bound."""
    longest, start = 0.0, None
    for when, count in looks:
        if count <= bound:
            start = None
        elif start is None:
            start = when
        else:
            longest = max(longest, when - start)
    return longest


def show(looks, bound, result):
    counts = collections.Counter(count for _, count in looks)
    span = looks[-1][0] - looks[0][0]
    print(f"looks:           {len(looks)}, {len(looks) / span:.0f} a second")
    print(f"calls a second:  {result['calls a second']:.0f}")
    print(f"mean runnable:   {sum(n * c for n, c in counts.items()) / len(looks):.2f}\n")
    print("runnable threads   share of looks")
    for number in range(max(counts) + 1):
        share = counts[number] / len(looks)
        mark = "  above budget + callers" if number > bound else ""
        print(f"{number:>16}   {share:7.2%} {'#' * round(50 * share)}{mark}")
    above = sum(c for n, c in counts.items() if n > bound) / len(looks)
    print(f"\nabove {bound}: {above:.2%} of looks,", end=" ")
    print(f"longest stretch {1000 * longest_above(looks, bound):.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--callers", type=int, default=8)
    add("--size", type=int, default=300, help="rows of the matrices")
    add("--seconds", type=float, default=10.0)
    add("--rate", type=float, default=1000.0, help="looks a second")
    add("--grown", type=int, help="emulate pools of this size by default")
    add("--plain", action="store_true", help="without corewise, to compare")
    add("--budget", type=int, help="the allowed cores, if not what corewise says")
    add("--corewise", default=str(pathlib.Path(sys.executable).parent / "corewise"))
    add("--run-options", default="--quiet --no-record", help="for corewise run")
    add("--program", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        program(options.callers, options.size, options.seconds)
        return
    budget = options.budget or machine.allowed_cores(options.corewise)
    command = [sys.executable, __file__, "--program", "--callers", str(options.callers)]
    command += ["--size", str(options.size), "--seconds", str(options.seconds)]
    if not options.plain:
        command = [options.corewise, "run", *options.run_options.split(), "--", *command]
    grown = {emulation.POOLS: str(options.grown)} if options.grown else {}
    # Where there is a right to it, the sampler goes before the program that it looks at.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    process = subprocess.Popen(
        command,
        env={**os.environ, **grown},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_ordinary,
    )
    first = process.stdout.readline()
    if not first:
        sys.exit(f"error: the program ended with status {process.wait()}")
    looks = sample(json.loads(first)["ready"], options.seconds - 0.1, options.rate)
    result = json.loads(process.communicate()[0])
    print(f"machine:         {machine.describe(budget)['machine']}")
    print(f"program:         {options.callers} callers, {options.size} x {options.size}", end=" ")
    print(f"products, {'plain' if options.plain else 'governed'}, budget {budget}")
    show(looks, budget + options.callers, result)


def _ordinary():
    """The program's own priority."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)


if __name__ == "__main__":
    main()
