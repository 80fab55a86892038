"""Writes `src/ziggurat/tables.rs`: the layers of the ziggurats of NumPy's `Generator`.

    python tools/tables.py > src/ziggurat/tables.rs

A ziggurat of 256 layers of area `V` each covers the density, and the tail begins at `R`
(G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables", 2000). For
layer i with right edge x, the tables hold the width of one step of the random integer (w), the
integer below which a point lies under the density for certain (k), and the density at x (f).

NumPy's tables for the normal distribution carry the rounding of the binary64 arithmetic that made
them, those for the exponential distribution are exact and then rounded. So are these.
"""

from __future__ import annotations

import struct
import sys
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, getcontext
from math import nextafter, sqrt

LAYERS = 256
getcontext().prec = 60
PER_LINE = 5


def exp(x: float) -> float:
    """e to the x, correctly rounded."""
    return float(Decimal(x).exp())


def log(x: float) -> float:
    """The natural logarithm, correctly rounded."""
    return float(Decimal(x).ln())


def bits64(x: float) -> int:
    return int(struct.unpack("<Q", struct.pack("<d", x))[0])


def bits32(x: float) -> int:
    return int(struct.unpack("<I", struct.pack("<f", x))[0])


def nearest(x: Decimal) -> int:
    return int(x.to_integral_value(ROUND_HALF_EVEN))


def normal() -> dict[str, list[int]]:
    """The normal distribution's tables, in binary64 arithmetic."""
    r = 3.6541528853610088
    v = 0.0049286732339746519
    x = [0.0] * LAYERS
    f = [1.0] * LAYERS
    x[255], f[255] = r, exp(-0.5 * r * r)
    for i in range(254, 0, -1):
        x[i] = sqrt(-2.0 * log(f[i + 1] + v / x[i + 1]))
        f[i] = exp(-0.5 * x[i] * x[i])
        if i == 38:
            # The one step at which whatever made NumPy's tables rounded up.
            f[i] = nextafter(f[i], 1.0)
    # The base layer is as wide as a box of its area would be: box and tail.
    x[0] = v / f[255]
    ratio = [x[255] / x[0], 0.0] + [x[i - 1] / x[i] for i in range(2, LAYERS)]
    return {
        "NORMAL_K": [nearest(Decimal(value) * 2**52) for value in ratio],
        "NORMAL_W": [bits64(value / 2**52) for value in x],
        "NORMAL_F": [bits64(value) for value in f],
        "NORMAL_K_32": [nearest(Decimal(value) * 2**23) for value in ratio],
        "NORMAL_W_32": [bits32(value / 2**23) for value in x],
        "NORMAL_F_32": [bits32(value) for value in f],
    }


def exponential() -> dict[str, list[int]]:
    """The exponential distribution's tables, exact before they are rounded."""
    r = Decimal("7.69711747013104971404462804802")
    v = (r + 1) * (-r).exp()
    x = [Decimal(0)] * LAYERS
    x[255] = r
    for i in range(254, 0, -1):
        x[i] = -((-x[i + 1]).exp() + v / x[i + 1]).ln()
    f = [Decimal(1)] + [(-value).exp() for value in x[1:]]
    x[0] = v / f[255]
    ratio = [x[255] / x[0], Decimal(0)] + [x[i - 1] / x[i] for i in range(2, LAYERS)]

    def nine_digits(value: Decimal) -> int:
        return bits32(float(f"{value:.8e}"))

    return {
        "EXPONENTIAL_K": [2 * int((q * 2**52).to_integral_value(ROUND_FLOOR)) for q in ratio],
        "EXPONENTIAL_W": [bits64(float(value / 2**53)) for value in x],
        "EXPONENTIAL_F": [bits64(float(value)) for value in f],
        "EXPONENTIAL_K_32": [nearest(q * 2**23) for q in ratio],
        "EXPONENTIAL_W_32": [nine_digits(value / 2**23) for value in x],
        "EXPONENTIAL_F_32": [nine_digits(value) for value in f],
    }


def text() -> str:
    """The file."""
    tables = normal() | exponential()
    parts = ["//! Written by `tools/tables.py`, which says what they are.\n"]
    for name, values in tables.items():
        width = 32 if name.endswith("_32") else 64
        kind = "u" if "_K" in name else "f"
        per_line = PER_LINE if width == 64 else 8
        parts.append("#[rustfmt::skip]")
        head = f"pub(crate) static {name}: [{kind}{width}; {LAYERS}] = "
        parts.append(head + ("[" if kind == "u" else f"floats{width}(&["))
        for at in range(0, LAYERS, per_line):
            row = (f"0x{value:0{width // 4}x}," for value in values[at : at + per_line])
            parts.append("    " + " ".join(row))
        parts.append("];\n" if kind == "u" else "]);\n")
    for width in (64, 32):
        parts += [
            f"const fn floats{width}(bits: &[u{width}; {LAYERS}]) -> [f{width}; {LAYERS}] {{",
            f"    let mut floats = [0.0; {LAYERS}];",
            "    let mut layer = 0;",
            f"    while layer < {LAYERS} {{",
            f"        floats[layer] = f{width}::from_bits(bits[layer]);",
            "        layer += 1;",
            "    }",
            "    floats",
            "}\n",
        ]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(text())
