"""Raising the defaults that are too timid."""

import os
import sys
from _thread import RLock

from corewise._imports import Finder

TYPE_CHECKING = False  # every interpreter of a session may import this when it starts
if TYPE_CHECKING:
    from types import TracebackType

_NAMES = frozenset({"joblib.parallel", "numexpr", "scipy.fft", "torch"})
"""After whose import a default is raised."""


class Defaults:
    """Defaults that are raised, until this is left as a context manager or undone."""

    def __init__(self, cores: int, allowed: int, inherited: bool) -> None:
        """Describe them; ``defaults`` makes them count."""
        self._cores = cores
        self._allowed = allowed
        self._inherited = inherited

    def __repr__(self) -> str:
        """``<corewise.Defaults of 4 cores>``, and whether they are undone."""
        return f"<corewise.Defaults of {self._cores} cores{'' if self in _live else ', undone'}>"

    @property
    def cores(self) -> int:
        """To how many cores defaults are raised."""
        return self._cores

    @property
    def raised(self) -> dict[str, int]:
        """The packages whose default is raised now, and to what in this task.

        That of whichever block counts: of several that are live, the one that began last.
        """
        if "corewise._packages" not in sys.modules:
            return {}
        from corewise import _packages

        return _packages.raised()

    def undo(self) -> None:
        """Undo them. Does nothing where that has been done."""
        with _lock:
            if self in _live:
                _live.remove(self)
                _settle()

    def __enter__(self) -> "Defaults":
        """Return itself: they count already.

        Raises:
            RuntimeError: They are undone.
        """
        if self not in _live:
            raise RuntimeError("these defaults are undone: call corewise.defaults() again")
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: "BaseException | None",
        traceback: "TracebackType | None",
    ) -> None:
        """Undo them."""
        self.undo()


def defaults(cores: int | None = None) -> Defaults:
    """Raise the defaults that are too timid, in this process, to so many cores.

    These are: one job in joblib and scikit-learn (``n_jobs=None``), one worker in ``scipy.fft``,
    at most 16 threads in numexpr, and one thread a physical core in PyTorch. Each is raised when
    its package is imported, or at once where it has been. Nothing is lowered. What the program or
    an environment variable sets stays as it is, and so do the defaults inside of joblib's tasks
    and of worker processes, where the cores are given out already.

    It applies at once, to all threads. Use the result as a context manager to end it:

    >>> import corewise
    >>> import scipy.fft
    >>> with corewise.defaults(4):
    ...     scipy.fft.get_workers()
    4
    >>> scipy.fft.get_workers()
    1

    Called as it is, ``corewise.defaults()`` counts for the rest of the program. Of several that are
    live, the one that began last counts; they may end in any order.

    Args:
        cores: To how many, at least 1. Default: what the task may use, as ``corewise.cores()``
            gives it. A task that may use fewer cores than the one that called this has its own
            number.

    Raises:
        ValueError: ``cores`` is below 1 or above 65536.
        TypeError: ``cores`` is not an integer.
        OSError: Neither ``/proc`` nor ``/sys`` says how many CPUs there are.
    """
    from corewise._govern import checked_cores

    cores = checked_cores(cores)
    allowed = _cores()
    return _begin(Defaults(allowed if cores is None else cores, allowed, inherited=False))


def inherit(cores: str) -> None:
    """Raise defaults for the whole program, as ``corewise run --defaults`` has asked for.

    Raises:
        ValueError: The text is no number of cores.
    """
    if not (cores.isascii() and cores.isdigit() and 1 <= int(cores) <= 65_536):
        raise ValueError(f"COREWISE_DEFAULTS must be from 1 to 65536, not {cores!r}")
    _begin(Defaults(int(cores), int(cores), inherited=True))


def _current() -> Defaults | None:
    """Those that count in this process."""
    worker = _is_worker()
    for block in reversed(_live):
        # A worker's own block counts: what it was started with was meant for all of them together.
        if not (worker and block._inherited):
            return block
    return None


def number() -> int | None:
    """To how much a default is raised in this task, if it is."""
    block = _current()
    if block is None:
        return None
    try:
        now = _cores()
    except OSError:  # the program's own call, in which this is asked, must not fail for it
        return block.cores
    return min(block.cores, now) if now < block._allowed else block.cores


def _begin(block: Defaults) -> Defaults:
    for name in _NAMES:
        # What another thread has begun to import is waited for.
        if name in sys.modules and _is_being_imported(sys.modules[name]):
            __import__(name)
    with _lock:
        _live.append(block)
        try:
            _settle()
        except BaseException:
            _live.remove(block)
            _settle()
            raise
    return block


def _settle() -> None:
    """Bring what is imported to what the live blocks ask for."""
    if _live:
        _finder.install()
    else:
        _finder.remove()
    for name in _NAMES:
        module = sys.modules.get(name)
        if not _is_being_imported(module) and (module or "corewise._packages" in sys.modules):
            from corewise import _packages

            _packages.settle(name, module)


def _imported(name: str) -> None:
    """A module has just been imported; whatever goes wrong here must not fail the import."""
    try:
        with _lock:
            if _live and name in sys.modules:
                from corewise import _packages

                _packages.settle(name, sys.modules[name], imported=True)
    except Exception as error:
        text = f"corewise: the default of {name} is not raised: {error}\n"
        os.write(2, text.encode(errors="replace"))


def _is_being_imported(module: object) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _is_worker() -> bool:
    """Whether the program started this process as one of its workers."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _cores() -> int:
    """How many cores the current task may use."""
    from corewise._budget import cores

    return cores()


def _forked() -> None:
    """The child has the blocks of its parent, and perhaps a lock that nobody holds any more."""
    global _lock
    _lock = RLock()
    for block in _live:
        block._inherited = True


_lock = RLock()
_live: list[Defaults] = []
"""All that are not undone, in the order in which they began."""
_finder = Finder(_NAMES, _imported)
os.register_at_fork(after_in_child=_forked)
