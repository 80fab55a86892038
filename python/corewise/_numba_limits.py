"""Limits on Numba's threads, whose number is each thread's own and is set through Python."""

from __future__ import annotations

import sys
import threading

from corewise import _native


class _Before(threading.local):
    """The thread's number before the first limit; None where there is no limit."""

    threads: int | None = None


_before = _Before()


def apply(live: tuple[_native.Live, ...]) -> None:
    """Limit the calling thread's parallel regions.

    Not before Numba has started its threads: asking it would start them, and choose their layer.
    """
    if not live and _before.threads is None:
        return
    numba = sys.modules["numba.np.ufunc.parallel"]
    if not getattr(numba, "_is_initialized", False):
        return
    limit = _native.smallest(live).get("numba")
    if limit is None:
        if _before.threads is not None:
            numba.set_num_threads(_before.threads)
            _before.threads = None
        return
    if _before.threads is None:
        _before.threads = int(numba.get_num_threads())
    numba.set_num_threads(min(limit, _before.threads))
