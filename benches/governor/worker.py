"""One launch of one workload: warms up once, runs it, prints one JSON line for each iteration.

The first line says that the warm-up is over. Lines come as they happen, so that a launch that is
stopped at its time limit still tells what it has.
"""

import argparse
import json
import os
import sys
import time

import emulation


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload")
    parser.add_argument("--cores", type=int, required=True, help="the allowed cores")
    parser.add_argument("--by-hand", action="store_true", help="limit pools as a user would")
    parser.add_argument("--stop-after", type=float, default=10.0, help="seconds to iterate at most")
    parser.add_argument("--iterations", type=int, help="instead of the workload's own number")
    parser.add_argument("--libraries", required=True, help="modules to import first")
    options = parser.parse_args()

    libraries = tuple(options.libraries.split(","))
    emulation.begin(libraries)
    # Only now: workloads import NumPy.
    import workloads
    from limits import Limits

    workload = workloads.ALL[options.workload]
    run = workload.prepare(Limits(options.by_hand, options.cores, libraries))
    run()
    say(ready=os.getpid())
    end = time.perf_counter() + options.stop_after
    for _ in range(options.iterations or workload.iterations):
        begin = time.perf_counter()
        checksum = run()
        now = time.perf_counter()
        say(seconds=now - begin, checksum=checksum)
        if now > end:
            break


def say(**values):
    json.dump(values, sys.stdout)
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
