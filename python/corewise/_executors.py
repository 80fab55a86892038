"""Executors whose workers divide the cores of the task that gives them work."""

from __future__ import annotations

import concurrent.futures
import importlib
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from corewise._budget import budget, cores, whole_number
from corewise._limits import copy_limits, current_limits, limits

_P = ParamSpec("_P")
_R = TypeVar("_R")


class ThreadPoolExecutor(concurrent.futures.ThreadPoolExecutor):
    """``concurrent.futures.ThreadPoolExecutor`` whose workers divide the cores.

    Work runs under the limits of the task that submits it. With ``n`` workers and a task that has
    ``c`` cores, ``cores()`` and the pools inside have ``max(1, c // n)`` each.

    Args:
        max_workers: Threads, from 1 to 65536. Default: ``cores()``.
        thread_name_prefix: What the threads' names begin with.
        initializer: Called in each thread before its first work, under the limits of the task that
            made the executor.
        initargs: Its arguments.

    Raises:
        TypeError: ``max_workers`` is not an integer, or ``initializer`` cannot be called.
        ValueError: ``max_workers`` is below 1 or above 65536.

    Example:
        >>> import corewise
        >>> with corewise.budget(6), corewise.ThreadPoolExecutor(2) as executor:
        ...     list(executor.map(lambda number: number * corewise.cores(), range(3)))
        [0, 3, 6]
    """

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._of = cores() if max_workers is None else whole_number("max_workers", max_workers)
        if callable(initializer):
            initializer = copy_limits(partial(_in_share, self._of, initializer))
        super().__init__(self._of, thread_name_prefix, initializer, initargs)

    def submit(
        self, fn: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> concurrent.futures.Future[_R]:
        """Let a worker call ``fn``; see ``concurrent.futures.Executor.submit``."""
        work: Callable[_P, _R] = copy_limits(partial(_in_share, self._of, fn))
        return super().submit(work, *args, **kwargs)


class ProcessPoolExecutor(concurrent.futures.Executor):
    """Worker processes that divide the cores, used as ``concurrent.futures.ProcessPoolExecutor``.

    The processes are loky's: functions and arguments may be lambdas or be defined in a notebook,
    and a worker that dies breaks the executor instead of hanging it. They come with joblib, or by
    ``pip install loky``.

    Work runs under the limits of the task that submits it. With ``n`` workers and a task that has
    ``c`` cores, ``cores()`` and the pools inside have ``max(1, c // n)`` each. A process starts
    with its pools at that size, and with as many cores to count: ``OMP_NUM_THREADS``,
    ``LOKY_MAX_CPU_COUNT`` and the like, unless they are set to less.

    Args:
        max_workers: Processes, from 1 to 65536. Default: ``cores()``.
        initializer: Called in each process before its first work.
        initargs: Its arguments.

    Raises:
        TypeError: ``max_workers`` is not an integer, or ``initializer`` cannot be called.
        ValueError: ``max_workers`` is below 1 or above 65536.
        ImportError: There is neither joblib nor loky.

    Example:
        >>> import corewise
        >>> with corewise.budget(4), corewise.ProcessPoolExecutor(2) as executor:
        ...     list(executor.map(lambda number: number * corewise.cores(), range(3)))
        [0, 2, 4]
    """

    def __init__(
        self,
        max_workers: int | None = None,
        *,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        self._of = cores() if max_workers is None else whole_number("max_workers", max_workers)
        if initializer is not None and not callable(initializer):
            raise TypeError(f"initializer must be a function or None, not {initializer!r}")
        self._futures: WeakSet[concurrent.futures.Future[Any]] = WeakSet()
        self._executor = _loky().ProcessPoolExecutor(
            self._of,
            initializer=initializer,
            initargs=initargs,
            env=environment_of_worker(share(self._of), os.environ),
        )

    def submit(
        self, fn: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> concurrent.futures.Future[_R]:
        """Let a worker call ``fn``; see ``concurrent.futures.Executor.submit``."""
        future: concurrent.futures.Future[_R] = self._executor.submit(
            in_process, share(self._of), current_limits(), fn, *args, **kwargs
        )
        self._futures.add(future)
        return future

    def map(
        self,
        fn: Callable[..., _R],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[_R]:
        """Call ``fn`` with each of the items; see ``concurrent.futures.Executor.map``.

        Args:
            fn: What to call.
            *iterables: Its arguments, taken in parallel.
            timeout: Seconds after which waiting for a result ends.
            chunksize: Calls that are sent to a process at one time.

        Raises:
            TimeoutError: A result is not there ``timeout`` seconds after the call.
            TypeError: ``chunksize`` is not an integer.
            ValueError: ``chunksize`` is below 1.
        """
        calls = zip(*iterables, strict=False)
        size = whole_number("chunksize", chunksize)
        chunks = iter(lambda: list(itertools.islice(calls, size)), [])
        results = super().map(partial(_each, fn), chunks, timeout=timeout)
        return itertools.chain.from_iterable(results)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no further work; see ``concurrent.futures.Executor.shutdown``."""
        if cancel_futures:
            for future in list(self._futures):
                future.cancel()
        self._executor.shutdown(wait=wait)


class mapper:
    """A ``map`` on all cores, for what takes a map-like callable, such as SciPy's ``workers=``.

    ``m(function, iterable)`` returns the list of what ``function`` returned. The workers are made
    when they are first needed and kept for further calls; ``close()``, or the end of a ``with``
    block, ends them. Limits and budgets are those of ``ThreadPoolExecutor`` and
    ``ProcessPoolExecutor``.

    One worker is the calling thread. So is each worker for a call from inside its own work, which
    would otherwise wait for itself. A copy that is sent to another process has the workers that
    ``cores()`` gives there.

    Args:
        workers: Workers, from 1 to 65536. Default: ``cores()``.
        processes: Whether they are processes instead of threads. Threads suit functions that
            compute in NumPy and SciPy, processes suit plain Python.

    Raises:
        TypeError: ``workers`` is not an integer.
        ValueError: ``workers`` is below 1 or above 65536.

    Example:
        >>> import corewise
        >>> from scipy.optimize import brute
        >>> with corewise.mapper() as workers:
        ...     found = brute(lambda x: abs(x[0] - 3), [slice(0, 5)], workers=workers, finish=None)
        >>> float(found)
        3.0
    """

    def __init__(self, workers: int | None = None, *, processes: bool = False) -> None:
        self._of = cores() if workers is None else whole_number("workers", workers)
        self._processes = processes
        self._starting = threading.Lock()
        self._executor: concurrent.futures.Executor | None = None
        self._key = object()

    def __call__(self, function: Callable[..., _R], *iterables: Iterable[Any]) -> list[_R]:
        """Call ``function`` with each of the items; return what it returned, in their order.

        The first exception of a call is raised, and calls that have not begun are left out.
        """
        if self._of == 1 or self._key in getattr(_working, "of", ()):
            return list(map(function, *iterables))
        executor = self._started()
        if not self._processes:
            return list(executor.map(partial(_inside, self._key, function), *iterables))
        calls = list(zip(*iterables, strict=False))
        # Four chunks a worker: few messages, and no worker is left with much at the end.
        size = max(1, -(-len(calls) // (4 * self._of)))
        columns = zip(*calls, strict=True)
        return list(executor.map(function, *columns, chunksize=size)) if calls else []

    def _started(self) -> concurrent.futures.Executor:
        with self._starting:
            if self._executor is None:
                kind = ProcessPoolExecutor if self._processes else ThreadPoolExecutor
                self._executor = kind(self._of)
            return self._executor

    def close(self) -> None:
        """End the workers when their work is done. The next call makes new ones."""
        with self._starting:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()

    def __enter__(self) -> mapper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Callable[[bool], mapper], tuple[bool]]:
        return _copied, (self._processes,)

    def __repr__(self) -> str:
        return f"<mapper of {self._of} {'processes' if self._processes else 'threads'}>"


_working = threading.local()
"""Of which mappers the thread is a worker now (``of``)."""


def _inside(key: object, function: Callable[..., _R], /, *args: Any) -> _R:
    before = getattr(_working, "of", ())
    _working.of = (*before, key)
    try:
        return function(*args)
    finally:
        _working.of = before


def _copied(processes: bool) -> mapper:
    return mapper(processes=processes)


def share(workers: int) -> int:
    """Return how many cores each of ``workers`` workers of the current task has."""
    return max(1, cores() // workers)


def _in_share(
    workers: int, function: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs
) -> _R:
    with budget(share(workers)):
        return function(*args, **kwargs)


def in_process(
    cores: int,
    limited: Mapping[str, int],
    function: Callable[_P, _R],
    /,
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> _R:
    """Call ``function`` in another process, with the cores and limits that were sent with it."""
    with limits(**limited), budget(cores):
        return function(*args, **kwargs)


def _each(function: Callable[..., _R], calls: Iterable[Iterable[Any]]) -> list[_R]:
    return [function(*arguments) for arguments in calls]


def environment_of_worker(cores: int, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what to set in ``environment`` for a process with so many cores.

    A smaller number that is there already stays, and so does what takes the place of a variable.
    """

    def to_change(name: str, instead: tuple[str, ...]) -> bool:
        here = environment.get(name)
        if here is None:
            return not any(other in environment for other in instead)
        return here.isdecimal() and int(here) > cores

    return {name: str(cores) for name, instead in _SIZES.items() if to_change(name, instead)}


# As `corewise run` sets them, and which others each runtime reads instead.
_SIZES = {
    "OMP_NUM_THREADS": (),
    "OPENBLAS_NUM_THREADS": ("GOTO_NUM_THREADS", "OMP_NUM_THREADS"),
    "MKL_NUM_THREADS": ("OMP_NUM_THREADS",),
    "BLIS_NUM_THREADS": ("OMP_NUM_THREADS",),
    "NUMEXPR_NUM_THREADS": ("NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS"),
    "NUMBA_NUM_THREADS": (),
    "RAYON_NUM_THREADS": (),
    "POLARS_MAX_THREADS": ("RAYON_NUM_THREADS",),
    "BLOSC_NTHREADS": (),
    "LOKY_MAX_CPU_COUNT": (),
    "PYTHON_CPU_COUNT": (),
}


def _loky() -> Any:
    """The module with loky's executor: joblib's copy, else loky itself."""
    for name in ("joblib.externals.loky", "loky"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ImportError("corewise's worker processes are loky's: pip install joblib (or loky)")
