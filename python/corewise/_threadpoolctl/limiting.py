"""Setting numbers of threads, and putting them back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import local as thread_local
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from corewise import _native
from corewise._threadpoolctl import own
from corewise._threadpoolctl.controllers import (
    CONTROLLING_THREAD_OWNERSHIP,
    NativeController,
    OpenBLASController,
    c_int,
)
from corewise._threadpoolctl.registry import _ALL_USER_APIS, known

if TYPE_CHECKING:
    from typing_extensions import Self

F = TypeVar("F", bound=Callable[..., Any])


def _check_limiter_params(
    controller: Any, limits: Any, user_api: str | None
) -> tuple[dict[Any, Any] | None, list[str]]:
    """Return a number for each path, prefix or API, and the APIs that are limited."""
    if isinstance(limits, str) and limits == "sequential_blas_under_openmp":
        limits, user_api = controller._get_params_for_sequential_blas_under_openmp().values()
    if limits is None or isinstance(limits, int):
        if user_api is None:
            apis = _ALL_USER_APIS
        elif user_api in _ALL_USER_APIS:
            apis = [user_api]
        else:
            raise ValueError(
                f"user_api must be either in {_ALL_USER_APIS} or None. Got {user_api} instead."
            )
        return (None if limits is None else dict.fromkeys(apis, limits)), apis
    if isinstance(limits, list):
        # Older versions of threadpoolctl told no paths.
        limits = {
            (info["prefix"] if info.get("filepath") is None else info["filepath"]): info[
                "num_threads"
            ]
            for info in limits
        }
    elif hasattr(limits, "lib_controllers"):
        limits = {one.filepath: one.num_threads for one in limits.lib_controllers}
    if not isinstance(limits, dict):
        raise TypeError(
            "limits must either be an int, a list, a dict, or 'sequential_blas_under_openmp'. "
            f"Got {type(limits)} instead"
        )
    return limits, [api for api in limits if api in _ALL_USER_APIS]


class _ThreadpoolLimiter:
    """Limits that hold from now on, until they are put back."""

    def __init__(self, controller: Any, *, limits: Any = None, user_api: str | None = None) -> None:
        self._controller = controller
        self._limits, self._user_api = _check_limiter_params(controller, limits, user_api)
        self._original = [(one, one.num_threads) for one in controller.lib_controllers]
        self._governed = _Governed(self._original) if _native.governed()[0] else None
        if self._limits is not None:
            self._set_threadpool_limits(self._limits)

    def __enter__(self) -> Self:
        CONTROLLING_THREAD_OWNERSHIP.increment()
        if self._governed is not None and self._limits is not None:
            self._governed.keep_to_task(self._numbers(self._limits))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.restore_original_limits()
        finally:
            CONTROLLING_THREAD_OWNERSHIP.decrement()

    @classmethod
    def wrap(
        cls, controller: Any, *, limits: Any = None, user_api: str | None = None
    ) -> _ThreadpoolLimiterDecorator:
        """Return a decorator that limits each call of a function."""
        return _ThreadpoolLimiterDecorator(controller, limits=limits, user_api=user_api)

    def restore_original_limits(self) -> None:
        """Give each library the number that it had before.

        What one library raises is raised when the others have theirs.
        """
        error: Exception | None = None
        if self._governed is not None:
            self._governed.put_back()
        for one, number in self._original:
            try:
                if number is None or (self._governed is not None and self._governed.has(one)):
                    continue
                one.set_num_threads(number)
            except Exception as raised:
                error = error or raised
        if error is not None:
            raise error

    unregister = restore_original_limits

    def get_original_num_threads(self) -> dict[str, int | None]:
        """Return the number that each limited API had before; the smallest, with a warning, where
        its libraries had different ones, and `None` where it has none.
        """
        numbers: dict[str, int | None] = {}
        ambiguous = []
        for api in self._user_api:
            found = {number for one, number in self._original if one.user_api == api}
            if len(found) > 1:
                ambiguous.append(api)
            numbers[api] = min(found) if found else None
        if ambiguous:
            import warnings

            warnings.warn(
                "Multiple values possible for following user apis: "
                f"{', '.join(ambiguous)}. Returning the minimum.",
                stacklevel=2,
            )
        return numbers

    def _numbers(self, limits: dict[Any, Any]) -> list[tuple[Any, Any, Any]]:
        """Controllers, the numbers that they are to have, and those that they had."""
        numbers = []
        for one, before in self._original:
            # The path, which is the most exact, counts first.
            for key in (one.filepath, one.prefix, one.user_api):
                if key in limits:
                    if limits[key] is not None:
                        numbers.append((one, limits[key], before))
                    break
        return numbers

    def _set_threadpool_limits(self, limits: dict[Any, Any]) -> None:
        numbers = self._numbers(limits)
        for one, number, _ in numbers:
            if type(number) is not int and isinstance(one, NativeController):
                c_int(number)
        done = 0
        try:
            for one, number, _ in numbers:
                done += 1
                one.set_num_threads(number)
        except BaseException as first:
            self._original = [(one, before) for one, _, before in numbers[:done]]
            try:
                self.restore_original_limits()
            except Exception as second:
                raise first from second
            raise


class _Governed:
    """What a governed process's copies of OpenBLAS with own threads had before a limit."""

    def __init__(self, original: list[tuple[Any, Any]]) -> None:
        copies = [one for one, _ in original if _has_own_threads(one)]
        numbers = own.numbers_of_process([one._library for one in copies])
        self._numbers = dict(zip(copies, numbers, strict=True))
        self._before = own.current()
        self._live: _native.Live | None = None

    def has(self, controller: Any) -> bool:
        return controller in self._numbers

    def keep_to_task(self, numbers: list[tuple[Any, Any, Any]]) -> None:
        """Have a limit that counts for all of OpenBLAS alike count for the calling task alone."""
        wanted = {one: c_int(number) for one, number, _ in numbers if one in self._numbers}
        copies = [one for one in known().controllers if _has_own_threads(one)]
        if len(set(wanted.values())) != 1 or not all(one in wanted for one in copies):
            return
        (number,) = set(wanted.values())
        self._live = own.limit(number)
        if OpenBLASController.controls():
            for one, before in self._numbers.items():
                # A number above that of the process is the process's: no thread can have more.
                if before is not None and before > number:
                    one._library.set_num_threads(before)

    def put_back(self) -> None:
        own.put_back(self._live, self._before)
        if OpenBLASController.controls():
            for one, number in self._numbers.items():
                if number is not None:
                    one._library.set_num_threads(number)


def _has_own_threads(controller: Any) -> bool:
    return isinstance(controller, OpenBLASController) and controller.has_own_threads


class _ThreadpoolLimiterDecorator:
    """Limits each call of a function; without a controller, of what is loaded then."""

    def __init__(self, controller: Any, *, limits: Any = None, user_api: str | None = None) -> None:
        self._controller = controller
        _check_limiter_params(self._get_controller(), limits, user_api)
        self._limits, self._user_api = limits, user_api
        self._limiters = thread_local()

    def _get_controller(self) -> Any:
        if self._controller is not None:
            return self._controller
        from corewise import threadpoolctl

        return threadpoolctl.get_cached_controller()

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def limited(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return limited  # type: ignore[return-value]

    def __enter__(self) -> Self:
        limiter = _ThreadpoolLimiter(
            self._get_controller(), limits=self._limits, user_api=self._user_api
        )
        limiter.__enter__()
        self._limiters.__dict__.setdefault("stack", []).append(limiter)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        limiter: _ThreadpoolLimiter = self._limiters.stack.pop()
        limiter.__exit__(kind, value, traceback)
