"""What NumPy does, for main.rs: a line a case, on standard output.

A line has fields parted by tabs: the distribution, its parameters, the number of values, the bit
generator, its state before, the bytes of the values, its state after. Numbers are in hexadecimal
(a float as its bits), values of a field are parted by commas. Where NumPy's own values changed,
only the versions are asked that have the present ones.
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
NUMPY = tuple(map(int, np.__version__.split(".")[:2]))
KINDS: tuple[Any, ...] = (np.int8, np.int16, np.int32, np.int64, np.bool_)
KINDS += (np.uint8, np.uint16, np.uint32, np.uint64)
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


def derived() -> None:
    """What is made of uniform, normal and exponential numbers."""
    for name in ("laplace", "gumbel", "logistic"):
        method(name, anything(), CHOOSE.choice((0.0, positive())))
    for name in ("pareto", "weibull", "power", "rayleigh", "chisquare", "standard_t"):
        method(name, positive())
    method("weibull", 0.0)
    left, mode, right = sorted((anything(), anything(), anything()))
    method("triangular", left - 1.0, mode, right + 1.0)
    for dtype in (np.float64, np.float32):
        # Not every parameter is a float32: one that is, so that the two are the same.
        shape = float(np.float32(CHOOSE.choice((0.0, 1.0, CHOOSE.random(), positive()))))
        method("standard_gamma", shape, dtype=dtype)
    method("gamma", CHOOSE.choice((0.0, 1.0, CHOOSE.random(), positive())), positive())
    method("f", positive(), positive())
    method("beta", *(CHOOSE.choice((1.0, CHOOSE.random(), positive())) for _ in range(2)))
    method("standard_cauchy")
    if NUMPY >= (2, 4):
        method("wald", positive(), positive())
        method("beta", *(10.0 ** CHOOSE.choice((-200.0, -100.0, -5.0, -3.0)) for _ in range(2)))
    concentration = 10.0 ** CHOOSE.choice((-9.0, -7.0, CHOOSE.uniform(-4.9, 5.9), 7.0))
    method("vonmises", CHOOSE.uniform(-10.0, 10.0), concentration)


def counts() -> None:
    method("geometric", CHOOSE.choice((1.0, CHOOSE.random(), positive() / 1000.0, 1e-18)))
    method("logseries", CHOOSE.choice((0.0, CHOOSE.random(), 1.0 - positive() / 1e6)))
    if NUMPY >= (2, 4):
        method("zipf", 1.0 + CHOOSE.choice((1e-3, CHOOSE.random(), positive() * 10.0)))
    method("poisson", CHOOSE.choice((0.0, CHOOSE.uniform(0.0, 30.0), positive(), 1e9, 9e18)))
    method("negative_binomial", positive(), CHOOSE.uniform(0.01, 1.0))
    if (2, 4) <= NUMPY < (2, 5):
        binomial()


def binomial() -> None:
    tries = CHOOSE.choice((0, 1, 10, CHOOSE.randrange(100_000), 10**12))
    method("binomial", tries, CHOOSE.choice((0.0, 0.5, 1.0, CHOOSE.random(), 1e-6)))
    method("binomial", CHOOSE.randrange(70, 5000), CHOOSE.random(), sizes=(300,))


def bounds(kind: Any) -> tuple[int, int]:
    """The lowest and the highest of some integers of this type."""
    if kind is np.bool_:
        low = CHOOSE.choice((0, 1))
        return low, CHOOSE.choice((low, 1))
    lowest, highest = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    bits = CHOOSE.randrange(kind().itemsize * 8 + 1)
    # One integer, all, powers of two and their neighbours, and any number of them.
    ranges = (0, highest - lowest, 2**bits - 1, 2**bits, 2**bits - 2, CHOOSE.getrandbits(bits))
    span = min(max(CHOOSE.choice(ranges), 0), highest - lowest)
    low = CHOOSE.choice((lowest, highest - span, CHOOSE.randint(lowest, highest - span)))
    return low, low + span


def integers() -> None:
    for kind in KINDS:
        CHOOSE.choice((integers_of, scalar_integers_of))(kind, *bounds(kind))
    show("bytes", (), lambda generator, size: np.frombuffer(generator.bytes(size), np.uint8), SIZES)


def integers_of(kind: Any, low: int, high: int) -> None:
    label = f"integers_{np.dtype(kind).name}"

    def draw(generator: np.random.Generator, size: int) -> np.ndarray[Any, Any]:
        values: np.ndarray[Any, Any]
        values = generator.integers(low, high, size=size, dtype=kind, endpoint=True)
        return values

    show(label, (low, high), draw, SIZES)


def scalar_integers_of(kind: Any, low: int, high: int) -> None:
    """Without a size."""
    label = f"integers_{np.dtype(kind).name}"

    def draw(generator: np.random.Generator, _: int) -> np.ndarray[Any, Any]:
        return np.array(generator.integers(low, high, dtype=kind, endpoint=True), kind)

    show(label, (low, high), draw, (1,))


def main() -> None:
    for _ in range(ROUNDS):
        continuous()
        derived()
        counts()
        integers()


if __name__ == "__main__":
    main()
