"""What NumPy's ziggurats do at the edges of all their layers: lines as those of cases.py.

The state of a PCG64 is chosen so that its next raw value names the layer and the point.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

import numpy as np
from cases import state_of

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import tables

CHOOSE = random.Random(int(sys.argv[1]))
MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645
UNDONE = pow(MULTIPLIER, -1, 2**128)


def before(raw: int) -> np.random.PCG64:
    """A bit generator of which the next raw value is this one."""
    high = CHOOSE.getrandbits(58)
    increment = CHOOSE.getrandbits(128) | 1
    after = high << 64 | high ^ raw
    generator = np.random.PCG64(0)
    state = (after - increment) * UNDONE % 2**128
    generator.state = {**generator.state, "state": {"state": state, "inc": increment}}
    return generator


def points(limit: int, bits: int) -> set[int]:
    """Around the point from which on it is not certain, and at both ends."""
    near = {limit - 1, limit, limit + 1, 0, 2**bits - 1, CHOOSE.getrandbits(bits)}
    return {point for point in near if 0 <= point < 2**bits}


def show(name: str, raw: int) -> None:
    bit_generator = before(raw)
    state = state_of(bit_generator)
    method, dtype = name.rsplit("_", 1)
    value = getattr(np.random.Generator(bit_generator), method)(1, dtype=dtype)
    fields = (name, "", "1", "PCG64", state, value.tobytes().hex(), state_of(bit_generator))
    print("\t".join(fields))


def main() -> None:
    normal, exponential = tables.normal(), tables.exponential()
    for layer in range(tables.LAYERS):
        for point in points(normal["NORMAL_K"][layer], 52):
            for sign in (0, 1):
                raw = point << 9 | sign << 8 | layer
                show("standard_normal_float64", CHOOSE.getrandbits(3) << 61 | raw)
        for point in points(normal["NORMAL_K_32"][layer], 23):
            for sign in (0, 1):
                raw = point << 9 | sign << 8 | layer
                show("standard_normal_float32", CHOOSE.getrandbits(32) << 32 | raw)
        for point in points(exponential["EXPONENTIAL_K"][layer], 53):
            raw = point << 11 | layer << 3
            show("standard_exponential_float64", raw | CHOOSE.getrandbits(3))
        for point in points(exponential["EXPONENTIAL_K_32"][layer], 23):
            raw = point << 9 | layer << 1
            show("standard_exponential_float32", CHOOSE.getrandbits(32) << 32 | raw)


main()
