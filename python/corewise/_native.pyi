"""The extension module: every function returns a number or JSON text."""

import pathlib
from collections.abc import Callable, Sequence

def main(arguments: Sequence[str]) -> int:
    """Run the ``corewise`` command and return its exit code."""

def cpu_count() -> int:
    """Return how many threads a pool of this process should have."""

def cpus(pid: int | None = None) -> str:
    """Return the allowed cores as JSON."""

def pools() -> str:
    """Return the thread pools of this process as JSON."""

def call_then(
    function: Callable[..., object], then: Callable[[], object], argument: object
) -> object:
    """Call ``function(argument)``, then ``then()``, and leave no frame in a traceback."""

def call_unless_running(function: Callable[[int], object], argument: int, folder: str) -> bool:
    """Call ``function(argument)`` unless another thread runs a function of a file below ``folder``.

    Return whether it did.
    """

def govern(cores: int | None = None, deterministic: bool = False) -> pathlib.Path | None:
    """Begin a session and govern this process; return the session's path for children."""

def join(path: str) -> None:
    """Govern this process by the session at ``path``."""

def ungovern() -> None:
    """Cease to govern this process."""

def end_session() -> None:
    """End the session that this process began; it stays governed."""

def stand_in_for_numba(parallel_for: int, set_num_threads: int) -> int | None:
    """Return the address of what stands for a threading layer's ``parallel_for``."""

def governed() -> tuple[bool, int, int, int, int]:
    """Return whether it governs, the budget, functions, slots, and slots that were refused."""
