"""What NumPy makes of seeds, and where it jumps to, for seeding.rs: a line a case, as cases.py.

The first field says what the case is: seed (entropy, spawn key and pool size, the words of
`generate_state`, those of the second child spawned, the states of the bit generators), legacy (a
seed, the state), skip, advance or jumped (bit generator, state, by how much, state).
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np
from cases import GENERATORS, numbers, state_of

CHOOSE = random.Random(int(sys.argv[1]))
ROUNDS = int(sys.argv[2])


def entropy() -> int:
    bits = CHOOSE.choice((1, 8, 31, 32, 33, 64, 100, 127))
    return CHOOSE.choice((0, CHOOSE.getrandbits(bits)))


def show(*fields: str) -> None:
    print("\t".join(fields))


def seeds() -> None:
    whole = [entropy() for _ in range(CHOOSE.choice((0, 1, 1, 2, 5)))]
    key = tuple(entropy() for _ in range(CHOOSE.choice((0, 0, 1, 3))))
    size = CHOOSE.choice((4, 4, 5, 8, 16))
    one = whole[0] if len(whole) == 1 else whole
    sequence = np.random.SeedSequence(one, spawn_key=key, pool_size=size)
    words = numbers(sequence.generate_state(21)), numbers(sequence.generate_state(9, np.uint64))
    child = numbers(sequence.spawn(2)[1].generate_state(4))
    states = [state_of(getattr(np.random, kind)(sequence)) for kind in GENERATORS]
    show("seed", numbers(whole), numbers(key), f"{size:x}", *words, child, *states)


def legacy() -> None:
    seed = CHOOSE.choice((0, 1, 2**32 - 1, CHOOSE.getrandbits(32)))
    show("legacy", f"{seed:x}", legacy_state(seed))
    words = [CHOOSE.getrandbits(32) for _ in range(CHOOSE.choice((1, 3, 623, 624, 1000)))]
    show("legacy_sequence", numbers(words), legacy_state(words))


def legacy_state(seed: Any) -> str:
    _, key, position, *_ = np.random.RandomState(seed).get_state()
    return numbers((*key, position))


def moves() -> None:
    for kind in GENERATORS:
        bit_generator: Any = getattr(np.random, kind)(CHOOSE.getrandbits(64))
        np.random.Generator(bit_generator).random(CHOOSE.randrange(1, 9), dtype=np.float32)
        before = state_of(bit_generator)
        raws = CHOOSE.choice((0, 1, 2, 3, 4, 5, 9, 1000))
        jumps = CHOOSE.choice((1, 2, 2**33 + 5))
        if kind.startswith("PCG") or kind == "Philox":
            show("jumped", kind, before, f"{jumps:x}", state_of(bit_generator.jumped(jumps)))
            delta = CHOOSE.getrandbits(CHOOSE.choice((4, 64, 128)))
            moved = getattr(np.random, kind)()
            moved.state = bit_generator.state
            moved.advance(delta)
            show("advance", kind, before, f"{delta:x}", state_of(moved))
        np.random.Generator(bit_generator).random(raws)
        show("skip", kind, before, f"{raws:x}", state_of(bit_generator))


if __name__ == "__main__":
    for _ in range(ROUNDS):
        seeds()
        legacy()
        moves()
