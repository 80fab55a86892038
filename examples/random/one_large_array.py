"""One array from one generator, filled by any number of threads, whole or in pieces."""

import hashlib

import numpy as np

from corewise.random import PCG64, Generator

VALUES = 1_000_003


def whole(threads):
    return Generator(PCG64(42), threads=threads).standard_normal(VALUES)


def pieces(threads, lengths):
    rng = Generator(PCG64(42), threads=threads)
    values = np.empty(VALUES)
    begin = 0
    for length in lengths:
        rng.standard_normal(out=values[begin : begin + length])
        begin += length
    return values


if __name__ == "__main__":
    for values in (
        whole(threads=1),
        whole(threads=2),
        pieces(3, [1, 500_000, 2, 500_000]),
        np.random.Generator(np.random.PCG64(42)).standard_normal(VALUES),
    ):
        print(hashlib.sha256(values).hexdigest())
