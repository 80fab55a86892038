"""threadpoolctl's interface on corewise's view of the loaded libraries.

Everything that threadpoolctl 3.8 has, by the same names: `threadpool_info`, `threadpool_limits`,
`ThreadpoolController`, `LibController`, `register`, `get_cached_controller` and
`reset_cached_controller`. `install` puts it in the place of ``import threadpoolctl``.

>>> from corewise.threadpoolctl import threadpool_info, threadpool_limits
>>> import numpy
>>> with threadpool_limits(limits=1, user_api="blas"):
...     {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
{1}
"""

from __future__ import annotations

import sys

from corewise import _native
from corewise._threadpoolctl.controllers import BLISController as BLISController
from corewise._threadpoolctl.controllers import LibController as LibController
from corewise._threadpoolctl.controllers import MKLController as MKLController
from corewise._threadpoolctl.controllers import OpenBLASController as OpenBLASController
from corewise._threadpoolctl.controllers import OpenMPController as OpenMPController
from corewise._threadpoolctl.controllers import (
    _determine_thread_limit_scope as _determine_thread_limit_scope,
)
from corewise._threadpoolctl.controllers import warn_of_clash
from corewise._threadpoolctl.controlling import CONTROL
from corewise._threadpoolctl.flexiblas import FlexiBLASController as FlexiBLASController
from corewise._threadpoolctl.limiting import _check_limiter_params as _check_limiter_params
from corewise._threadpoolctl.limiting import _ThreadpoolLimiter, _ThreadpoolLimiterDecorator
from corewise._threadpoolctl.registry import _ALL_BLAS_LIBRARIES as _ALL_BLAS_LIBRARIES
from corewise._threadpoolctl.registry import _ALL_CONTROLLERS as _ALL_CONTROLLERS
from corewise._threadpoolctl.registry import _ALL_INTERNAL_APIS as _ALL_INTERNAL_APIS
from corewise._threadpoolctl.registry import _ALL_OPENMP_LIBRARIES as _ALL_OPENMP_LIBRARIES
from corewise._threadpoolctl.registry import _ALL_PREFIXES as _ALL_PREFIXES
from corewise._threadpoolctl.registry import _ALL_USER_APIS as _ALL_USER_APIS
from corewise._threadpoolctl.registry import KNOWN_CLASSES, known, load
from corewise._threadpoolctl.registry import _realpath as _realpath
from corewise._threadpoolctl.registry import register as register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__version__ = "3.8.0"
"""The version of threadpoolctl whose interface this is."""

__all__ = [
    "LibController",
    "ThreadpoolController",
    "get_cached_controller",
    "install",
    "register",
    "reset_cached_controller",
    "threadpool_info",
    "threadpool_limits",
    "uninstall",
]


CONTROLLING_THREAD_OWNERSHIP = CONTROL


class ThreadpoolController:
    """Controllers of the libraries that are loaded when it is made.

    Attributes:
        lib_controllers: A `LibController` for each.
    """

    lib_controllers: list[LibController]

    def __init__(self) -> None:
        """Take in what is loaded."""
        now = known()
        self._plan = now.plan
        if now.is_simple and len(_ALL_CONTROLLERS) == KNOWN_CLASSES:
            self.lib_controllers = now.controllers.copy()
            return
        self.lib_controllers = load(self, now)
        if now.clash:
            warn_of_clash()

    @classmethod
    def _from_controllers(cls, lib_controllers: Iterable[LibController]) -> ThreadpoolController:
        new = cls.__new__(cls)
        new.lib_controllers = list(lib_controllers)
        return new

    def info(self, debugging_info: bool = False) -> list[dict[str, Any]]:
        """Return the facts about each library, as `threadpool_info` does.

        Args:
            debugging_info: Also find out whose calls a limit counts for.
        """
        return [one.info(debugging_info=debugging_info) for one in self.lib_controllers]

    def select(self, **kwargs: Any) -> ThreadpoolController:
        """Return a controller of those libraries that have one of these facts.

        Args:
            **kwargs: A value, or a list of values, for facts of `info`: ``user_api="blas"``,
                ``prefix=["libgomp", "libomp"]``. One of all that are given is enough.
        """
        wanted = {
            key: value if isinstance(value, list) else [value] for key, value in kwargs.items()
        }
        return self._from_controllers(
            one
            for one in self.lib_controllers
            if any(getattr(one, key, None) in values for key, values in wanted.items())
        )

    def limit(self, *, limits: Any = None, user_api: str | None = None) -> _ThreadpoolLimiter:
        """Limit these libraries from now on, as `threadpool_limits` does all that are loaded.

        Args:
            limits: As for `threadpool_limits`.
            user_api: As for `threadpool_limits`.
        """
        return _ThreadpoolLimiter(self, limits=limits, user_api=user_api)

    def wrap(
        self, *, limits: Any = None, user_api: str | None = None
    ) -> _ThreadpoolLimiterDecorator:
        """Return a decorator that limits these libraries during each call of a function.

        Args:
            limits: As for `threadpool_limits`.
            user_api: As for `threadpool_limits`.
        """
        return _ThreadpoolLimiter.wrap(self, limits=limits, user_api=user_api)

    def __len__(self) -> int:
        """Return how many libraries there are."""
        return len(self.lib_controllers)

    def _load_libraries(self) -> None:
        here = {one.filepath for one in self.lib_controllers}
        self.lib_controllers += [one for one in load(self, known()) if one.filepath not in here]

    def _get_params_for_sequential_blas_under_openmp(self) -> dict[str, Any]:
        of_openmp = self.select(internal_api="openblas").select(threading_layer="openmp")
        if of_openmp:
            # It is sequential in parallel regions by itself, and its number is OpenMP's.
            return {"limits": None, "user_api": None}
        return {"limits": 1, "user_api": "blas"}


