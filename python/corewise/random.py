"""NumPy's random numbers on every core: the same bits as ``numpy.random``, sooner.

A ``Generator`` of this module gives what NumPy's gives for the same seed and leaves the bit
generator in the same state, for any number of threads, any split of one call into several and any
mix of methods. The bit generators are NumPy's own. What is not done here runs NumPy's own code on
the same bit generator, and what NumPy refuses is refused by NumPy.

Example:
    >>> import numpy as np, corewise.random
    >>> ours = corewise.random.default_rng(1)
    >>> theirs = np.random.default_rng(1)
    >>> np.array_equal(ours.random(1_000_000), theirs.random(1_000_000))
    True
    >>> ours.bit_generator.state == theirs.bit_generator.state
    True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

try:
    import numpy as np
except ModuleNotFoundError as _error:
    if _error.name != "numpy":
        raise
    raise ImportError(
        "corewise.random needs NumPy, which is not installed: pip install numpy"
    ) from None
from numpy.random import MT19937, PCG64, PCG64DXSM, SFC64, BitGenerator, Philox, SeedSequence

from corewise import _native
from corewise._budget import whole_number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = [
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "SFC64",
    "BitGenerator",
    "Generator",
    "Philox",
    "RandomState",
    "SeedSequence",
    "default_rng",
    "parallel",
    "streams_for",
]

_Progress = Callable[[int, int], object]
_Kind = TypeVar("_Kind", bound="Generator")


class Generator(np.random.Generator, _native.Streams):
    """NumPy's ``Generator``, with large arrays filled by all cores that the task may use.

    Every method gives the bits that NumPy's gives and leaves the bit generator in the same state.
    These are done here: ``random``, ``uniform``, ``integers``, ``bytes``, ``standard_normal``,
    ``normal``, ``standard_exponential`` and ``exponential``; and with ``PCG64``, ``PCG64DXSM`` and
    ``Philox``, which can skip, ``lognormal``, ``gamma``, ``beta``, ``poisson``, ``binomial`` and
    the others whose parameters are numbers, where this NumPy draws as one that they were compared
    with. Arrays as parameters, and what changes an array in place, are NumPy's own.

    Small arrays are filled by the calling thread alone. The interpreter's lock is free meanwhile,
    and several Python threads may use one generator, as with NumPy. Ctrl-C ends a call within
    100 ms and leaves the generator as it was before; the array then holds anything.

    Writing into an array that is used again, ``rng.random(out=values)``, takes half the time of a
    new array, whose memory the system has to find.

    Args:
        bit_generator: Where the bits come from: one of NumPy's, or any that NumPy accepts.
        threads: The most threads that fill an array, from 1 to 65536; by default ``cores()`` at
            each call. The result does not depend on it.
        progress: Is called on the calling thread about ten times a second while an array is
            filled, and at its end, with the values that are done and all values. Calls that take
            less than a tenth of a second do not call it. What it raises ends the call, as Ctrl-C
            does.

    Raises:
        TypeError: ``bit_generator`` is none, ``threads`` is no integer, or ``progress`` cannot be
            called.
        ValueError: ``threads`` is below 1 or above 65536.

    Example:
        >>> from corewise.random import Generator, PCG64
        >>> rng = Generator(PCG64(12345), threads=2)
        >>> rng.integers(10, size=5)
        array([6, 2, 7, 3, 2])
    """

    __slots__ = ("_progress", "_stream", "_threads")

    def __init__(
        self,
        bit_generator: BitGenerator,
        threads: int | None = None,
        progress: _Progress | None = None,
    ) -> None:
        """Draw from ``bit_generator``."""
        super().__init__(bit_generator)
        self._threads = _checked_threads(threads)
        self._progress = _checked_progress(progress)
        self._stream = _native.Stream.of(bit_generator)

    @property
    def threads(self) -> int | None:
        """The most threads that fill an array; ``None``: as many as ``corewise.cores()`` says."""
        return self._threads

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._threads = _checked_threads(threads)

    @property
    def progress(self) -> _Progress | None:
        """What is called with the values that are done and all values, now and then."""
        return self._progress

    @progress.setter
    def progress(self, progress: _Progress | None) -> None:
        self._progress = _checked_progress(progress)

    def spawn(self, n_children: int) -> list[Generator]:  # type: ignore[override]
        """Return ``n_children`` independent generators of this class, as NumPy spawns them.

        Raises:
            ValueError: ``n_children`` is negative.
            TypeError: the bit generator was not made from a seed sequence.

        Example:
            >>> import corewise.random
            >>> [int(child.integers(100)) for child in corewise.random.default_rng(1).spawn(2)]
            [1, 94]
        """
        spawned = super().spawn(n_children)  # of the same class
        children = [child for child in spawned if isinstance(child, Generator)]
        for child in children:
            child._threads, child._progress = self._threads, self._progress
        return children

    def __reduce__(
        self,
    ) -> tuple[Callable[[BitGenerator], Generator], tuple[BitGenerator], None]:
        """Return how to make a copy, without ``progress``."""
        return partial(_rebuilt, type(self), self.threads), (self.bit_generator,), None

    if not TYPE_CHECKING:
        random = _native.Streams.random
        standard_normal = _native.Streams.standard_normal
        standard_exponential = _native.Streams.standard_exponential
        uniform = _native.Streams.uniform
        normal = _native.Streams.normal
        lognormal = _native.Streams.lognormal
        exponential = _native.Streams.exponential
        integers = _native.Streams.integers
        bytes = _native.Streams.bytes
        standard_gamma = _native.Streams.standard_gamma
        gamma = _native.Streams.gamma
        chisquare = _native.Streams.chisquare
        f = _native.Streams.f
        standard_t = _native.Streams.standard_t
        beta = _native.Streams.beta
        pareto = _native.Streams.pareto
        weibull = _native.Streams.weibull
        power = _native.Streams.power
        rayleigh = _native.Streams.rayleigh
        laplace = _native.Streams.laplace
        gumbel = _native.Streams.gumbel
        logistic = _native.Streams.logistic
        wald = _native.Streams.wald
        vonmises = _native.Streams.vonmises
        triangular = _native.Streams.triangular
        standard_cauchy = _native.Streams.standard_cauchy
        poisson = _native.Streams.poisson
        geometric = _native.Streams.geometric
        logseries = _native.Streams.logseries
        zipf = _native.Streams.zipf
        binomial = _native.Streams.binomial
        negative_binomial = _native.Streams.negative_binomial
        noncentral_chisquare = _native.Streams.noncentral_chisquare
        noncentral_f = _native.Streams.noncentral_f


def _rebuilt(kind: type[_Kind], threads: int | None, bit_generator: BitGenerator) -> _Kind:
    generator = kind.__new__(kind)
    Generator.__init__(generator, bit_generator, threads)
    return generator


def default_rng(
    seed: ArrayLike | SeedSequence | BitGenerator | np.random.Generator | None = None,
    threads: int | None = None,
    progress: _Progress | None = None,
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
    if isinstance(seed, Generator) and threads is None and progress is None:
        return seed
    return parallel(np.random.default_rng(seed), threads, progress)  # type: ignore[arg-type]


def parallel(
    rng: np.random.Generator | BitGenerator,
    threads: int | None = None,
    progress: _Progress | None = None,
) -> Generator:
    """Return a ``Generator`` that draws from the same bit generator as ``rng``.

    What either draws, the other does not draw again, as if they were one.

    Args:
        rng: A generator or a bit generator of NumPy's.
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
    if isinstance(rng, np.random.Generator):
        return Generator(rng.bit_generator, threads, progress)
    if isinstance(rng, BitGenerator):
        return Generator(rng, threads, progress)
    raise TypeError(f"rng must be a numpy Generator or BitGenerator, not {rng!r}")


