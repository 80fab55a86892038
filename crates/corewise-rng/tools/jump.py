"""Writes `src/mt19937/polynomial.rs`: the polynomial that moves an MT19937 on by 2^128 words.

    python tools/jump.py > src/mt19937/polynomial.rs

A step of the generator is a linear map over bits. Its characteristic polynomial is found from a
sequence of output bits (E. R. Berlekamp and J. L. Massey), and x to the 2^128 modulo it says which
steps, added up, are 2^128 of them (H. Haramoto et al., "Efficient Jump Ahead for F2-Linear Random
Number Generators", 2008).
"""

from __future__ import annotations

import sys

WORDS, MIDDLE = 624, 397
DEGREE = 19937
PER_LINE = 5


def output_bits(count: int) -> list[int]:
    """The lowest bit of each word of the sequence behind a state at random."""
    words = [19650218]
    for index in range(1, WORDS):
        before = words[-1]
        words.append((1812433253 * (before ^ before >> 30) + index) % 2**32)
    while len(words) < WORDS + count:
        joined = words[-WORDS] & 0x80000000 | words[1 - WORDS] & 0x7FFFFFFF
        new = words[MIDDLE - WORDS] ^ joined >> 1 ^ (0x9908B0DF if joined & 1 else 0)
        words.append(new)
    return [word & 1 for word in words[WORDS:]]


def characteristic(bits: list[int]) -> int:
    """The shortest recurrence's polynomial; bit i is the coefficient of x to the i."""
    connection, previous, length, gap, window = 1, 1, 0, 1, 0
    for index, bit in enumerate(bits):
        window = window << 1 | bit
        if (connection & window).bit_count() & 1:
            shifted = connection ^ previous << gap
            if 2 * length <= index:
                previous, length, gap = connection, index + 1 - length, 0
            connection = shifted
        gap += 1
        window &= (1 << DEGREE + 1) - 1
    assert length == DEGREE, length
    return int(f"{connection:0{DEGREE + 1}b}"[::-1], 2)


def squared(polynomial: int, modulus: int) -> int:
    """The square over bits: zeros go between the coefficients."""
    square = int("0".join(f"{polynomial:b}"), 2)
    for degree in range(square.bit_length() - 1, DEGREE - 1, -1):
        if square >> degree & 1:
            square ^= modulus << (degree - DEGREE)
    return square


def main() -> None:
    modulus = characteristic(output_bits(2 * DEGREE + 100))
    polynomial = 2
    for _ in range(128):
        polynomial = squared(polynomial, modulus)
    words = [polynomial >> 64 * index & 2**64 - 1 for index in range(-(-DEGREE // 64))]
    print("//! Written by `tools/jump.py`, which says what it is.\n")
    print("#[rustfmt::skip]")
    print(f"pub(super) static POLYNOMIAL: [u64; {len(words)}] = [")
    for at in range(0, len(words), PER_LINE):
        print("    " + " ".join(f"0x{word:016x}," for word in words[at : at + PER_LINE]))
    print("];")
    sys.stdout.flush()


main()
