"""The one number: how many cores the current task may use, set and divided."""

from __future__ import annotations

import operator
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import ParamSpec, TypeVar
from weakref import WeakSet

from corewise import _limits, _native
from corewise._wrapping import wrapped

_P = ParamSpec("_P")
_R = TypeVar("_R")
_MOST = 65_536
_RUNTIMES = len(_native.runtimes())


def cores() -> int:
    """Return how many cores the current task may use, at least 1.

    The smallest of the budget or part that the task is in, a live ``limits(cores=...)``, and the
    session's budget where the process is governed. Without a budget and a session it is
    ``cpu_count()``, looked at once a second at most.

    Raises:
        OSError: neither ``/proc`` nor ``/sys`` says how many CPUs there are.

    Example:
        >>> import corewise
        >>> with corewise.budget(3):
        ...     corewise.cores()
        3
    """
    given, limit = _bounds()
    least = _allowed() if given is None else given
    return least if limit is None or limit > least else limit


def bound() -> int | None:
    """Return the least of the budget, the limit on cores and the session's budget, if any is."""
    given, limit = _bounds()
    if given is None or limit is None:
        return limit if given is None else given
    return min(given, limit)


def _bounds() -> tuple[int | None, int | None]:
    """The least of budgets, parts and the session's budget; and the limit on cores."""
    active, least = _native.governed()[:2]
    if not active:
        least = _MOST
    own = 0
    for entry in _ENTERED.get() or ():
        if entry.live.ended:
            continue
        number = entry.of._cores
        if number != entry.limited:
            entry.follow()
        if number < least:
            least = number
        own += 1
    limit = None
    if len(_limits._LIVE.get()) > own:
        limited = _limits.current_limits()
        # `limits(cores=...)` limits every runtime, and one for its API or itself may be smaller.
        if len(limited) == _RUNTIMES:
            limit = max(limited.values())
    return (least if own or active else None), limit


