"""The classes behind the joblib backend ``"corewise"``; importing them registers it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.pool import ThreadPool
from typing import Any

from joblib.parallel import (
    BACKENDS,
    FallbackToBackend,
    LokyBackend,
    ParallelBackendBase,
    ThreadingBackend,
    register_parallel_backend,
)

from corewise._budget import budget, cores, inside, whole_number
from corewise._executors import environment_of_worker, in_process, share
from corewise._limits import copy_limits, current_limits


class _Workers(ParallelBackendBase):
    """How many workers there are, and what each has."""

    default_n_jobs = -1
    supports_inner_max_num_threads = True
    supports_retrieve_callback = True
    _configured: int | None = None

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return the number of workers: of those that are there, else what ``n_jobs`` means now."""
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        if self._configured is not None:
            return self._configured
        whole = cores()
        if n_jobs is None:
            return whole
        if n_jobs < 0:
            return max(whole + 1 + n_jobs, 1)
        # The cores of a nested call are divided already.
        return min(n_jobs, whole) if self.nesting_level else n_jobs

    def get_nested_backend(self) -> tuple[CorewiseBackend, None]:
        """Return the backend of calls inside the work: it divides the worker's cores."""
        return CorewiseBackend(nesting_level=(self.nesting_level or 0) + 1), None

    def _configure(self, n_jobs: int | None) -> int:
        self._configured = None
        if self.inner_max_num_threads is not None:
            whole_number("inner_max_num_threads", self.inner_max_num_threads)
        self._configured = self.effective_n_jobs(n_jobs)
        return self._configured

    def _share(self, workers: int) -> int:
        """How many cores each of the workers of the calling task has."""
        asked: int | None = self.inner_max_num_threads
        return share(workers) if asked is None else asked


class CorewiseBackend(_Workers):
    """The backend ``"corewise"``: chooses threads or processes for each call of ``Parallel``.

    Threads, where the call asks for them (``prefer="threads"``, ``require="sharedmem"``), where it
    is nested in work of this backend, in a thread that works with a part of the cores, and in a
    process that may not start others (a daemon). Else processes, which are loky's.

    ``n_jobs=-1`` and ``None`` mean ``corewise.cores()``. The work of ``n`` workers on ``c`` cores,
    and the pools inside it, have ``max(1, c // n)`` each, or ``inner_max_num_threads``. A nested
    call has at most its worker's cores.
    """

    uses_threads = True
    supports_sharedmem = True

    def configure(
        self,
        n_jobs: int = 1,
        parallel: Any = None,
        prefer: str | None = None,
        require: str | None = None,
        **options: Any,
    ) -> int:
        """Hand the call over to threads or processes of its own."""
        threads = (
            require == "sharedmem"
            or prefer == "threads"
            or bool(self.nesting_level)
            or "loky" not in BACKENDS
            or multiprocessing.current_process().daemon
            or (inside() and threading.current_thread() is not threading.main_thread())
        )
        kind = CorewiseThreads if threads else CorewiseProcesses
        raise FallbackToBackend(
            kind(
                nesting_level=self.nesting_level,
                inner_max_num_threads=self.inner_max_num_threads,
                **self.backend_kwargs,
            )
        )


class CorewiseThreads(_Workers, ThreadingBackend):
    """joblib's threads, each with its part of the cores of the task that calls ``Parallel``."""

    _pool: ThreadPool | None = None

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Decide on the number of threads; one is the calling thread."""
        self.parallel = parallel
        self._n_jobs = self._configure(n_jobs)
        self._initializer = {**self.backend_kwargs, **options}
        return self._n_jobs

    def _get_pool(self) -> ThreadPool:
        if self._pool is None:
            self._pool = ThreadPool(
                self._n_jobs,
                self._initializer.get("initializer"),
                self._initializer.get("initargs", ()),
            )
        return self._pool

    def start_call(self) -> None:
        """Take the limits of the calling task: later work is handed out by other threads."""
        self._run: Callable[..., Any] = copy_limits(partial(_in_share, self._share, self._n_jobs))

    def submit(self, func: Callable[[], Any], callback: Callable[..., Any] | None = None) -> Any:
        """Let a thread call ``func``."""
        return super().submit(partial(self._run, func), callback)

    def terminate(self) -> None:
        """End the threads."""
        self._configured = None
        super().terminate()


class CorewiseProcesses(_Workers, LokyBackend):
    """joblib's loky processes, each with its part of the cores of the task that calls."""

    _workers = None

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Start or reuse the processes; one worker is the calling thread."""
        self.parallel = parallel
        workers = self._configure(n_jobs)
        if workers > 1:
            super().configure(n_jobs=workers, parallel=parallel, **options)
        return workers

    def _prepare_worker_env(self, n_jobs: int) -> dict[str, str]:
        asked: int | None = self.inner_max_num_threads
        return environment_of_worker(self._share(n_jobs), os.environ if asked is None else {})

    def start_call(self) -> None:
        """Take the limits of the calling task: later work is handed out by other threads."""
        self._run = partial(in_process, self._share(self._configured or 1), current_limits())

    def submit(self, func: Callable[[], Any], callback: Callable[..., Any] | None = None) -> Any:
        """Let a process call ``func``."""
        return super().submit(partial(self._run, func), callback)

    def terminate(self) -> None:
        """Let go of the processes; they are kept for further calls."""
        self._configured = None
        super().terminate()


def _in_share(share: Callable[[int], int], workers: int, function: Callable[[], Any]) -> Any:
    with budget(share(workers)):
        return function()


register_parallel_backend("corewise", CorewiseBackend)
