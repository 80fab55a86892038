"""Limits on thread pools that belong to the calling task."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from corewise import _native
from corewise._wrapping import wrapped

P = ParamSpec("P")
R = TypeVar("R")

_LIVE: contextvars.ContextVar[tuple[_native.Live, ...]] = contextvars.ContextVar(
    "corewise_limits", default=()
)
carried: list[contextvars.ContextVar[Any]] = []
"""Further variables that belong to a task and go with its work to other threads."""


class _Thread(threading.local):
    """The calling thread."""

    live: tuple[_native.Live, ...] = ()
    """What it is limited by."""


_thread = _Thread()


class limits:
    """Limit thread pools for the calling task.

    A context manager and a decorator, for functions, coroutine functions, generators and
    asynchronous generators. The limit holds for the task (thread or ``asyncio`` task) that enters
    it, until it leaves; a limit inside a limit can only lower it, and no limit raises a pool above
    the number of threads that it had.

    OpenMP, MKL and Numba have a number of threads for each thread, which is what is set. OpenBLAS
    with threads of its own, BLIS and FlexiBLAS have one for the process. Under `govern` OpenBLAS's
    calls are limited thread by thread all the same; without it, and for the other two, the smallest
    live limit of all threads counts for all. Where the last limit ends, in whatever order they do,
    each pool has the number that it had before the first.

    A runtime that is loaded while a limit lives is limited from the task's next call of anything in
    corewise on, and under `govern` at once if it is OpenBLAS. An OpenBLAS that is built on OpenMP
    has the number of OpenMP, so the smaller of both limits counts for both.

    Args:
        cores: The most threads of every runtime, at least 1.
        blas: The same for BLAS (OpenBLAS, MKL, BLIS, FlexiBLAS) in place of ``cores``.
        openmp: The same for OpenMP (libgomp, libomp, libiomp5) in place of ``cores``.
        **runtimes: The same for one runtime in place of these: ``openblas``, ``mkl``, ``blis``,
            ``flexiblas``, ``libgomp``, ``libomp``, ``libiomp5``, ``numba``.

    Raises:
        ValueError: A number is below 1 or above 2147483647.
        TypeError: A number is not an integer, or there is no runtime of that name.

    >>> import corewise
    >>> with corewise.limits(2, blas=1):
    ...     corewise.current_limits()["openblas"]
    1
    """

    __slots__ = ("_entered", "_limits")

    def __init__(
        self,
        cores: int | None = None,
        *,
        blas: int | None = None,
        openmp: int | None = None,
        **runtimes: int | None,
    ) -> None:
        """Check the numbers; nothing is limited yet."""
        self._limits = _native.Limits(cores, blas, openmp, runtimes)
        # By what each began, and what `_begin` gave.
        self._entered: dict[_native.Live, tuple[_native.Live, ...] | None] = {}

    def __enter__(self) -> limits:
        """Limit the calling task."""
        live = self._limits.begin()
        self._entered[live] = _begin(live)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """End that."""
        # Entered several times at once, the same object ends the last that this task began. Other
        # threads enter and leave it meanwhile.
        for live in reversed(_LIVE.get()):
            if live in self._entered:
                _end(live, self._entered.pop(live, None))
                return
        with contextlib.suppress(KeyError):
            _end(*self._entered.popitem())

    async def __aenter__(self) -> limits:
        """Limit the calling task."""
        return self.__enter__()

    async def __aexit__(self, *exception: object) -> None:
        """End that."""
        self.__exit__()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """Limit each call of ``function``: a generator or coroutine while it runs."""
        return wrapped(function, self._again)

    def _again(self) -> limits:
        """The same limits, to be entered by themselves."""
        again = limits.__new__(limits)
        again._limits = self._limits
        again._entered = {}
        return again


def current_limits() -> dict[str, int]:
    """Return the most threads that each runtime may use in the calling task.

    Returns:
        A number for each runtime that is limited, by the names that `limits` takes.
    """
    return _native.smallest(_LIVE.get())


def copy_limits(function: Callable[P, R]) -> Callable[P, R]:
    """Give work for another thread the limits and the budget of the calling task.

    Under `govern` this happens by itself to what is handed to
    ``concurrent.futures.ThreadPoolExecutor``, ``asyncio.to_thread`` and
    ``multiprocessing.pool.ThreadPool``, and so to joblib's threading backend.

    Returns:
        A function that calls ``function`` under these limits, in whatever thread, and then ends
        them there.

    >>> import corewise, threading
    >>> with corewise.limits(1):
    ...     work = corewise.copy_limits(corewise.current_limits)
    >>> work()["openblas"]
    1
    """
    live = _living()
    values = [(variable, variable.get(None)) for variable in carried]
    values = [(variable, value) for variable, value in values if value is not None]
    if not live and not values:
        return function

    @functools.wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        tokens = [(variable, variable.set(value)) for variable, value in values]
        before, of_thread = _LIVE.get(), _thread.live
        _set((*before, *live))
        try:
            return function(*args, **kwargs)
        finally:
            _LIVE.set(before)
            follow(of_thread)
            for variable, token in tokens:
                variable.reset(token)

    return limited


def refresh() -> None:
    """The governor has come or gone: make the limits of the calling task hold as they do now."""
    _inherit.may_be_governed = True
    if _LIVE.get():
        _inherit.prepare()
    follow(_LIVE.get())


def follow(live: tuple[_native.Live, ...]) -> None:
    """Make these limits those of the calling thread."""
    _thread.live = live
    _native.apply(live)
    if "numba.np.ufunc.parallel" in sys.modules:
        _numba_limits.apply(live)


def _begin(live: _native.Live) -> tuple[_native.Live, ...] | None:
    """Begin limits; gives what the thread had if that is not what the context says.

    So it is where the thread runs something in a context that was copied (``asyncio.to_thread``
    does). It goes on without that context later, unnoticed.
    """
    _inherit.prepare()
    here, of_thread = _LIVE.get(), _thread.live
    now = (*here, live)
    _LIVE.set(now)
    follow(now)
    return None if of_thread is here or of_thread == here else of_thread


def _end(live: _native.Live, before: tuple[_native.Live, ...] | None) -> None:
    here = _LIVE.get()
    # Else the thread did other things meanwhile, as an event loop's does.
    if live not in here:
        # Another task has begun it, and sees that it has ended. Tasks and work that took it along
        # while it lived keep it, so elsewhere it is only left out.
        live.end()
    left = tuple([other for other in here if other is not live and not other.ended])
    if before is not None and _thread.live != here:
        # The thread did other things meanwhile, as an event loop's does.
        before = None
    _LIVE.set(left)
    follow(left if before is None else before)


def _living() -> tuple[_native.Live, ...]:
    return tuple([live for live in _LIVE.get() if not live.ended])


def _set(live: tuple[_native.Live, ...]) -> None:
    _LIVE.set(live)
    follow(live)


from corewise import _inherit, _numba_limits  # noqa: E402 (the first needs the above)
