"""Limits go with a task: to the threads that work for it, and away from those that it leaves."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any

from corewise import _limits, _native

_minds_forks = _follows_tasks = _follows_threads = False
"""What was changed, once for the process."""
may_be_governed = True
"""Whether the governor may have come since this was last looked at."""


def prepare() -> None:
    """Change the standard library where a live limit needs it."""
    global _minds_forks, may_be_governed
    if not _minds_forks:
        _minds_forks = True
        os.register_at_fork(after_in_child=_native.after_fork)
    if not _follows_tasks:
        events = sys.modules.get("asyncio.events")
        if events is not None and events._get_running_loop() is not None:
            _follow_tasks(events)
    if may_be_governed:
        may_be_governed = False
        if not _follows_threads and _native.governed()[0]:
            _follow_threads()


def _follow_tasks(events: Any) -> None:
    """Have a loop's callbacks run under the limits of their own context.

    An ``asyncio`` task is limited between its steps too, but its thread is not: other tasks' steps
    run there. Loops that are not asyncio's own (uvloop) run their callbacks otherwise.
    """
    global _follows_tasks
    _follows_tasks = True
    run = events.Handle._run
    live = _limits._LIVE

    @functools.wraps(run)
    def _run(self: Any) -> None:
        _limits.follow(self._context.get(live, ()))
        try:
            run(self)
        finally:
            _limits.follow(live.get())

    events.Handle._run = _run
    loop = sys.modules["asyncio.base_events"].BaseEventLoop
    create = loop.create_task

    @functools.wraps(create)
    def create_task(*args: Any, **kwargs: Any) -> Any:
        try:
            return create(*args, **kwargs)
        finally:
            # An eager task has begun, in its own context.
            _limits.follow(live.get())

    loop.create_task = create_task


def _follow_threads() -> None:
    """Have work that is handed to threads take the limits along."""
    global _follows_threads
    _follows_threads = True
    try:
        from concurrent.futures import ThreadPoolExecutor
        from multiprocessing.pool import ThreadPool
    except RuntimeError:
        # The interpreter ends, and lets nobody hand work to threads any more.
        return

    submit: Callable[..., Any] = ThreadPoolExecutor.submit

    @functools.wraps(submit)
    def limited_submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        interpreters = sys.modules.get("concurrent.futures.interpreter")
        if interpreters is None or not isinstance(self, interpreters.InterpreterPoolExecutor):
            fn = _limits.copy_limits(fn)
        # Else it is pickled, for an interpreter of its own that has no limits of this one.
        return submit(self, fn, *args, **kwargs)

    setattr(ThreadPoolExecutor, "submit", limited_submit)  # noqa: B010 (mypy: a method)
    # All of these take the function first. The pool of processes has them too, and keeps its own.
    for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
        setattr(ThreadPool, name, _limited(getattr(ThreadPool, name)))


def _limited(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def limited(self: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(self, _limits.copy_limits(func), *args, **kwargs)

    return limited