def streams_for(
    n_workers: int,
    seed: ArrayLike | SeedSequence | BitGenerator | np.random.Generator | None = None,
    method: Literal["spawn", "jumped"] = "spawn",
    threads: int | None = None,
) -> list[Generator]:
    """Return a generator for each of ``n_workers`` workers, whose streams do not overlap.

    Args:
        n_workers: Workers, 0 or more.
        seed: As for ``default_rng``. Of a generator, its bit generator counts: ``"spawn"`` notes
            there how many children it has, so that the next call gives others; ``"jumped"`` leaves
            it as it is.
        method: ``"spawn"`` seeds each from a child of the seed sequence. ``"jumped"`` takes one
            stream far apart at each worker: the first begins where the bit generator is, the
            others 1, 2, ... jumps on. SFC64 cannot jump.
        threads: As for ``Generator``.

    Raises:
        TypeError: ``n_workers`` is no integer, or ``seed`` of a type that NumPy refuses.
        ValueError: ``n_workers`` is negative, ``method`` is another, or the bit generator cannot do
            it.

    Example:
        >>> from corewise.random import PCG64DXSM, streams_for
        >>> [int(rng.integers(100)) for rng in streams_for(3, seed=1)]
        [1, 94, 42]
        >>> [str(rng) for rng in streams_for(2, PCG64DXSM(1), method="jumped")]
        ['Generator(PCG64DXSM)', 'Generator(PCG64DXSM)']
    """
    workers = 0 if _is_zero(n_workers) else whole_number("n_workers", n_workers)
    rng = np.random.default_rng(seed)  # type: ignore[arg-type]
    source = rng.bit_generator
    kind = type(source).__name__
    made: Sequence[BitGenerator]
    if method == "spawn":
        sequence = getattr(source, "seed_seq", None)
        if not hasattr(sequence, "spawn"):
            raise ValueError(
                f"this {kind} was not made from a seed sequence and cannot spawn; "
                "choose method='jumped', or pass a seed"
            )
        children: Sequence[SeedSequence] = sequence.spawn(workers)  # type: ignore[union-attr]
        made = [type(source)(child) for child in children]
    elif method == "jumped":
        jumped: Callable[[int], BitGenerator] | None = getattr(source, "jumped", None)
        if jumped is None:
            raise ValueError(
                f"{kind} cannot jump; choose method='spawn', or pass a PCG64, PCG64DXSM, Philox "
                "or MT19937 as seed"
            )
        made = [jumped(worker) for worker in range(workers)]
    else:
        raise ValueError(f"method must be 'spawn' or 'jumped', not {method!r}")
    return [Generator(bit_generator, threads) for bit_generator in made]


