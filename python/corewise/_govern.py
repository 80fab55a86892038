"""Governing the running interpreter."""

import atexit
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from corewise import _native, _registration

R = TypeVar("R")
_VARIABLE = "COREWISE_SESSION"


@dataclass(frozen=True)
class Governed:
    """What the governor has done in this process."""

    active: bool
    """Whether it governs."""
    budget: int
    """Cores that all processes of the session share."""
    functions: int
    """Functions of runtimes that are hooked."""
    slots: int
    """Places at which libraries call them."""
    refused: int
    """Places that could not be changed (read-only memory that stays so): what is called there runs
    as it would without the governor."""


def checked_cores(cores: int | None) -> int | None:
    """Return what a caller passed as ``cores``.

    Raises:
        ValueError: It is below 1 or above 65536.
        TypeError: It is not an integer.
    """
    if cores is None:
        return None
    if isinstance(cores, bool) or not hasattr(cores, "__index__"):
        raise TypeError(f"cores must be an integer or None, not {type(cores).__name__}")
    number = cores.__index__()
    if not 1 <= number <= 65_536:
        raise ValueError(f"cores must be from 1 to 65536, not {number}")
    return number


def govern(cores: int | None = None, *, deterministic: bool = False) -> Governed:
    """Govern the thread pools of this process, and of the processes that it starts from now on.

    Every parallel region gets a share of one budget of cores when it starts: what is free, at most
    what it asked for, at least its caller's own core. Limits that the program has set, or sets
    later, hold as before. Called again, it begins anew with the new budget.

    Args:
        cores: The budget, at least 1. Default: the allowed cores, as ``corewise.cpu_count()``
            gives them.
        deterministic: Fix thread counts, so that results are equal bit for bit from run to run:
            ``cores`` threads a region in this process, one in every other.

    Raises:
        ValueError: ``cores`` is below 1 or above 65536.
        TypeError: ``cores`` is not an integer.
        RuntimeError: This processor architecture is not supported.
    """
    cores = checked_cores(cores)
    path = _change(lambda: _native.govern(cores, deterministic))
    _reach_numba()
    _registration.register()
    atexit.unregister(_native.end_session)
    atexit.register(_native.end_session)
    if path is None:
        os.environ.pop(_VARIABLE, None)
    else:
        os.environ[_VARIABLE] = os.fspath(path)
    return governed()


def _reach_numba() -> None:
    """Reach a threading layer of Numba's that was loaded before the governor came.

    What is compiled from now on calls the function by its new address.
    """
    for name, layer in (("workqueue", "workqueue"), ("tbbpool", "tbb")):
        module = sys.modules.get(f"numba.np.ufunc.{name}")
        if module is None:
            continue
        address = _native.stand_in_for_numba(module.parallel_for, module.set_num_threads)
        if address is None or address == module.parallel_for:
            continue
        setattr(module, "parallel_for", address)  # noqa: B010 (mypy knows no attribute)
        try:
            launched = sys.modules["numba"].threading_layer()
        except ValueError:  # none is: Numba takes the address from the module
            continue
        if launched == layer:
            sys.modules["llvmlite.binding"].add_symbol("numba_parallel_for", address)


def _change(change: Callable[[], R]) -> R:
    """Have the governor come or go: limits hold in another way then."""
    _native.pause_limits()
    try:
        return change()
    finally:
        _native.resume_limits()
        limits = sys.modules.get("corewise._limits")
        if limits is not None:
            limits.refresh()


def ungovern() -> None:
    """Undo `govern`: every hook is taken out, and every pool has its own number again.

    Processes that were started meanwhile stay governed. Does nothing where nothing is governed.
    """
    _change(_native.ungovern)
    os.environ.pop(_VARIABLE, None)


def leave() -> None:
    """Take the governor out of this process for a while; its session goes on."""
    _change(_native.leave)
    os.environ.pop(_VARIABLE, None)


def rejoin(session: str) -> None:
    """Undo `leave`: the session's budget and settings hold again."""
    _change(lambda: _native.join(session))
    _reach_numba()
    os.environ[_VARIABLE] = session


def governed() -> Governed:
    """Say what the governor has done in this process."""
    return Governed(*_native.governed())