class budget:
    """The number of cores for what runs inside: ``with budget(4):``, or a decorator.

    Inside, ``cores()`` gives the number, and every thread pool that the task enters is limited to
    it. A budget inside a budget has at most the outer one's cores. It belongs to the current task:
    other threads and asyncio tasks that run already do not see it. Above ``cpu_count()`` it is
    taken at its word.

    As a decorator it holds while the function runs, of generators and coroutines too, and not
    between their steps.

    Args:
        n: Cores, from 1 to 65536.

    Raises:
        TypeError: ``n`` is not an integer.
        ValueError: ``n`` is below 1 or above 65536.

    Example:
        >>> import corewise
        >>> with corewise.budget(4):
        ...     with corewise.budget(16):
        ...         corewise.cores()
        4
        >>> @corewise.budget(2)
        ... def cores_inside():
        ...     return corewise.cores()
        >>> cores_inside()
        2
    """

    def __init__(self, n: int) -> None:
        self._cores = whole_number("n", n)
        self._entries: list[_Entry] = []

    def __enter__(self) -> int:
        """Begin, and return the number that ``cores()`` gives inside."""
        self._entries.append(_enter(self))
        return cores()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        here = _entered()
        mine = next((entry for entry in reversed(here) if entry.of is self), self._entries[-1])
        number = next(i for i, entry in enumerate(self._entries) if entry.key is mine.key)
        del self._entries[number]
        _leave(mine)

    def __call__(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Return ``function`` with this budget while it runs."""
        return wrapped(function, lambda: budget(self._cores))

    def __repr__(self) -> str:
        return f"budget({self._cores})"


def split(k: int) -> AbstractContextManager[tuple[Part, ...]]:
    """Divide the cores of the current task into ``k`` parts: ``with split(3) as parts:``.

    The parts are as even as can be, the larger ones first: 8 cores into 3 are 3, 3 and 2. Where
    there are fewer cores than parts, each has 1. A part is entered in the thread that works with
    it, and can be split again there.

    When a part is left, its cores go to the parts that are not left yet, to the smallest first, so
    that they stay as even as can be. The same happens with parts that were never entered when the
    ``with`` block ends. A part that is entered after that has what is free, at least 1.

    Args:
        k: Parts, from 1 to 65536.

    Raises:
        TypeError: ``k`` is not an integer.
        ValueError: ``k`` is below 1 or above 65536.

    Example:
        >>> import corewise
        >>> with corewise.budget(8), corewise.split(3) as parts:
        ...     [part.cores for part in parts]
        ...     parts[0].run(corewise.cores)
        ...     [part.cores for part in parts[1:]]
        [3, 3, 2]
        3
        [4, 4]
    """
    return _splitting(whole_number("k", k))


@contextmanager
def _splitting(k: int) -> Iterator[tuple[Part, ...]]:
    division = _Division(k)
    try:
        yield division.parts
    finally:
        division.close()


class Part:
    """Some of the cores that ``split()`` divided, for one worker.

    It is a context manager that is entered once, in the worker's thread. Inside, it is what a
    budget is, except that it may grow: ``cores()`` gives the new number at once, and the limit on
    the thread's pools follows when the thread next asks for ``cores()``, splits, or enters a
    budget.
    A part that is entered inside a budget has at most the budget's cores.
    """

    def __init__(self, division: _Division) -> None:
        """Parts are made by ``split()``."""
        self._cores = 1
        self._division = division
        self._inside: WeakSet[_Division] = WeakSet()
        self._entry: _Entry | None = None
        self._used = False

    @property
    def cores(self) -> int:
        """How many cores it has now, or had last."""
        return self._cores

    def __enter__(self) -> Part:
        with _dividing:
            if self._used:
                raise RuntimeError("a part is entered once: split() anew for further work")
            self._used = True
            self._division.join(self)
        try:
            self._entry = _enter(self)
        except BaseException:
            self._division.leave(self)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        self._division.leave(self)
        here = _entered()
        _leave(next((mine for mine in here if mine.key is entry.key), entry))

    def run(self, function: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Enter the part, call ``function``, leave the part, and return what it returned.

        Raises:
            RuntimeError: the part was entered before.
        """
        with self:
            return function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<part of {self._cores} cores>"


class _Division:
    """What one ``split()`` divided, and those of its parts that are not left yet."""

    def __init__(self, k: int) -> None:
        whole = cores()
        self._outer = tuple(entry.of for entry in _entered())
        # Where a limit or the session leaves fewer cores than the budgets do, it stays so.
        self._bound = whole if whole < self._budgeted() else _MOST
        self.parts: tuple[Part, ...] = tuple(Part(self) for _ in range(k))
        self._live = list(self.parts)
        with _dividing:
            for of in self._outer:
                if isinstance(of, Part):
                    of._inside.add(self)
            self.give_out()

    def _budgeted(self) -> int:
        return min([of._cores for of in self._outer], default=_MOST)

    def give_out(self) -> None:
        """Give what is free to the smallest parts; `_dividing` is held."""
        whole = min(self._budgeted(), self._bound)
        free = whole - sum(part._cores for part in self._live)
        grown = set()
        while free > 0 and self._live:
            smallest = min(self._live, key=lambda part: part._cores)
            smallest._cores += 1
            grown.add(smallest)
            free -= 1
        for part in grown:
            for division in part._inside:
                division.give_out()

    def join(self, part: Part) -> None:
        """Count a part in whose cores were given to others when the ``with`` block ended."""
        with _dividing:
            if part not in self._live:
                part._cores = 1
                self._live.append(part)
                self.give_out()

    def leave(self, part: Part) -> None:
        """Give a part's cores to those that stay."""
        with _dividing:
            self._live.remove(part)
            self.give_out()

    def close(self) -> None:
        """Give the cores of parts that nobody entered to the others."""
        with _dividing:
            self._live = [part for part in self._live if part._used]
            self.give_out()


class _Entry:
    """A budget or part that a task is in, and the limit on pools that stands for it there.

    Never changed, because a copied context shares it: following a part that grew replaces it in
    the current context alone.
    """

    __slots__ = ("before", "key", "limited", "live", "of")

    def __init__(self, of: budget | Part, key: object) -> None:
        self.of = of
        self.key = key
        self.limited = of._cores
        self.live = _native.Limits(self.limited).begin()
        self.before = _limits._begin(self.live)

    def follow(self) -> None:
        """Renew the limit if the part has grown."""
        if self.of._cores != self.limited:
            renewed = _Entry(self.of, self.key)
            renewed.before = self.before
            _ENTERED.set(tuple([renewed if it is self else it for it in _entered()]))
            _limits._end(self.live, None)


# None where there is none, so that there is nothing to carry to other threads.
_ENTERED: ContextVar[tuple[_Entry, ...] | None] = ContextVar("corewise_budget", default=None)
_limits.carried.append(_ENTERED)
_dividing = threading.RLock()
os.register_at_fork(
    before=_dividing.acquire,
    after_in_parent=_dividing.release,
    after_in_child=_dividing.release,
)


def _entered() -> tuple[_Entry, ...]:
    return _ENTERED.get() or ()


def _enter(of: budget | Part) -> _Entry:
    for entry in _entered():
        entry.follow()
    entry = _Entry(of, object())
    _ENTERED.set((*_entered(), entry))
    return entry


def _leave(entry: _Entry) -> None:
    here = _entered()
    _ENTERED.set(tuple([it for it in here if it.key is not entry.key]) or None)
    _limits._end(entry.live, entry.before)
    for it in _entered():
        it.follow()


def whole_number(name: str, value: object, least: int = 1, most: int | None = _MOST) -> int:
    """Return ``value``, the argument ``name``, as a number of cores, workers or the like."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, not {value!r} ({type(value).__name__})")
    number = operator.index(value)
    if number < least or (most is not None and number > most):
        numbers = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be {numbers}, not {number}")
    return number


def inside() -> bool:
    """Whether the current task is in a budget or a part."""
    return bool(_entered())


_looked = (float("-inf"), 1)


def _allowed() -> int:
    """The allowed cores; a look costs about a millisecond."""
    global _looked
    now = time.monotonic()
    if now - _looked[0] >= 1:
        _looked = (now, _native.cpu_count())
    return _looked[1]