def _is_zero(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number == 0


class RandomState(np.random.RandomState, _native.LegacyStreams):
    """NumPy's legacy ``RandomState``, with large arrays filled faster.

    ``random_sample``, ``random``, ``rand``, ``uniform``, ``bytes`` and ``randint`` of 64-bit
    integers are done here and give NumPy's bits; all others, ``randn`` too, are NumPy's own.

    Args:
        seed: What NumPy accepts: ``None``, an integer or integers, or a bit generator.
        threads: As for ``Generator``; the usual bit generator, ``MT19937``, cannot skip, and few
            methods gain by threads.
        progress: As for ``Generator``.

    Raises:
        TypeError: ``threads`` is no integer, ``progress`` cannot be called, or ``seed`` is of a
            type that NumPy refuses.
        ValueError: ``threads`` is below 1 or above 65536, or NumPy refuses the seed.

    Example:
        >>> import corewise.random
        >>> corewise.random.RandomState(42).rand(3)
        array([0.37454012, 0.95071431, 0.73199394])
    """

    __slots__ = ("_progress", "_stream", "_threads")

    def __init__(
        self,
        seed: ArrayLike | BitGenerator | None = None,
        threads: int | None = None,
        progress: _Progress | None = None,
    ) -> None:
        """Seed a new bit generator, or take one."""
        super().__init__(seed)  # type: ignore[arg-type]
        self._threads = _checked_threads(threads)
        self._progress = _checked_progress(progress)
        self._stream = _native.Stream.of(self._bit_generator)

    @property
    def threads(self) -> int | None:
        """The most threads that fill an array; ``None``: as many as ``corewise.cores()`` says."""
        return self._threads

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._threads = _checked_threads(threads)

    @property
    def progress(self) -> _Progress | None:
        """What is called with the values that are done and all values, now and then."""
        return self._progress

    @progress.setter
    def progress(self, progress: _Progress | None) -> None:
        self._progress = _checked_progress(progress)

    def __reduce__(
        self,
    ) -> tuple[Callable[[BitGenerator], RandomState], tuple[BitGenerator], dict[str, Any]]:
        """Return how to make a copy, without ``progress``."""
        make = partial(_rebuilt_state, type(self), self.threads)
        return make, (self._bit_generator,), self.get_state(legacy=False)

    if not TYPE_CHECKING:
        random_sample = _native.LegacyStreams.random_sample
        random = _native.LegacyStreams.random
        rand = _native.LegacyStreams.rand
        uniform = _native.LegacyStreams.uniform
        randint = _native.LegacyStreams.randint
        bytes = _native.LegacyStreams.bytes


def _rebuilt_state(
    kind: type[RandomState], threads: int | None, bit_generator: BitGenerator
) -> RandomState:
    state = kind.__new__(kind)
    RandomState.__init__(state, bit_generator, threads)
    return state


def _checked_threads(threads: int | None) -> int | None:
    return None if threads is None else whole_number("threads", threads)


def _checked_progress(progress: _Progress | None) -> _Progress | None:
    if progress is not None and not callable(progress):
        raise TypeError(f"progress must be callable or None, not {progress!r}")
    return progress
