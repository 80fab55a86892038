"""Setting numbers of threads, and putting them back."""

from __future__ import annotations

import functools
from threading import get_ident
from threading import local as thread_local

from corewise import _native
from corewise._threadpoolctl import own
from corewise._threadpoolctl.controllers import NativeController, c_int
from corewise._threadpoolctl.controlling import CONTROL
from corewise._threadpoolctl.plan import Plan, has_own_threads
from corewise._threadpoolctl.registry import _ALL_USER_APIS, known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar

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
        plan: Plan | None = getattr(controller, "_plan", None)
        if plan is None or plan.controllers != controller.lib_controllers:
            plan = controller._plan = Plan(controller.lib_controllers)
        self._plan = plan
        is_number = type(limits) is int
        if is_number and (user_api is None or user_api in _ALL_USER_APIS):
            # The same as below, in a third of the time.
            self._limits: Any = limits
            self._user_api = _ALL_USER_APIS if user_api is None else [user_api]
        else:
            self._limits, self._user_api = _check_limiter_params(controller, limits, user_api)
        self._before = plan.numbers()
        self._governed = _Governed(plan.controllers) if _native.governed()[0] else None
        # What another thread has set meanwhile is not what OpenBLAS had, and not this one's to set.
        if is_number and plan.is_plain and -0x8000_0000 <= limits < 0x8000_0000:
            self._ignored = plan.set_api(user_api, limits)
        else:
            self._ignored = CONTROL.is_others()
            self._set_threadpool_limits()

    def __enter__(self) -> Self:
        if CONTROL.ident == get_ident():
            CONTROL.blocks += 1
        if self._governed is not None:
            self._governed.keep_to_task(self._numbers())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._governed is None and self._plan.is_plain:
                self._plan.set_each(self._before, self._ignored)
            else:
                self.restore_original_limits()
        finally:
            CONTROL.decrement()

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
        plan, before = self._plan, self._before
        if self._governed is not None:
            self._governed.put_back()
        done = () if self._governed is None else self._governed.numbers
        ignored = self._ignored
        _set_all(
            [
                (one, number)
                for one, number in zip(plan.controllers, before, strict=True)
                if one not in done and not (ignored and has_own_threads(one))
            ]
        )

    unregister = restore_original_limits

    def get_original_num_threads(self) -> dict[str, int | None]:
        """Return the number that each limited API had before; the smallest, with a warning, where
        its libraries had different ones, and `None` where it has none.
        """
        numbers: dict[str, int | None] = {}
        ambiguous = []
        original: list[tuple[Any, Any]] = list(
            zip(self._plan.controllers, self._before, strict=True)
        )
        for api in self._user_api:
            found = {number for one, number in original if one.user_api == api}
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

    def _numbers(self) -> list[tuple[Any, Any]]:
        """Controllers, and the numbers that they are to have."""
        limits = self._limits
        numbers: list[tuple[Any, Any]] = []
        if limits is None:
            return numbers
        if isinstance(limits, int):
            limits = dict.fromkeys(self._user_api, limits)
        for one in self._plan.controllers:
            # The path, which is the most exact, counts first.
            for key in (one.filepath, one.prefix, one.user_api):
                if key in limits:
                    if limits[key] is not None:
                        numbers.append((one, limits[key]))
                    break
        return numbers

    def _set_threadpool_limits(self) -> None:
        numbers = self._numbers()
        for one, number in numbers:
            if type(number) is not int and isinstance(one, NativeController):
                c_int(number)
        controlled = CONTROL.is_mine()
        try:
            for one, number in numbers:
                one.set_num_threads(number)
            self._ignored = CONTROL.is_others()
        except BaseException as first:
            try:
                self.restore_original_limits()
            except Exception as second:
                raise first from second
            finally:
                if CONTROL.is_mine() and not controlled:
                    CONTROL.release()
            raise


def _set_all(numbers: list[tuple[Any, Any]]) -> None:
    error: Exception | None = None
    for one, number in numbers:
        if number is not None:
            try:
                one.set_num_threads(number)
            except Exception as raised:
                error = error or raised
    if error is not None:
        raise error


class _Governed:
    """What a governed process's copies of OpenBLAS with own threads had before a limit."""

    def __init__(self, controllers: list[Any]) -> None:
        copies = [one for one in controllers if has_own_threads(one)]
        numbers = own.numbers_of_process([one._library for one in copies])
        self.numbers = dict(zip(copies, numbers, strict=True))
        self._before = own.current()
        self._live: _native.Live | None = None

    def keep_to_task(self, numbers: list[tuple[Any, Any]]) -> None:
        """Have a limit that counts for all of OpenBLAS alike count for the calling task alone."""
        wanted = {one: c_int(number) for one, number in numbers if one in self.numbers}
        copies = [one for one in known().controllers if has_own_threads(one)]
        if len(set(wanted.values())) != 1 or not all(one in wanted for one in copies):
            return
        (number,) = set(wanted.values())
        if number < 1:
            return
        # A number above that of the process is the process's: no thread can have more.
        self._set({one: max(before, number) for one, before in self._known().items()})
        self._live = own.limit(number)

    def put_back(self) -> None:
        own.put_back(self._live, self._before)
        before = self._known()
        self._set(before)
        if CONTROL.is_mine():
            # Under a limit that this thread has still, what it has set since counts for it.
            for one, number in before.items():
                one._library.set_num_threads(number)

    def _known(self) -> dict[Any, int]:
        return {one: number for one, number in self.numbers.items() if number is not None}

    def _set(self, numbers: dict[Any, int]) -> None:
        if numbers and CONTROL.is_taken():
            own.set_numbers_of_process({one._library: number for one, number in numbers.items()})


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
