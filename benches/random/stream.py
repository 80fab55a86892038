"""Writes what several threads draw to standard output, for programs that test randomness.

    python benches/random/stream.py raw | RNG_test stdin64 -tlmax 16GB
    python benches/random/stream.py normal | RNG_test stdin32 -tlmax 16GB
    python benches/random/stream.py raw | dieharder -g 200 -a

Lengths of calls vary from 1 to 1,000,000 values, and so does the number of threads, so that the
output is put together from as many joints as possible: values that were lost or given twice would
show. `raw` is whole 64-bit integers; `random` and `normal` are turned back into integers, 32 bits a
value; `pairs` takes turns between two streams of `streams_for`.
"""

import argparse
import itertools
import math
import sys

import numpy as np

from corewise.random import PCG64, Generator, streams_for

LENGTHS = (1, 7, 63, 2_049, 50_003, 200_001, 1_000_000)


def raw(rng, n):
    return rng.integers(0, 2**64, n, dtype=np.uint64)


def random(rng, n):
    return (rng.random(n) * 2**32).astype(np.uint32)


def normal(rng, n):
    """The normal distribution's own function makes uniform numbers of normal ones."""
    from scipy.special import ndtr

    return (ndtr(rng.standard_normal(n)) * 2**32).astype(np.uint32)


KINDS = {"raw": raw, "random": random, "normal": normal, "pairs": raw}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", type=float, default=math.inf, help="how many; default: no end")
    options = parser.parse_args()
    if options.kind == "pairs":
        streams = streams_for(2, options.seed)
    else:
        streams = [Generator(PCG64(options.seed))]
    written = 0
    for turn, (length, rng) in enumerate(
        zip(itertools.cycle(LENGTHS), itertools.cycle(streams), strict=False)
    ):
        rng.threads = 1 + turn % 5
        block = KINDS[options.kind](rng, length)
        try:
            sys.stdout.buffer.write(block.data)
        except BrokenPipeError:
            break
        written += block.nbytes
        if written >= options.bytes:
            break


if __name__ == "__main__":
    main()
