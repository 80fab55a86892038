"""Limits on Numba's threads, whose number is each thread's own and is set through Python."""

from __future__ import annotations

import sys
import threading

from corewise import _native


class _Numbers(threading.local):
    """The calling thread's numbers."""

    before: int | None = None
    """That before the first limit; None where there is no limit."""
    own = 0
    """That which the program has set since, which a limit must not raise either."""
    given = 0
    """That which was set last: another one now is the program's."""


_numbers = _Numbers()


def apply(live: tuple[_native.Live, ...]) -> None:
    """Limit the calling thread's parallel regions.

    Not before Numba has started its threads: asking it would start them, and choose their layer.
    """
    if not live and _numbers.before is None:
        return
    numba = sys.modules["numba.np.ufunc.parallel"]
    if not getattr(numba, "_is_initialized", False):
        return
    limit = _native.smallest(live).get("numba")
    if limit is None:
        if _numbers.before is not None:
            numba.set_num_threads(_numbers.before)
            _numbers.before = None
        return
    now = int(numba.get_num_threads())
    if _numbers.before is None:
        _numbers.before = _numbers.own = now
    elif now != _numbers.given:
        _numbers.own = now
    _numbers.given = min(limit, _numbers.before, _numbers.own)
    numba.set_num_threads(_numbers.given)
