"""What `RandomState` does, for legacy.rs: a line a case, as cases.py.

The fields: the method, its parameters, the number of values, the state before and the normal number
that waits (nothing if none does), the bytes of the values, state and normal number after.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from cases import CHOOSE, KINDS, ROUNDS, SIZES, bounds, field, numbers


def state_of(state: np.random.RandomState) -> tuple[str, str]:
    _, key, position, waits, gauss = state.get_state(legacy=True)
    return numbers((*key, position)), struct.pack(">d", gauss).hex() if waits else ""


def draw(state: np.random.RandomState, method: str, parameters: tuple[int, ...], size: int) -> Any:
    if method == "randn":
        return state.randn(size)
    if method == "random_sample":
        return state.random_sample(size)
    kind: Any = method.removeprefix("randint_")
    return state.randint(parameters[0], parameters[1] + 1, size, dtype=kind)


def show(method: str, *parameters: int) -> None:
    state = np.random.RandomState(CHOOSE.getrandbits(32))
    state.random_sample(CHOOSE.randrange(700))
    state.randn(CHOOSE.randrange(3))
    size = CHOOSE.choice(SIZES)
    before = state_of(state)
    values = draw(state, method, parameters, size)
    shown = (method, ",".join(map(field, parameters)), f"{size:x}", *before)
    print("\t".join((*shown, values.tobytes().hex(), *state_of(state))))


if __name__ == "__main__":
    for _ in range(ROUNDS):
        show("randn")
        show("random_sample")
        for kind in KINDS:
            show(f"randint_{np.dtype(kind).name}", *bounds(kind))
