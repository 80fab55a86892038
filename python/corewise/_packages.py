"""How each package's default is raised, and put back.

None of them offers a default for the whole process that is told from what the program sets, so each
is raised where the package looks its own default up.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import ModuleType
from typing import Any

from corewise import _native
from corewise._cpus import cpus
from corewise._defaults import number

_PATIENCE = 0.2
"""For so long a package's threads may be in use, in s, before they are left as they are."""


class _Package(ABC):
    """A package, from its import on."""

    def __init__(self, module: Any, *, imported: bool) -> None:
        """Look for what the class relies on, just after the import or later.

        Raises:
            AttributeError, KeyError: This version of the package does not have it.
        """
        self.module = module

    @abstractmethod
    def settle(self, cores: int | None) -> None:
        """Raise the default to so many cores, or put it back."""

    @abstractmethod
    def raised(self) -> int | None:
        """To what it is raised in this task, if it is."""


class _Replacement:
    """An attribute that stands for another one, until it is taken back."""

    def __init__(self, owner: object, name: str, value: object) -> None:
        self._owner, self._name, self._value = owner, name, value
        self._had = name in vars(owner)
        self._old = vars(owner).get(name)
        setattr(owner, name, value)

    def take_back(self) -> None:
        """Put the old one back, unless somebody has replaced this one."""
        if vars(self._owner).get(self._name) is not self._value:
            return
        if self._had:
            setattr(self._owner, self._name, self._old)
        else:
            delattr(self._owner, self._name)


class _Joblib(_Package):
    """``n_jobs``, where neither a call nor a ``parallel_config`` says how many.

    joblib asks a backend for its ``default_n_jobs``, and does so where no other number was found.
    Its two other places are where it prefers threads to the default backend's processes, for which
    it takes 1 without asking, and ``effective_n_jobs(None)``.
    """

    def __init__(self, module: Any, *, imported: bool) -> None:
        super().__init__(module, imported=imported)
        names = ("LokyBackend", "MultiprocessingBackend", "ThreadingBackend")
        # Backends of others have a default of their own, such as all workers of a cluster.
        self.backends: tuple[Any, ...] = tuple(getattr(module, name) for name in names)
        self._defaults = module.default_parallel_config
        self._unset = self._defaults["n_jobs"]
        self._by_thread = module._backend
        self._replacements: list[_Replacement] = []

    def settle(self, cores: int | None) -> None:
        if cores is None:
            while self._replacements:
                self._replacements.pop().take_back()
        elif not self._replacements:
            replaced: list[tuple[object, str, object]] = [
                (self.module, "_get_active_backend", self._stand_in_for_configuration()),
                (self.module, "get_active_backend", self._stand_in_for_get_active_backend()),
            ]
            for kind in self.backends:
                replaced.append((kind, "default_n_jobs", _DefaultJobs(self, kind.default_n_jobs)))
            self._replacements = [_Replacement(*each) for each in replaced]

    def raised(self) -> int | None:
        return None if _in_task_of_joblib() else self.jobs()

    @staticmethod
    def jobs() -> int | None:
        """How many jobs a call outside of any task has, where it is raised."""
        cores = number()
        most = os.environ.get("LOKY_MAX_CPU_COUNT", "")
        return min(cores, int(most)) if cores is not None and most.isdecimal() else cores

    def _stand_in_for_configuration(self) -> Callable[..., Any]:
        original = self.module._get_active_backend

        @functools.wraps(original)
        def stand_in(*args: Any, **kwargs: Any) -> Any:
            backend, config = original(*args, **kwargs)
            if config["n_jobs"] == 1 and number() is not None:
                by_user = getattr(self._by_thread, "config", self._defaults)
                if by_user["n_jobs"] is self._unset:
                    config = {**config, "n_jobs": self._unset}
            return backend, config

        return stand_in

    def _stand_in_for_get_active_backend(self) -> Callable[..., Any]:
        original = self.module.get_active_backend

        @functools.wraps(original)
        def stand_in(*args: Any, **kwargs: Any) -> Any:
            backend, jobs = original(*args, **kwargs)
            if jobs is None and type(backend) in self.backends and backend.default_n_jobs > 1:
                jobs = backend.default_n_jobs
            return backend, jobs

        return stand_in


class _DefaultJobs:
    """``default_n_jobs`` of one of joblib's own backends."""

    def __init__(self, joblib: _Joblib, default: int) -> None:
        self._joblib = joblib
        self._default = default

    def __get__(self, backend: Any, owner: type) -> int:
        # A nested call keeps its 1: the tasks of the outer one have the cores.
        if type(backend) in self._joblib.backends and not backend.nesting_level:
            return max(self._joblib.jobs() or 1, self._default)
        return self._default


def _in_task_of_joblib() -> bool:
    """Whether this thread runs a task of joblib's, beside others."""
    parallel = sys.modules.get("joblib.parallel")
    config = getattr(getattr(parallel, "_backend", None), "config", None)
    return config is not None and bool(getattr(config["backend"], "nesting_level", 0))


