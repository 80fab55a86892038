"""NumPy's `Generator` on every core."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsIndex

from corewise import _native
from corewise._random import BitGenerator, NumPyGenerator
from corewise._random.settings import Progress, Settings, checked_threads, rebuilt


class Generator(NumPyGenerator, _native.Streams, Settings):
    """NumPy's ``Generator``, with large arrays filled by all cores that the task may use.

    Every method gives the bits that NumPy's gives and leaves the bit generator in the same state.
    These are done here: ``random``, ``uniform``, ``integers``, ``bytes``, ``standard_normal``,
    ``normal``, ``lognormal``, ``standard_exponential``, ``exponential``, ``gamma``, ``beta``,
    ``poisson``, ``binomial`` and the others whose parameters are numbers, where this NumPy draws as
    one that they were compared with; ``shuffle`` and ``permutation`` in one dimension. Arrays as
    parameters, and what changes other arrays in place, are NumPy's own.

    Small arrays are filled by the calling thread alone. The interpreter's lock is free meanwhile,
    and several Python threads may use one generator, as with NumPy. Ctrl-C ends a call of those
    above within 100 ms and leaves the generator as it was before; the array then holds anything,
    and one that was to be shuffled its own items in any order. Such a call ends with a
    ``RuntimeError`` if its bit generator was drawn from by a signal handler or ``progress``
    meanwhile, or set by another thread. NumPy's own methods hear Ctrl-C at their end.

    Writing into an array that is used again, ``rng.random(out=values)``, takes half the time of a
    new array, whose memory the system has to find.

    Args:
        bit_generator: Where the bits come from: one of NumPy's, or any that NumPy accepts.
        threads: The most threads that fill an array, from 1 to 65536; in a budget, under
            ``limits(cores=...)`` and in a session at most as many as those allow. By default
            ``cores()`` at each call, and in a process that multiprocessing or joblib has started,
            where others work beside it, one. The result does not depend on it.
        progress: Is called on the calling thread about ten times a second while an array is
            filled, and at its end, with the values that are done and all values (of ``bytes``:
            bytes). Calls that take less than a tenth of a second do not call it, nor do those that
            are NumPy's own. What it raises ends the call, as Ctrl-C does.

    Raises:
        TypeError: ``threads`` is no integer, or ``progress`` cannot be called.
        ValueError: ``threads`` is below 1 or above 65536.
        AttributeError: ``bit_generator`` is none (as NumPy's class says; a ``ValueError`` for
            some objects).

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
        threads: SupportsIndex | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Draw from ``bit_generator``."""
        # What can be refused first: a generator that has been drawn from stays as it is then.
        self._threads = checked_threads(threads)
        self.progress = progress
        super().__init__(bit_generator)
        self._stream = _native.Stream.of(bit_generator)

    def spawn(self, n_children: int) -> list[Generator]:  # type: ignore[override]
        """Return ``n_children`` independent generators of this class, as NumPy spawns them.

        Raises:
            OverflowError: ``n_children`` is negative (NumPy's error).
            TypeError: the bit generator was not made from a seed sequence, or ``n_children`` is no
                integer.

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

    def __reduce__(  # type: ignore[override]
        self,
    ) -> tuple[Callable[..., Generator], tuple[BitGenerator, dict[str, Any]], None]:
        """Return how to make a copy, without ``progress``; a subclass's attributes go along."""
        make = partial(rebuilt, Generator, type(self), self.threads)
        return make, (self.bit_generator, getattr(self, "__dict__", {})), None

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
        shuffle = _native.Streams.shuffle
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
