"""Limits on OpenBLAS that are a task's own, under `corewise.govern`.

The governor knows a limit for each thread beside the number of the process: the smaller counts.
It is among the limits of the task (`corewise._limits`), so it goes with work to other threads, and
holds for the process where the governor ceases meanwhile. Of those that are made here the last
replaces those before, as a number that is set would: an inner limit may be the larger one.
"""

from __future__ import annotations

import contextvars

from corewise import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    R = TypeVar("R")

_current: contextvars.ContextVar[_native.Live | None] = contextvars.ContextVar(
    "corewise_own_openblas", default=None
)
used = False
"""Whether there was one in this process."""


def current() -> _native.Live | None:
    """Return the one that the calling task has."""
    return _current.get()


def limit(threads: int) -> _native.Live | None:
    """Limit the calling task's OpenBLAS; below 1 means no limit, as to OpenBLAS itself."""
    global used
    if not used:
        from corewise import _limits

        _limits.carried.append(_current)
        used = True
    runtimes: dict[str, int | None] = {"openblas": threads}
    live = _native.Limits(runtimes=runtimes).begin() if threads >= 1 else None
    _replace(_current.get(), live)
    return live


def follow(threads: int) -> None:
    """Have a limit that the calling task has be this number, if it has one."""
    if used and _current.get() is not None:
        limit(threads)


def put_back(live: _native.Live | None, before: _native.Live | None) -> None:
    """End what the calling task has since ``live`` was made, and have ``before`` count again."""
    if not used:
        return
    if live is not None and _current.get() is None:
        # It was made by another task, which sees that it has ended.
        live.end()
    _replace(_current.get(), before)


def _replace(old: _native.Live | None, new: _native.Live | None) -> None:
    from corewise import _inherit, _limits

    _inherit.prepare()
    _current.set(new)
    others = tuple(live for live in _limits._LIVE.get() if live is not old)
    _limits._set(others if new is None else (*others, new))


def numbers_of_process(libraries: list[_native.Library]) -> list[int | None]:
    """Return the libraries' numbers without the calling task's limits."""
    return _unlimited(lambda: [library.get_num_threads() for library in libraries])


def set_numbers_of_process(numbers: dict[_native.Library, int]) -> None:
    """Set the libraries' numbers: under a limit that would be the calling thread's."""

    def put() -> None:
        for library, number in numbers.items():
            library.set_num_threads(number)

    _unlimited(put)


def _unlimited(work: Callable[[], R]) -> R:
    """Do something in this thread without its limits on OpenBLAS; others are left alone."""
    from corewise import _limits

    others = _native.smallest(_limits._LIVE.get())
    if others.pop("openblas", None) is None:
        return work()
    runtimes: dict[str, int | None] = {**others}
    _native.apply((_native.Limits(runtimes=runtimes).begin(),))
    try:
        return work()
    finally:
        _limits.refresh()
