"""What a generator of either class is told: its number of threads, and a function to report to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex, TypeVar

from corewise._budget import whole_number
from corewise._random import BitGenerator

Progress = Callable[[int, int], object]

_Kind = TypeVar("_Kind")


def checked_threads(threads: SupportsIndex | None) -> int | None:
    """Return what a caller passed as ``threads``.

    Raises:
        ValueError: It is below 1 or above 65536.
        TypeError: It is no integer.
    """
    return None if threads is None else whole_number("threads", threads)


class Settings:
    """Threads and progress of a generator, which has the slots for them."""

    __slots__ = ()

    _threads: int | None
    _progress: Progress | None

    @property
    def threads(self) -> int | None:
        """The most threads that fill an array; ``None``: as many as ``corewise.cores()`` says.

        A budget, a limit on cores or the session's budget that is smaller counts instead.
        """
        return self._threads

    @threads.setter
    def threads(self, threads: int | None) -> None:
        # The slot is that of the class of the generator.
        self._threads = checked_threads(threads)  # type: ignore[misc]

    @property
    def progress(self) -> Progress | None:
        """What is called with the values that are done and all values, now and then."""
        return self._progress

    @progress.setter
    def progress(self, progress: Progress | None) -> None:
        if progress is not None and not callable(progress):
            raise TypeError(f"progress must be callable or None, not {progress!r}")
        self._progress = progress  # type: ignore[misc]


def rebuilt(
    base: type,
    kind: type[_Kind],
    threads: int | None,
    bit_generator: BitGenerator,
    attributes: dict[str, Any],
) -> _Kind:
    """Return a copy: of ``base``, or of a subclass, whose arguments may be others."""
    made = kind.__new__(kind)
    base.__init__(made, bit_generator, threads)  # type: ignore[misc]
    if attributes:
        vars(made).update(attributes)
    return made
