"""What recording costs: the recorder's own CPU time, and how much slower the program gets.

    make bench            (or: python benches/overhead.py --seconds 10 --rounds 5)

A program with a pool of 64 threads is run as it is, under corewise and under py-spy, both at the
same rate, in turn. CPU time is what the kernel charged the recorder (`wait4`), in percent of one
core; the program's speed is a ratio to the run as it is in the same round.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE / "programs" / "many_threads.py"
RATE = 50


def charged(command):
    """Runs a command and gives its wall time, its CPU time without its children's, its output."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"error: {command[0]} ended with status {status}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, output


def speed(output):
    """The program's last line: what it did in a second."""
    return float(output.split()[-1])


def plain(seconds, _folder):
    _, _, output = charged([sys.executable, PROGRAM, str(seconds)])
    return speed(output), 0.0


def corewise(command, seconds, folder):
    recording = folder / "recording"
    options = ["--quiet", "-o", recording, "--rate", str(RATE)]
    program = [sys.executable, PROGRAM, str(seconds)]
    wall, _, output = charged([command, "record", *options, "--", *program])
    report = subprocess.run(
        [command, "report", recording, "--json", "-"], check=True, stdout=subprocess.PIPE
    ).stdout
    # The recorder's own clock: what wait4 says holds the program's CPU time too.
    return speed(output), json.loads(report)["summary"]["recorder_cpu_ns"]["known"] / 1e9 / wall


def py_spy(command, seconds, folder, *more):
    # The program is a child of its own, so that its CPU time is not counted as py-spy's.
    program = subprocess.Popen(
        [sys.executable, PROGRAM, str(seconds)], stdout=subprocess.PIPE, text=True
    )
    options = ["--pid", str(program.pid), "--rate", str(RATE), "--format", "raw"]
    options += ["--output", folder / "raw", "--duration", str(round(seconds) + 60), *more]
    wall, cpu, _ = charged([command, "record", *options])
    return speed(program.communicate()[0]), cpu / wall


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    model = models[0] if models else platform.machine()
    versions = f"Linux {platform.release()}, CPython {platform.python_version()}"
    return f"{os.cpu_count()} CPUs ({model}), {versions}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = pathlib.Path(sys.executable).parent
    parser.add_argument("--corewise", default=beside / "corewise")
    parser.add_argument("--py-spy", default=beside / "py-spy")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    how = {
        "as it is": plain,
        "corewise record": lambda *a: corewise(options.corewise, *a),
        "py-spy, not blocking": lambda *a: py_spy(options.py_spy, *a, "--nonblocking"),
        "py-spy": lambda *a: py_spy(options.py_spy, *a),
    }
    ratios = {name: [] for name in how}
    costs = {name: [] for name in how}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            base = None
            for name, run in how.items():
                done, cost = run(options.seconds, pathlib.Path(folder))
                base = base or done
                ratios[name].append(done / base)
                costs[name].append(cost)
    print(f"machine: {machine()}")
    print(
        f"program: {PROGRAM.name}, 64 pool threads, {options.seconds:g} s, {options.rounds} rounds"
    )
    print(f"rate:    {RATE} Hz\n")
    print(f"{'':22}{'cost, % of one core':>22}{'speed, ratio to as it is':>28}")
    for name in how:
        low, high = min(ratios[name]), max(ratios[name])
        print(
            f"{name:22}{100 * statistics.median(costs[name]):>21.2f} "
            f"{statistics.median(ratios[name]):>15.3f} ({low:.3f} to {high:.3f})"
        )


if __name__ == "__main__":
    main()
