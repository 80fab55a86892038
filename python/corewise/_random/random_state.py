"""NumPy's legacy `RandomState`, faster."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, SupportsIndex

from corewise import _native
from corewise._random import BitGenerator, NumPyRandomState
from corewise._random.settings import Progress, Settings, checked_threads, rebuilt

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class RandomState(NumPyRandomState, _native.LegacyStreams, Settings):
    """NumPy's legacy ``RandomState``, with large arrays filled faster.

    ``random_sample``, ``random``, ``rand``, ``uniform``, ``standard_normal``, ``randn``,
    ``normal``, ``randint`` and ``bytes`` are done here and give NumPy's bits; all others are
    NumPy's own.

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
        threads: SupportsIndex | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Seed a new bit generator, or take one."""
        # What can be refused first: a generator that has been drawn from stays as it is then.
        self._threads = checked_threads(threads)
        self.progress = progress
        super().__init__(seed)  # type: ignore[arg-type]
        self._stream = _native.Stream.of(self._bit_generator)

    def __init_subclass__(cls, **more: Any) -> None:
        """Let methods that are others by another name follow a subclass, as NumPy's do."""
        super().__init_subclass__(**more)
        for method, others in (
            ("random_sample", ("random", "rand")),
            ("standard_normal", ("randn",)),
        ):
            for other in others if method in vars(cls) else ():
                if other not in vars(cls):
                    setattr(cls, other, getattr(NumPyRandomState, other))

    def __reduce__(  # type: ignore[override]
        self,
    ) -> tuple[Callable[..., RandomState], tuple[BitGenerator, dict[str, Any]], dict[str, Any]]:
        """Return how to make a copy, without ``progress``; a subclass's attributes go along."""
        make = partial(rebuilt, RandomState, type(self), self.threads)
        arguments = self._bit_generator, getattr(self, "__dict__", {})
        return make, arguments, self.get_state(legacy=False)

    if not TYPE_CHECKING:
        random_sample = _native.LegacyStreams.random_sample
        random = _native.LegacyStreams.random
        rand = _native.LegacyStreams.rand
        randn = _native.LegacyStreams.randn
        standard_normal = _native.LegacyStreams.standard_normal
        normal = _native.LegacyStreams.normal
        uniform = _native.LegacyStreams.uniform
        randint = _native.LegacyStreams.randint
        bytes = _native.LegacyStreams.bytes
