"""Functions that run inside a context: plain ones, coroutines and generators."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")
_Context = Callable[[], AbstractContextManager[object]]


def wrapped(function: Callable[_P, _R], context: _Context) -> Callable[_P, _R]:
    """Return ``function`` so that it runs inside a new ``context()`` each time.

    A generator or coroutine is inside it during its steps only: between them its caller, or another
    task of the event loop, would be inside too.
    """
    inside: Callable[..., Any]
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            steps: AsyncGenerator[Any, Any] = function(*args, **kwargs)
            # The loop is to close the outer generator alone, which closes this one.
            hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(None, None)
            try:
                step = steps.asend(None)
            finally:
                sys.set_asyncgen_hooks(*hooks)
            while True:
                try:
                    value = await _Step(context, step)
                except StopAsyncIteration:
                    return
                try:
                    sent = yield value
                except GeneratorExit:
                    await _Step(context, steps.aclose())
                    raise
                except BaseException as exception:
                    step = steps.athrow(exception)
                else:
                    step = steps.asend(sent)

    elif inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            return await _Step(context, function(*args, **kwargs))

    elif inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            return (yield from _Steps(context, function(*args, **kwargs)))

    else:

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with context():
                return function(*args, **kwargs)

    return cast(Callable[_P, _R], inside)


class _Steps(Generator[Any, Any, Any]):
    """A generator each of whose steps runs inside a context."""

    def __init__(self, context: _Context, steps: Generator[Any, Any, Any]) -> None:
        self._context = context
        self._steps = steps

    def send(self, value: Any) -> Any:
        with self._context():
            return self._steps.send(value)

    def throw(self, *exception: Any) -> Any:
        with self._context():
            return self._steps.throw(*exception)

    def close(self) -> None:
        with self._context():
            self._steps.close()


class _Step(Awaitable[Any]):
    """Something to wait for that runs inside a context."""

    def __init__(self, context: _Context, waited: Awaitable[Any]) -> None:
        self._context = context
        self._waited = waited

    def __await__(self) -> Generator[Any, Any, Any]:
        # What `__await__` of a coroutine gives has a generator's methods.
        return _Steps(self._context, self._waited.__await__())
