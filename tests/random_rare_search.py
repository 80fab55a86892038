"""Looks for rare paths of NumPy's ziggurats in streams of PCG64, and writes tests/random_rare.json.

    python tests/random_rare_search.py

A value of a ziggurat mostly takes one raw value. This finds values that take many, and those that
stand close together: tails whose tries failed, wedges whose candidates were rejected again and
again, and rare values one right behind the other. What a value took is seen from outside: a second
generator is moved on by one raw value (32 bits for float32) at a time until its state is the
first's. No table of NumPy's is used. Each find is a seed and the place at which the value begins,
counted in raw values (32-bit halves for float32).
"""

import heapq
import json
import pathlib

import numpy as np

PATH = pathlib.Path(__file__).resolve().parent / "random_rare.json"
SEEDS = (1, 2)
VALUES = 400_000
KEPT = 12
# Beyond the base layer's rectangle a value comes from the tail.
TAILS = {"standard_normal": 3.6541528853610088, "standard_exponential": 7.69711747013104972}


def tokens(method, dtype, seed):
    """For each value: where it begins, what it took, and whether it is from the tail."""
    rng = np.random.Generator(np.random.PCG64(seed))
    walker = np.random.Generator(np.random.PCG64(seed))
    generator, walking = rng.bit_generator, walker.bit_generator
    draw, tail = getattr(rng, method), TAILS[method]
    place = 0
    for _ in range(VALUES):
        value = draw(dtype=dtype)
        target, took = generator.state, 0
        while walking.state != target:
            if dtype == "float64":
                walking.random_raw()
            else:
                walker.integers(0, 2**32, dtype=np.uint32)
            took += 1
        yield place, took, abs(value) > tail
        place += took


def search(method, dtype):
    """The rarest of each kind, most rare first."""
    kinds = {"tail": [], "wedge": [], "run": []}

    def keep(kind, rank, find):
        heapq.heappush(kinds[kind], (rank, find))
        if len(kinds[kind]) > KEPT:
            heapq.heappop(kinds[kind])

    for seed in SEEDS:
        run, begun = 0, 0
        for place, took, is_tail in tokens(method, dtype, seed):
            keep("tail" if is_tail else "wedge", took, (seed, place, took))
            # Values that took more than one, without a plain one between them.
            if took == 1:
                if run > 1:
                    keep("run", run, (seed, begun, place - begun))
                run = 0
            else:
                begun = begun if run else place
                run += 1
    return {
        kind: [
            dict(zip(("seed", "place", "length"), find, strict=True))
            for _, find in sorted(found, reverse=True)
        ]
        for kind, found in kinds.items()
    }


def main():
    found = {
        f"{method} {dtype}": search(method, dtype)
        for method in TAILS
        for dtype in ("float64", "float32")
    }
    lines = []
    for name, kinds in found.items():
        for kind, finds in kinds.items():
            listed = ",\n    ".join(json.dumps(find) for find in finds)
            lines.append(f'  "{name} {kind}": [\n    {listed}\n  ]')
    PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
