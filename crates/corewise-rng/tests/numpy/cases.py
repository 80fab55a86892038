"""What NumPy does, for main.rs: a line a case, on standard output.

A line has fields parted by tabs: the distribution, its parameters, the number of values, the bit
generator, its state before, the bytes of the values, its state after. Numbers are in hexadecimal
(a float as its bits), values of a field are parted by commas.
"""

from __future__ import annotations

import random
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

CHOOSE = random.Random(int(sys.argv[1]))
ROUNDS = int(sys.argv[2])
SIZES = (1, 2, 3, 5, 8, 33, 64, 200)
GENERATORS = ("PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937")
Parameter = float | int
Draw = Callable[[np.random.Generator, int], "np.ndarray[Any, Any]"]


def numbers(values: Any) -> str:
    return ",".join(f"{int(value):x}" for value in values)


def state_of(bit_generator: Any) -> str:
    """Its state in the order of NumPy's struct."""
    full = bit_generator.state
    state = full["state"]
    halves = (full.get("has_uint32", 0), full.get("uinteger", 0))
    match full["bit_generator"]:
        case "PCG64" | "PCG64DXSM":
            return numbers((state["state"], state["inc"], *halves))
        case "Philox":
            words = (*state["counter"], *state["key"], *full["buffer"], full["buffer_pos"])
            return numbers((*words, *halves))
        case "SFC64":
            return numbers((*state["state"], *halves))
        case _:
            return numbers((*state["key"], state["pos"]))


def field(parameter: Parameter) -> str:
    if isinstance(parameter, float):
        return struct.pack(">d", parameter).hex()
    return f"{parameter & (2**64 - 1):x}"


def show(name: str, parameters: tuple[Parameter, ...], draw: Draw, sizes: tuple[int, ...]) -> None:
    """One case of each bit generator."""
    for kind in GENERATORS:
        bit_generator = getattr(np.random, kind)(CHOOSE.getrandbits(64))
        generator = np.random.Generator(bit_generator)
        # Anywhere in its buffers, and with or without a half that waits.
        for _ in range(CHOOSE.randrange(6)):
            generator.random(dtype=CHOOSE.choice((np.float32, np.float64)))
        size = CHOOSE.choice(sizes)
        before = state_of(bit_generator)
        values = draw(generator, size)
        fields = (
            name,
            ",".join(map(field, parameters)),
            f"{size:x}",
            kind,
            before,
            values.tobytes().hex(),
            state_of(bit_generator),
        )
        print("\t".join(fields))


def method(name: str, *parameters: Parameter, sizes: tuple[int, ...] = SIZES, **named: Any) -> None:
    """A case of `Generator.<name>`."""
    label = "_".join((name, *(str(getattr(value, "__name__", value)) for value in named.values())))

    def draw(generator: np.random.Generator, size: int) -> np.ndarray[Any, Any]:
        values: np.ndarray[Any, Any] = getattr(generator, name)(*parameters, size=size, **named)
        return values

    show(label, parameters, draw, sizes)


def positive() -> float:
    """Of any order of magnitude that programs use."""
    return float(10.0 ** CHOOSE.uniform(-3.0, 3.0))


def anything() -> float:
    return CHOOSE.choice((0.0, 1.0, -2.5, CHOOSE.gauss(0.0, 100.0)))


def continuous() -> None:
    # Tails are rare: one in 4,000 values of the normal distribution, 2,000 of the exponential.
    for name in ("standard_normal", "standard_exponential"):
        for dtype in (np.float64, np.float32):
            method(name, dtype=dtype)
            method(name, dtype=dtype, sizes=(2000,))
    for dtype in (np.float64, np.float32):
        method("standard_exponential", method="inv", dtype=dtype)
        method("random", dtype=dtype)
    method("uniform", anything(), 1000.0 + positive())
    method("normal", anything(), positive())
    method("lognormal", anything() / 100.0, positive() / 10.0)
    method("exponential", positive())


def main() -> None:
    for _ in range(ROUNDS):
        continuous()


if __name__ == "__main__":
    main()
