"""Rare paths of the ziggurats, put across the places where chunks may begin.

`random_rare.json` has values that take many raw values, as `random_rare_search.py` found them. Each
is moved so that it begins shortly before, at or behind a multiple of each size that chunks may
have.
"""

import json
import pathlib

import numpy as np
import pytest

from random_streams import NAMES, Pair

RARE = json.loads(pathlib.Path(__file__).with_name("random_rare.json").read_text())
CHUNKS = [*(2**power for power in range(6, 17)), 100 * 2048]
BEHIND = 70


def per_raw(dtype):
    """How many values a raw value gives, mostly."""
    return 1 if dtype == "float64" else 2


def begun(find, place, dtype, threads):
    """Generators at a place of a stream, which may be before the seed's own."""
    pair = Pair("PCG64", find["seed"], threads)
    raws, half = divmod(place, per_raw(dtype))
    pair.advance(raws)
    if half:
        pair.both("integers", 0, 2**32, dtype=np.uint32)
    return pair


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("rare", RARE)
def test_a_rare_path_across_a_boundary(rare, chunk):
    method, dtype, _ = rare.split()
    for turn, find in enumerate(RARE[rare]):
        for shift in range(-1, find["length"] + 2):
            pair = begun(find, find["place"] - chunk * per_raw(dtype) + shift, dtype, 1 + turn % 4)
            pair.both(method, size=chunk * per_raw(dtype) + BEHIND, dtype=dtype)


@pytest.mark.parametrize("rare", RARE)
def test_a_call_that_begins_or_ends_within(rare):
    method, dtype, _ = rare.split()
    for find in RARE[rare]:
        for shift in range(-1, find["length"] + 2):
            for size in (0, 1, 2, 3):
                pair = begun(find, find["place"] + shift, dtype, threads=2)
                pair.both(method, size=size, dtype=dtype)
                pair.both(method, size=5, dtype=dtype)


def test_the_finds_are_rare():
    """What the file says is so: a value there takes that many raw values."""
    for rare, finds in RARE.items():
        method, dtype, kind = rare.split()
        if dtype == "float32" or kind == "run":
            continue
        for find in finds:
            rng, moved = (np.random.Generator(np.random.PCG64(find["seed"])) for _ in range(2))
            rng.bit_generator.advance(find["place"])
            moved.bit_generator.advance(find["place"] + find["length"])
            getattr(rng, method)()
            assert find["length"] > 1
            assert rng.bit_generator.state == moved.bit_generator.state


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["standard_normal", "standard_exponential"])
def test_every_length_up_to_a_few_chunks(name, method):
    """Calls end at, before and behind every boundary, and the next begins there."""
    pair = Pair(name, 4_711, threads=3)
    for length in (*range(0, 300), *(chunk + d for chunk in CHUNKS for d in range(-3, 4))):
        pair.both(method, length)
