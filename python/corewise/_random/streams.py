"""Generators of seeds, of other generators, and for workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, SupportsIndex, TypeAlias

from corewise._budget import whole_number
from corewise._random import (
    BitGenerator,
    NumPyGenerator,
    NumPyRandomState,
    SeedSequence,
    numpy_default_rng,
)
from corewise._random.generator import Generator
from corewise._random.settings import Progress, checked_threads

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    Seed: TypeAlias = (
        ArrayLike | SeedSequence | BitGenerator | NumPyGenerator | NumPyRandomState | None
    )


def default_rng(
    seed: Seed = None,
    threads: SupportsIndex | None = None,
    progress: Progress | None = None,
) -> Generator:
    """Return a ``Generator`` for a seed: ``numpy.random.default_rng`` on every core.

    Args:
        seed: What NumPy's function accepts: ``None`` for entropy of the operating system, an
            integer or integers, a ``SeedSequence``, a ``BitGenerator`` or a ``Generator``. The last
            two are used, not copied.
        threads: As for ``Generator``.
        progress: As for ``Generator``.

    Raises:
        TypeError: ``seed`` is of another type.
        ValueError: ``seed`` is negative.

    Example:
        >>> import corewise.random
        >>> rng = corewise.random.default_rng(12345)
        >>> rng.random(3)
        array([0.22733602, 0.31675834, 0.79736546])
    """
    return parallel(numpy_default_rng(seed), threads, progress)  # type: ignore[arg-type]


def parallel(
    rng: NumPyGenerator | BitGenerator,
    threads: SupportsIndex | None = None,
    progress: Progress | None = None,
) -> Generator:
    """Return a ``Generator`` that draws from the same bit generator as ``rng``.

    What either draws, the other does not draw again, as if they were one.

    Args:
        rng: A generator or a bit generator of NumPy's. A generator of this module keeps the
            settings that are not given here; if none is, it is returned itself.
        threads: As for ``Generator``.
        progress: As for ``Generator``.

    Raises:
        TypeError: ``rng`` is neither.

    Example:
        >>> import numpy as np, corewise.random
        >>> rng = np.random.default_rng(12345)
        >>> first = corewise.random.parallel(rng).random(1)
        >>> np.concatenate([first, rng.random(2)])
        array([0.22733602, 0.31675834, 0.79736546])
    """
    if isinstance(rng, Generator):
        if threads is None and progress is None:
            return rng
        threads = rng.threads if threads is None else threads
        progress = rng.progress if progress is None else progress
    if isinstance(rng, NumPyGenerator):
        return Generator(rng.bit_generator, threads, progress)
    if isinstance(rng, BitGenerator):
        return Generator(rng, threads, progress)
    if isinstance(rng, NumPyRandomState):
        raise TypeError(
            f"rng must be a numpy Generator or BitGenerator, not {rng!r}; to go on with a "
            "RandomState: state = corewise.random.RandomState(); state.set_state(rng.get_state())"
        )
    raise TypeError(f"rng must be a numpy Generator or BitGenerator, not {rng!r}")


def streams_for(
    n_workers: SupportsIndex,
    seed: Seed = None,
    method: Literal["spawn", "jumped"] = "spawn",
    threads: SupportsIndex | None = None,
) -> list[Generator]:
    """Return a generator for each of ``n_workers`` workers, or tasks.

    Args:
        n_workers: How many, 0 or more.
        seed: As for ``default_rng``. Of a generator, its bit generator counts: ``"spawn"`` notes
            there how many children it has, so that the next call gives others; ``"jumped"`` leaves
            it as it is.
        method: ``"spawn"`` seeds each from a child of the seed sequence; that two streams overlap
            is too unlikely to happen. ``"jumped"`` takes one stream far apart at each worker, so
            that they cannot: the first begins where the bit generator is (without a half of a
            raw value that waits there), the others 1, 2, ... jumps on. SFC64 cannot jump.
        threads: As for ``Generator``.

    Raises:
        TypeError: ``n_workers`` is no integer, ``seed`` of a type that NumPy refuses, or its bit
            generator cannot do what ``method`` says.
        ValueError: ``n_workers`` is negative, or ``method`` is another.

    Example:
        >>> from corewise.random import PCG64DXSM, streams_for
        >>> [int(rng.integers(100)) for rng in streams_for(3, seed=1)]
        [1, 94, 42]
        >>> [str(rng) for rng in streams_for(2, PCG64DXSM(1), method="jumped")]
        ['Generator(PCG64DXSM)', 'Generator(PCG64DXSM)']
    """
    workers = whole_number("n_workers", n_workers, least=0, most=None)
    threads = checked_threads(threads)
    if method not in ("spawn", "jumped"):
        raise ValueError(f"method must be 'spawn' or 'jumped', not {method!r}")
    rng = numpy_default_rng(seed)  # type: ignore[arg-type]
    source = rng.bit_generator
    kind = type(source).__name__
    made: Sequence[BitGenerator]
    if method == "spawn":
        sequence = getattr(source, "seed_seq", None)
        if not hasattr(sequence, "spawn"):
            raise TypeError(
                f"this {kind} was not made from a seed sequence and cannot spawn; "
                "choose method='jumped', or pass a seed"
            )
        children: Sequence[SeedSequence] = sequence.spawn(workers)  # type: ignore[union-attr]
        made = [type(source)(child) for child in children]
    else:
        jumped: Callable[[int], BitGenerator] | None = getattr(source, "jumped", None)
        if jumped is None:
            raise TypeError(
                f"{kind} cannot jump; choose method='spawn', or pass a PCG64, PCG64DXSM, Philox "
                "or MT19937 as seed"
            )
        made = _jumps(jumped, workers)
    return [Generator(bit_generator, threads) for bit_generator in made]


def _jumps(jumped: Callable[[int], BitGenerator], count: int) -> list[BitGenerator]:
    """``jumped(0)``, ``jumped(1)`` and so on, each by one jump from the one before."""
    made: list[BitGenerator] = []
    for number in range(count):
        made.append(made[-1].jumped() if number > 1 else jumped(number))  # type: ignore[attr-defined]
    return made