class threadpool_limits(_ThreadpoolLimiter):
    """Limit the loaded libraries: from now on, or as a context manager for a block.

    The number of OpenMP, MKL and an OpenBLAS that is built on OpenMP is the calling thread's; that
    of other libraries is the process's. Under `corewise.govern` that of OpenBLAS is the calling
    task's in a ``with`` block and in a wrapped function.

    Args:
        limits: The most threads. An integer for all libraries of ``user_api``; a dictionary of
            integers by path (``filepath``), ``prefix`` or ``user_api``, of which the first that a
            library has counts; a list as `threadpool_info` gives it, or a `ThreadpoolController`,
            for the numbers in it; ``"sequential_blas_under_openmp"`` for calls of BLAS within
            parallel regions of OpenMP; `None` for no limit.
        user_api: ``"blas"``, ``"openmp"`` or one that is registered; `None` for all.

    Raises:
        ValueError: There is no such ``user_api``.
        TypeError: ``limits`` is none of these.
        ctypes.ArgumentError: A number of threads is no integer.
    """

    def __init__(self, limits: Any = None, user_api: str | None = None) -> None:
        """Limit from now on."""
        controller = ThreadpoolController()
        _ThreadpoolLimiter.__init__(self, controller, limits=limits, user_api=user_api)

    @classmethod
    def wrap(  # type: ignore[override]
        cls, limits: Any = None, user_api: str | None = None
    ) -> _ThreadpoolLimiterDecorator:
        """Return a decorator that limits what is loaded during each call of a function.

        Args:
            limits: The most threads.
            user_api: What to limit.
        """
        return _ThreadpoolLimiterDecorator(None, limits=limits, user_api=user_api)


def threadpool_info(debugging_info: bool = False) -> list[dict[str, Any]]:
    """Return the facts about each loaded library whose threads can be limited.

    Args:
        debugging_info: Also find out whose calls a limit counts for: ``thread_limit_scope``,
            ``"process"``, ``"current_thread"`` or ``"unknown"``. Numbers are others for a moment.

    Returns:
        A dictionary for each library: ``user_api``, ``internal_api``, ``num_threads``, ``prefix``,
        ``filepath``, ``version``, and what only some have.
    """
    return ThreadpoolController().info(debugging_info)


_cached: tuple[Any, ThreadpoolController] | None = None
"""A controller, and what was loaded and imported when it was made."""


def get_cached_controller() -> ThreadpoolController:
    """Return the same controller as before, or a new one if anything was loaded or imported."""
    global _cached
    cached, now = _cached, (len(sys.modules), _native.changes())
    if cached is None or cached[0] != now:
        _cached = cached = (now, ThreadpoolController())
    return cached[1]


def reset_cached_controller() -> None:
    """Forget the controller that `get_cached_controller` would return."""
    global _cached
    _cached = None


def install() -> None:
    """Put this module in the place of threadpoolctl, for the whole process.

    What is reached: ``import threadpoolctl`` from now on, be threadpoolctl installed or not;
    and in modules that have imported it, their global names for it, for what it exports, and for
    controllers that they keep (scikit-learn's). Classes that were registered with it are
    registered here.

    What is not: functions that it has decorated already, objects that are kept elsewhere than in a
    module's globals, and other processes, but for forked ones. They go on with threadpoolctl, which
    sets the same numbers.
    """
    from corewise._threadpoolctl import installing

    installing.install(sys.modules[ThreadpoolController.__module__])


def uninstall() -> None:
    """Put back what `install` has replaced.

    Modules that imported threadpoolctl meanwhile keep what they have. Classes that were registered
    meanwhile are registered with threadpoolctl, if it was imported.
    """
    from corewise._threadpoolctl import installing

    installing.uninstall()


def _main() -> None:
    from corewise._threadpoolctl import command

    command.main()


if __name__ == "__main__":
    _main()
