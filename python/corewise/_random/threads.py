"""How many threads may fill an array."""

from __future__ import annotations

import sys

from corewise import _budget


def usable_threads(own: int | None) -> int:
    """Return the most threads that may fill an array now, of a generator that was told ``own``.

    A budget, a limit on cores or the session's budget counts in any case. Where there is none, a
    worker process that was not told a number has one thread: others work beside it.
    """
    if own is not None:
        bound = _budget.bound()
        return own if bound is None else min(own, bound)
    if _in_worker_process() and _budget.bound() is None:
        return 1
    return _budget.cores()


def _in_worker_process() -> bool:
    """Whether multiprocessing, or joblib by it, has started this process."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