class _SciPyFFT(_Package):
    """Workers, where neither a call nor ``set_workers`` says how many.

    SciPy keeps what ``set_workers`` says for each thread. What stands for that place gives the
    raised number to every thread that has set none, also to those that start later.
    """

    def __init__(self, module: Any, *, imported: bool) -> None:
        super().__init__(module, imported=imported)
        self._helper: Any = sys.modules[module.get_workers.__globals__["__name__"]]
        self._by_thread = self._helper._config
        self._lock = threading.Lock()
        self._replacement: _Replacement | None = None
        self._wanted = False
        self._blocks = 0
        """Outermost blocks of ``set_workers`` that began here and will put back what they found."""

    def settle(self, cores: int | None) -> None:
        with self._lock:
            self._wanted = cores is not None
            if self._wanted and self._replacement is None:
                stand_in = _StandInForWorkers(self._by_thread, self)
                self._replacement = _Replacement(self._helper, "_config", stand_in)
            self._leave()

    def raised(self) -> int | None:
        return None if _in_task_of_joblib() else number()

    def count(self, blocks: int) -> None:
        """One block more, or one less."""
        with self._lock:
            self._blocks += blocks
            self._leave()

    def _leave(self) -> None:
        if self._replacement is not None and not self._wanted and self._blocks <= 0:
            self._replacement.take_back()
            self._replacement = None


class _Raised(int):
    """A number that no thread has set: ``set_workers`` puts it back, and so unsets its own."""

    def __reduce__(self) -> tuple[type[int], tuple[int]]:
        """Pickle as a plain number."""
        return int, (int(self),)


class _StandInForWorkers:
    """Stands for the thread-local variable in which SciPy keeps ``default_workers``."""

    def __init__(self, by_thread: Any, scipy: _SciPyFFT) -> None:
        self._by_thread = by_thread
        self._scipy = scipy

    @property
    def default_workers(self) -> int:
        """What this thread has set, else the raised number, else SciPy's own."""
        workers: int | None = getattr(self._by_thread, "default_workers", None)
        return _Raised(self._scipy.raised() or 1) if workers is None else workers

    @default_workers.setter
    def default_workers(self, workers: int) -> None:
        had = hasattr(self._by_thread, "default_workers")
        if not isinstance(workers, _Raised):
            self._by_thread.default_workers = workers
            if not had:
                self._scipy.count(1)
        elif had:
            del self._by_thread.default_workers
            self._scipy.count(-1)


class _Threads(_Package):
    """A number of threads that the package has for the whole process."""

    variables: tuple[str, ...]
    """Environment variables by which a user sets it."""

    def __init__(self, module: Any, *, imported: bool) -> None:
        super().__init__(module, imported=imported)
        self.default = self.get() if imported else None
        self._before = 0
        self._ours: int | None = None
        self._by_program = False

    def settle(self, cores: int | None) -> None:
        now = self.get()
        if self._ours is not None and now != self._ours:
            self._ours, self._by_program = None, True
        if cores is None:
            if self._ours is None or self.set(self._before):
                self._ours = None
            self._by_program = False
            return
        if self._ours is None:
            if self._by_program or self.is_set(now):
                return
            self._before = now
        wanted = max(self._before, min(cores, self.most()))
        if wanted != now and not self.set(wanted):
            return
        self._ours = wanted if wanted > self._before else None

    def raised(self) -> int | None:
        return self._ours if self._ours == self.get() else None

    def is_set(self, now: int) -> bool:
        """Whether the user has set it, as far as can be told."""
        return any(os.environ.get(name) for name in self.variables) or not self.is_default(now)

    @abstractmethod
    def is_default(self, now: int) -> bool:
        """Whether it is the package's own number."""

    @abstractmethod
    def most(self) -> int:
        """The most that it can be raised to."""

    def get(self) -> int:
        """Return it."""
        return int(self.module.get_num_threads())

    def set(self, threads: int) -> bool:
        """Set it, and say whether that could be done."""
        self.module.set_num_threads(threads)
        return True


class _NumExpr(_Threads):
    variables = ("NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS")

    def __init__(self, module: Any, *, imported: bool) -> None:
        super().__init__(module, imported=imported)
        self._most = int(module.MAX_THREADS)
        self._own = int(module.nthreads)
        self._set = module.interpreter._set_num_threads
        self._folder = os.path.dirname(module.__file__)

    def is_default(self, now: int) -> bool:
        return now == self._own

    def most(self) -> int:
        return self._most

    def set(self, threads: int) -> bool:
        # Its threads are started anew, and where they compute for another thread it hangs. Until
        # there is a moment in which none does, this waits, but not for long.
        end = time.monotonic() + _PATIENCE
        while not _native.call_unless_running(self._set, threads, self._folder):
            if time.monotonic() > end:
                return False
            time.sleep(0.001)
        return True


class _PyTorch(_Threads):
    variables = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")

    def is_default(self, now: int) -> bool:
        if self.default is not None:
            return now == self.default
        machine = cpus().machine
        return now in (machine.physical_cores, len(os.sched_getaffinity(0)), os.cpu_count())

    def most(self) -> int:
        return 65_536


_KINDS: dict[str, type[_Package]] = {
    "joblib.parallel": _Joblib,
    "numexpr": _NumExpr,
    "scipy.fft": _SciPyFFT,
    "torch": _PyTorch,
}

_known: dict[str, _Package] = {}
"""Those that were raised once, by the module's name."""


def settle(name: str, module: ModuleType | None, *, imported: bool = False) -> None:
    """Raise the default of this module's package to what counts now, or put it back.

    ``imported`` says that the module has just been imported, perhaps once more. There may be none
    any more, or another one than before.
    """
    cores = number()
    package = _known.get(name)
    if package is not None and (imported or package.module is not module):
        del _known[name]
        package.settle(None)
        package = None
    if package is None:
        if cores is None or module is None:
            return
        try:
            package = _known[name] = _KINDS[name](module, imported=imported)
        except (AttributeError, KeyError):
            return  # a version that keeps its default elsewhere: it stays as it is
    package.settle(cores)


def raised() -> dict[str, int]:
    """The packages whose default is raised, and to what in this task."""
    numbers = [(name.removesuffix(".parallel"), _known[name].raised()) for name in sorted(_known)]
    return {name: number for name, number in numbers if number is not None and number > 1}
