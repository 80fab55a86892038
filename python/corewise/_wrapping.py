"""Functions that run inside a context: plain ones, coroutines and generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")


def wrapped(
    function: Callable[_P, _R], context: Callable[[], AbstractContextManager[object]]
) -> Callable[_P, _R]:
    """Return ``function`` so that it runs inside a new ``context()`` each time.

    A generator is inside it during its steps only: between them its caller would be inside too.
    """
    inside: Callable[..., Any]
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            step, value = generator.asend, None
            while True:
                with context():
                    try:
                        item = await step(value)
                    except StopAsyncIteration:
                        return
                try:
                    value = yield item
                    step = generator.asend
                except GeneratorExit:
                    with context():
                        await generator.aclose()
                    raise
                except BaseException as error:
                    step, value = generator.athrow, error

    elif inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            step, value = generator.send, None
            while True:
                with context():
                    try:
                        item = step(value)
                    except StopIteration as stop:
                        return stop.value
                try:
                    value = yield item
                    step = generator.send
                except GeneratorExit:
                    with context():
                        generator.close()
                    raise
                except BaseException as error:
                    step, value = generator.throw, error

    elif inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with context():
                return await function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with context():
                return function(*args, **kwargs)

    return cast(Callable[_P, _R], inside)
